// Renewal hold: why nothing runs over a vault that was moved elsewhere, or came from elsewhere, before a person says so.
import { isolated } from '#base/common/display-text.ts'
import type { CloudChoice, StorageWay } from '#contract/contract.ts'
import type { Instant } from '#engine/domain/model.ts'
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

/** null: the vault holds nothing. `isServer`: there is no window here. */
export async function renewalHoldOf(
  { renewalHold }: Pick<OpenVault, 'renewalHold'>,
  isServer: boolean,
): Promise<Hold | null> {
  const stored = await renewalHold.load()
  if (stored === null) return null
  const how = isServer ? COMMAND : `choose “Renew here again” in the window, or ${COMMAND}`
  const ways: readonly StorageWay[] =
    stored.to === 'shared-vault'
      ? ['shared-vault', 'renew-here', 'restore', 'quit']
      : ['quit', 'renew-here', 'restore']
  const words = stored.to === 'shared-vault' ? sharedWordsOf(stored, how) : wordsOf(stored, stored.to, how)
  return { kind: stored.why, ...words, choices: [], ways }
}

const NOTHING_RUNS = 'Nothing is renewed, delivered or given out here.'
const BOTH = 'if both renew, tokens are lost'
const COMMAND = 'run “satm confirm renewals”'

type Words = Pick<Hold, 'title' | 'sentence'>

// Made when wanted: the first use of Intl in a process takes 11 ms, for which the first row would wait.
const dayOf = (at: Instant) => new Intl.DateTimeFormat('en-US', { dateStyle: 'medium' }).format(at)

const dated = (preposition: string, { at }: RenewalHold) =>
  at === null ? '' : ` ${preposition} ${dayOf(at)}`

/** Of a vault whose service apps are those of a shared one that this computer does not take part in now. */
function sharedWordsOf(hold: RenewalHold, how: string): Words {
  if (hold.why === 'moving') {
    return {
      title: 'A move to a shared vault was interrupted',
      sentence: `A move to a shared vault began${dated('on', hold)} and was interrupted. Nothing is renewed, neither here nor there. Continue the move, or ${how}.`,
    }
  }
  return {
    title: 'This computer’s service apps are in a shared vault',
    sentence: `This computer’s service apps are in a shared vault${dated('since', hold)}, but this computer does not use it now. ${NOTHING_RUNS} Join the shared vault, or restore a backup. To renew the last known tokens here, stop everything that uses the shared vault first: ${BOTH}. Then ${how}.`,
  }
}

function wordsOf(hold: RenewalHold, to: Exclude<RenewalHold['to'], 'shared-vault'>, how: string): Words {
  const on = dated('on', hold)
  const backup = hold.file === null ? '' : ` (${isolated(hold.file)})`
  const [here, there, other] = {
    server: ['This computer’s service apps', 'a server', 'the server'],
    computer: ['This server’s service apps', 'another computer', 'the app there'],
  }[to]
  switch (hold.why) {
    case 'moved':
      return {
        title: `${here} were moved to ${there}`,
        sentence: `${here} were moved to ${there}${on} with a backup${backup}. ${NOTHING_RUNS} To renew here again, stop ${other} first: ${BOTH}. Then ${how}.`,
      }
    case 'moving':
      return {
        title: `A move to ${there} was interrupted`,
        sentence: `A move to ${there} began${on} and was interrupted, so its backup${backup} may be complete. ${NOTHING_RUNS} If it was restored elsewhere, that must not renew any more: ${BOTH}. To renew here again, ${how}.`,
      }
    case 'restored':
      return {
        title: 'Restored service apps wait for a confirmation',
        sentence: `A backup${backup} was restored${on}. ${NOTHING_RUNS} Stop whatever has renewed these service apps until now: ${BOTH}. Then ${how}.`,
      }
  }
}
