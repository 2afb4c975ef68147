import type { ManagerView, ProfileState } from '#contract/contract.ts'
import { managerStateWords, stateWords } from './words.ts'

const tones: Readonly<Record<ProfileState | 'ready', string>> = {
  healthy: 'good',
  ready: 'good',
  refreshing: 'calm',
  retrying: 'caution',
  'needs-you': 'bad',
  expired: 'bad',
  paused: 'idle',
  'not-yet-issued': 'idle',
}

/** The state in its word; the colour only repeats it. */
export function StateChip({ state }: { readonly state: ProfileState }) {
  return <span className={`chip ${tones[state]} ${state}`}>{stateWords[state]}</span>
}

export function ManagerChip({ state }: { readonly state: ManagerView['state'] }) {
  return <span className={`chip ${tones[state]} ${state}`}>{managerStateWords[state]}</span>
}
