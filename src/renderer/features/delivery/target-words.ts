// Delivery targets in the window: the words and the form of each kind, and the words of its state.
import type { ComponentType } from 'react'
import type { DeliveryKind, DeliverySpec, TargetView } from '#contract/contract.ts'
import { isSecretStore, SECRET_STORES } from '#contract/secret-stores.ts'
import type { IconName } from '#renderer/components/icon.tsx'
import type { Tone } from '#renderer/features/shared/chip.tsx'
import type { TargetFormProps } from './use-save-target.ts'

export const targetStateWords: Readonly<Record<TargetView['state'], string>> = {
  held: 'Held',
  waiting: 'Waiting',
  delivered: 'Delivered',
  unverified: 'Written, not verified',
  outdated: 'Outdated',
  failing: 'Failing',
}

export const targetTones: Readonly<Record<TargetView['state'], Tone>> = {
  held: 'caution',
  waiting: 'idle',
  delivered: 'good',
  unverified: 'caution',
  outdated: 'caution',
  failing: 'bad',
}

interface KindWords<K extends DeliveryKind> {
  name(spec: DeliverySpec<K>): string
  readonly icon: IconName
  readonly whenHeld: string
  /** Why a token that was written is not known to be there. */
  whyUnverified(spec: DeliverySpec<K>): string
  readonly whenRemoved: string
  /** Its runs have an exit code. */
  readonly runsCommand: boolean
  /** The path or the command. */
  place(spec: DeliverySpec<K>): string
  /** What runs after it; null: nothing. */
  after(spec: DeliverySpec<K>): string | null
  /** What tells it from the others of its profile. */
  shortPlace(spec: DeliverySpec<K>): string
  /** What goes there, and how. */
  what(spec: DeliverySpec<K>): string
  /** That it sets. */
  variables(spec: DeliverySpec<K>): readonly string[]
}

/** A new kind is an entry here and in `targetForms`. */
const kinds: { readonly [K in DeliveryKind]: KindWords<K> } = {
  'env-file': {
    name: () => 'Env file',
    icon: 'file',
    whenHeld:
      'From a backup or from unprotected data. Nothing is written here until you confirm it. Check the path and the variables.',
    whyUnverified: () => '',
    whenRemoved: 'The file stays as it is; the token in it is no longer renewed and lives until it expires.',
    runsCommand: false,
    place: ({ path }) => path,
    after: () => null,
    shortPlace: ({ path }) => path.split(/[\\/]/).at(-1) ?? path,
    what: (spec) => variablesOf(spec).join(', '),
    variables: variablesOf,
  },
  hook: {
    name: ({ store }) => storeName(store) ?? 'Hook',
    icon: 'hook',
    whenHeld:
      'From a backup or from unprotected data. The command does not run until you confirm it. Read it to its end.',
    whyUnverified: ({ unverified }) => unverified ?? 'The command ended well, and nothing is read back.',
    whenRemoved: 'The command is no longer run.',
    runsCommand: true,
    place: ({ command }) => command,
    after: ({ readBack }) => readBack ?? null,
    shortPlace: ({ command }) => command.replace(ONE_TOKEN_FIRST, ''),
    what({ timeLimit, pass, readBack, unverified }) {
      const seconds = Math.round(timeLimit / 1000)
      const proof = readBack === undefined ? '' : unverified === undefined ? ', read back' : ', not read back'
      return `Token by ${pass === 'stdin' ? 'standard input' : 'environment'}${proof}, at most ${seconds} s`
    },
    variables: () => [],
  },
}

interface TargetFormWords {
  readonly key: string
  readonly name: string
  readonly hint: string
  readonly hintOnWindows?: string
  /** Of what is changed with it; null: it only adds. */
  readonly kind: DeliveryKind | null
  /** Loaded with the dialog. */
  form(): Promise<ComponentType<TargetFormProps>>
}

/** In the order in which a person chooses. */
export const targetForms: readonly TargetFormWords[] = [
  {
    key: 'env-file',
    name: 'Env file',
    hint: 'Variables in a file that programs read, such as .env.',
    kind: 'env-file',
    form: async () => (await import('./env-file-form.tsx')).EnvFileForm,
  },
  {
    key: 'hook',
    name: 'Hook',
    hint: 'Your command, run with the new token.',
    kind: 'hook',
    form: async () => (await import('./hook-form.tsx')).HookForm,
  },
  {
    key: 'store',
    name: 'Secret store',
    hint: 'Vault, OpenBao, Kubernetes, AWS or GitHub, by its own command line tool.',
    hintOnWindows: 'GitHub Actions, by its own command line tool.',
    kind: null,
    form: async () => (await import('./store-form.tsx')).StoreForm,
  },
]

/** What commands of stores begin with tells none from another. */
const ONE_TOKEN_FIRST = /^tr -d '\\n' \| /

function storeName(store: string | undefined): string | null {
  return store !== undefined && isSecretStore(store) ? SECRET_STORES[store].name : null
}

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
