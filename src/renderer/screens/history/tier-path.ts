// The tiers an attempt went through, as one line: "1 ✗ invalid_grant → 2 ✓".
import type { Call } from '../../../preload/contract.ts'
import { shortResult } from '../../explain.ts'

const signs: Readonly<Record<string, string>> = { ok: '✓', unchanged: '=' }

export function tierPath(calls: readonly Call[]): string {
  if (calls.length === 0) return '–'
  return calls.map(({ tier, result }) => `${tier} ${signs[result] ?? `✗ ${shortResult(result)}`}`).join(' → ')
}
