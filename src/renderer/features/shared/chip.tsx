// Chips: a state in its word; the colour only repeats it.
import type { ManagerView, ProfileState } from '#contract/contract.ts'
import styles from './chip.module.css'
import { managerStateWords, stateWords } from './words.ts'

export type Tone = 'good' | 'calm' | 'caution' | 'bad' | 'idle'

export function Chip({ tone, children }: { readonly tone: Tone; readonly children: string }) {
  return (
    <span className={styles.chip} data-tone={tone}>
      {children}
    </span>
  )
}

const tones: Readonly<Record<ProfileState | 'ready', Tone>> = {
  healthy: 'good',
  ready: 'good',
  refreshing: 'calm',
  retrying: 'caution',
  'needs-attention': 'bad',
  expired: 'bad',
  paused: 'idle',
  'not-yet-issued': 'idle',
}

export function StateChip({ state }: { readonly state: ProfileState }) {
  return <Chip tone={tones[state]}>{stateWords[state]}</Chip>
}

export function ManagerChip({ state }: { readonly state: ManagerView['state'] }) {
  return <Chip tone={tones[state]}>{managerStateWords[state]}</Chip>
}
