// A delivery target in words: its kind, its place and its state.
import type { TargetView } from '#contract/contract.ts'
import type { IconName } from '#renderer/components/icon.tsx'
import type { Tone } from '#renderer/features/shared/chip.tsx'

export const targetStateWords: Readonly<Record<TargetView['state'], string>> = {
  held: 'Held',
  waiting: 'Waiting',
  delivered: 'Delivered',
  outdated: 'Outdated',
  failing: 'Failing',
}

export const targetTones: Readonly<Record<TargetView['state'], Tone>> = {
  held: 'caution',
  waiting: 'idle',
  delivered: 'good',
  outdated: 'caution',
  failing: 'bad',
}

export const kindWords: Readonly<Record<TargetView['spec']['kind'], string>> = {
  'env-file': 'Env file',
  hook: 'Hook',
}

export const kindIcons: Readonly<Record<TargetView['spec']['kind'], IconName>> = {
  'env-file': 'file',
  hook: 'hook',
}

/** The path or the command. */
export function placeOf({ spec }: TargetView): string {
  return spec.kind === 'env-file' ? spec.path : spec.command
}

/** What tells it from the others of its profile: the file's name, or the command. */
export function shortPlaceOf(target: TargetView): string {
  const place = placeOf(target)
  return target.spec.kind === 'env-file' ? (place.split(/[\\/]/).at(-1) ?? place) : place
}

/** What goes there, and how. */
export function whatOf({ spec }: TargetView): string {
  if (spec.kind === 'hook') {
    const seconds = Math.round(spec.timeLimit / 1000)
    return `Token by ${spec.pass === 'stdin' ? 'standard input' : 'environment'}, at most ${seconds} s`
  }
  return spec.refreshTokenName === null
    ? spec.accessTokenName
    : `${spec.accessTokenName}, ${spec.refreshTokenName}`
}
