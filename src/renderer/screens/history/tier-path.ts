// The tiers an attempt went through, as one line: "1 ✗ invalid_grant → 2 ✓".
import type { ShownCall } from '#contract/contract.ts'

const signs: Readonly<Record<string, string>> = { ok: '✓', unchanged: '=' }

/** Its steps, to be joined by a space: a line may break between them, not within. */
export function tierSteps(calls: readonly ShownCall[]): readonly string[] {
  return calls.map(
    ({ tier, result, resultName }, i) =>
      `${i === 0 ? '' : '→ '}${tier} ${signs[result] ?? `✗ ${resultName}`}`,
  )
}
