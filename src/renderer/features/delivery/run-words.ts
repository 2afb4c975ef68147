// A delivery that was made in words: why, and how it went.
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

/** What is to be read of it beyond its row: a sentence, what its command said, or that it said nothing. */
export function hasDetail({ sentence, output }: RunView): boolean {
  return sentence !== null || output !== null
}
