// Arguments of `satm vault`: its actions, what each takes, and what they do. The help is made of them.
import { didYouMean } from '#base/common/near-text.ts'
import { quoted } from '#contract/value-rules.ts'

export const VAULT_ACTIONS = {
  create: {
    takes: ['NAME'],
    help: 'create a shared vault in an empty database; this computer is its first member',
  },
  join: { takes: [], help: 'show the public key of this computer, for a member to add' },
  'add-member': {
    takes: ['NAME', 'KEY'],
    help: 'let the computer with this public key read and change everything',
  },
  'remove-member': {
    takes: ['NAME'],
    help: 'replace the data key, so that this member reads nothing new; it may have kept what it read before',
  },
  status: { takes: [], help: 'show the members, the computers, and which one renews' },
  'move-in': {
    takes: ['FILE'],
    help: 'fill the empty shared vault with a backup of service apps that were moved',
  },
  activate: {
    takes: [],
    help: 'use what was moved in, once whatever renewed it until now was stopped',
  },
  'move-out': {
    takes: ['FILE'],
    help: 'write everything into a backup; from then on nothing is renewed in the shared vault',
  },
} as const satisfies Record<string, { readonly takes: readonly string[]; readonly help: string }>

export type VaultAction = keyof typeof VAULT_ACTIONS
export const vaultActions = Object.keys(VAULT_ACTIONS) as readonly VaultAction[]

/** What is typed, and what it does. */
export const vaultActionRows = vaultActions.map((name): readonly [string, string] => {
  const { takes, help } = VAULT_ACTIONS[name]
  return [[name, ...takes].join(' '), help]
})

export interface VaultArguments {
  readonly action: VaultAction
  /** As many as it takes. */
  readonly words: readonly string[]
}

/** A string says what is wrong. */
export function readVaultArguments(given: readonly string[]): VaultArguments | string {
  const [typed, ...words] = given
  if (typed === undefined) return `satm vault needs an action: ${vaultActions.join(', ')}.`
  const action = vaultActions.find((name) => name === typed)
  if (action === undefined)
    return `satm vault has no action ${quoted(typed)}.${didYouMean(typed, vaultActions)}`
  const { takes } = VAULT_ACTIONS[action]
  if (words.length === takes.length && !words.includes('')) return { action, words }
  return takes.length === 0
    ? `satm vault ${action} takes nothing more.`
    : `satm vault ${action} takes ${takes.join(' and ')}. Put a name with spaces in quotes.`
}
