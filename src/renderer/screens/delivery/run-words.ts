// A delivery that was made in words: why, how it went, how long it took.
import type { RunView } from '#contract/contract.ts'

export const runTriggerWords: Readonly<Record<RunView['trigger'], string>> = {
  'set-up': 'Set up',
  'new-token': 'New token',
  retry: 'Tried again',
  asked: 'By hand',
}

export const runOutcomeWords: Readonly<Record<RunView['outcome'], string>> = {
  delivered: 'Delivered',
  failed: 'Failed',
  'broken-off': 'Broken off',
}

/** `ms`: at most ten minutes, the longest time limit there is. */
export function tookWords(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  return ms < 60_000
    ? `${(ms / 1_000).toFixed(1)} s`
    : `${Math.floor(ms / 60_000)} min ${Math.floor((ms % 60_000) / 1_000)} s`
}

/** What is to be read of it beyond its row: a sentence, what its command said, or that it said nothing. */
export function hasDetail({ sentence, output }: RunView): boolean {
  return sentence !== null || output !== null
}
