// The tiers an attempt went through, as one line: "1 ✗ invalid_grant → 2 ✓".
import type { Call } from '#contract/contract.ts'
import { shortResult } from '#renderer/features/shared/explain.ts'

const signs: Readonly<Record<string, string>> = { ok: '✓', unchanged: '=' }

/** Its steps, to be joined by a space: a line may break between them, not within. */
export function tierSteps(calls: readonly Call[]): readonly string[] {
  return calls.map(
    ({ tier, result }, i) => `${i === 0 ? '' : '→ '}${tier} ${signs[result] ?? `✗ ${shortResult(result)}`}`,
  )
}
