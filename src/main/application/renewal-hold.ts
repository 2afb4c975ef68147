// Renewal hold: why nothing runs over a vault that was moved elsewhere, or came from elsewhere, before a person says so.
import type { CloudChoice, StorageWay } from '#contract/contract.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import type { RenewalHold } from '#vault/repositories/renewal-hold.ts'

/** Why nothing may be started although the vault is open, and what a person can choose. */
export interface Hold {
  readonly kind: 'other-cloud' | 'moving' | 'moved' | 'restored'
  /** Of the problem; it names nobody. */
  readonly title: string
  /** What happened and what to do. */
  readonly sentence: string
  readonly choices: readonly CloudChoice[]
  readonly ways: readonly StorageWay[]
}

/** null: the vault holds nothing. */
export async function renewalHoldOf({ renewalHold }: Pick<OpenVault, 'renewalHold'>): Promise<Hold | null> {
  const stored = await renewalHold.load()
  if (stored === null) return null
  return { kind: stored.why, ...wordsOf(stored), choices: [], ways: ['renew-here', 'restore', 'quit'] }
}

const NOTHING_RUNS = 'Here nothing is renewed, delivered or given out.'
const HOW = 'choose “Renew here again” in the window, or run “satm confirm renewals”'

const day = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium' })

function wordsOf({ why, to, at, file }: RenewalHold): Pick<Hold, 'title' | 'sentence'> {
  const on = at === null ? '' : ` on ${day.format(at)}`
  const backup = file === null ? 'the backup' : `the backup ${file}`
  const [here, there, other] =
    to === 'server'
      ? ['This computer’s service apps', 'a server', 'that server']
      : ['This server’s service apps', 'another computer', 'the app there']
  switch (why) {
    case 'moved':
      return {
        title: `${here} were moved to ${there}`,
        sentence: `${here} were moved to ${there}${on}, with ${backup}. ${NOTHING_RUNS} To renew here again, stop ${other} first: if both renew, tokens are lost. Then ${HOW}.`,
      }
    case 'moving':
      return {
        title: `${here} were being moved to ${there}`,
        sentence: `A move to ${there} was begun${on} and interrupted, so it is not known whether ${backup} was completed. ${NOTHING_RUNS} If it was restored elsewhere, stop the app or server there first: if both renew, tokens are lost. Then ${HOW}.`,
      }
    case 'restored':
      return {
        title: 'Restored service apps wait for a confirmation',
        sentence: `${backup[0]?.toUpperCase()}${backup.slice(1)} was restored${on}. ${NOTHING_RUNS} Make sure that whoever renewed these service apps until now has stopped: if both renew, tokens are lost. Then ${HOW}.`,
      }
  }
}
