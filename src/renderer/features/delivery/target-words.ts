// Delivery targets in the window: the words and the form of each kind, and the words of its state.
import type { ComponentType } from 'react'
import type { DeliveryKind, DeliverySpec, TargetView } from '#contract/contract.ts'
import type { IconName } from '#renderer/components/icon.tsx'
import type { Tone } from '#renderer/features/shared/chip.tsx'
import type { TargetFormProps } from './use-save-target.ts'

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

interface KindWords<K extends DeliveryKind> {
  readonly name: string
  readonly icon: IconName
  /** Where a person chooses the kind. */
  readonly hint: string
  readonly whenHeld: string
  readonly whenRemoved: string
  /** Its runs have an exit code. */
  readonly runsCommand: boolean
  /** The path or the command. */
  place(spec: DeliverySpec<K>): string
  /** What tells it from the others of its profile. */
  shortPlace(spec: DeliverySpec<K>): string
  /** What goes there, and how. */
  what(spec: DeliverySpec<K>): string
  /** That it sets. */
  variables(spec: DeliverySpec<K>): readonly string[]
  /** Loaded with the dialog. */
  form(): Promise<ComponentType<TargetFormProps>>
}

/** A new kind is an entry here and a form. In the order in which a person chooses. */
const kinds: { readonly [K in DeliveryKind]: KindWords<K> } = {
  'env-file': {
    name: 'Env file',
    icon: 'file',
    hint: 'Variables in a file that programs read, such as .env.',
    whenHeld:
      'From a backup or from unprotected data. Nothing is written here until you confirm it. Check the path and the variables.',
    whenRemoved: 'The file stays as it is; the token in it is no longer renewed and lives until it expires.',
    runsCommand: false,
    place: ({ path }) => path,
    shortPlace: ({ path }) => path.split(/[\\/]/).at(-1) ?? path,
    what: (spec) => variablesOf(spec).join(', '),
    variables: variablesOf,
    form: async () => (await import('./env-file-form.tsx')).EnvFileForm,
  },
  hook: {
    name: 'Hook',
    icon: 'hook',
    hint: 'Your command, run with the new token.',
    whenHeld:
      'From a backup or from unprotected data. The command does not run until you confirm it. Read it to its end.',
    whenRemoved: 'The command is no longer run.',
    runsCommand: true,
    place: ({ command }) => command,
    shortPlace: ({ command }) => command,
    what({ timeLimit, pass }) {
      const seconds = Math.round(timeLimit / 1000)
      return `Token by ${pass === 'stdin' ? 'standard input' : 'environment'}, at most ${seconds} s`
    },
    variables: () => [],
    form: async () => (await import('./hook-form.tsx')).HookForm,
  },
}

export const allKinds = Object.entries(kinds).map(([kind, words]) => ({ kind, ...words }))

export function wordsOf<K extends DeliveryKind>({ kind }: { readonly kind: K }): KindWords<K> {
  return kinds[kind]
}

export function placeOf({ spec }: Pick<TargetView, 'spec'>): string {
  return wordsOf(spec).place(spec)
}

export function shortPlaceOf({ spec }: Pick<TargetView, 'spec'>): string {
  return wordsOf(spec).shortPlace(spec)
}

export function whatOf({ spec }: Pick<TargetView, 'spec'>): string {
  return wordsOf(spec).what(spec)
}

function variablesOf({ accessTokenName, refreshTokenName }: DeliverySpec<'env-file'>): readonly string[] {
  return refreshTokenName === null ? [accessTokenName] : [accessTokenName, refreshTokenName]
}
