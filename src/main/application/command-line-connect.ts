// Command line connect: an authorization whose browser is on another computer. The token manager, its credentials and the
// flow are those of the window; only the redirected URL is pasted into a terminal.
import type { Connect, ConnectState } from '#connect/connect.ts'
import { quoted, valueProblem } from '#contract/value-rules.ts'
import type { Fleet, ManagerId } from '#engine/domain/model.ts'
import type { ClientCredentials } from '#engine/domain/ports.ts'
import { Refused } from '#satm/protocol.ts'
import type { Administration } from '#satm/server/administration.ts'
import type { EngineSupervisor } from './engine-supervisor.ts'
import { orRefused } from './satm-commands.ts'
import type { Settings } from './settings.ts'
import { credentialsToConnect } from './token-managers.ts'
import type { Unreadable } from './unreadable-records.ts'

type Input = Parameters<Administration['beginConnect']>[0]

/** What an authorization was begun with. */
interface Wanted {
  readonly managerId: ManagerId | null
  readonly credentials: ClientCredentials
}

export function createCommandLineConnect({
  supervisor,
  settings,
}: {
  readonly supervisor: Pick<EngineSupervisor, 'running'>
  readonly settings: Pick<Settings, 'values'>
}): Pick<Administration, 'beginConnect' | 'finishConnect' | 'cancelConnect'> {
  let last: Wanted | null = null

  /** Of the one that waits, if it is for the same: the command can be run again without a new URL. */
  const waiting = (connect: Connect, wanted: Wanted) => {
    const state = waitingState(connect)
    const authorizationUrl = connect.authorizationUrl()
    if (state === null || authorizationUrl === null || last === null || !isSame(last, wanted)) return null
    const { redirectUri, expiresAt } = state
    return { authorizationUrl, redirectUri, expiresAt }
  }

  const begin = async (connect: Connect, wanted: Wanted) => {
    const there = waiting(connect, wanted)
    if (there !== null) return there
    // It is for something else, and its code was given to nobody.
    if (waitingState(connect) !== null) await connect.cancel()
    const { redirectPort: port } = settings.values()
    const begun = await connect.begin({ ...wanted, port, isPasteOnly: true })
    if (begun.kind === 'refused') throw new Refused('failed', begun.sentence)
    last = wanted
    const { authorizationUrl, redirectUri, expiresAt } = begun
    return { authorizationUrl, redirectUri, expiresAt }
  }

  return {
    beginConnect: (input) =>
      orRefused(async () => {
        const { engine, connect, unreadable } = supervisor.running()
        const fleet = engine.fleet()
        const managerId = managerMeant(fleet, unreadable, input)
        const typed = input.credentials === null ? null : checked(input.credentials)
        if (typed === null && managerId !== null && !fleet.managers.has(managerId))
          throw new Refused('needs-person', `What is stored of it cannot be read. ${ADD_CREDENTIALS}`)
        const credentials = credentialsToConnect(fleet, unreadable, typed, managerId)
        const begun = await begin(connect, { managerId, credentials })
        return { now: engine.now(), ...begun, reconnects: nameOf(fleet, managerId, credentials.clientId) }
      }),

    finishConnect: (url) =>
      orRefused(async () => {
        const { engine, connect } = supervisor.running()
        const pasted = connect.pasteRedirectedUrl(url)
        if (pasted.kind === 'rejected') {
          if (waitingState(connect) !== null) return { kind: 'rejected', sentence: pasted.sentence }
          return { kind: 'failed', sentence: pasted.sentence, trackingId: null }
        }
        const ended = await endOf(connect)
        if (ended.kind === 'failed') {
          const { sentence, trackingId } = ended
          return { kind: 'failed', sentence, trackingId }
        }
        const manager = engine.view().managers.find(({ id }) => id === ended.managerId)
        const { name = '', unsaved = false } = manager ?? {}
        return { kind: 'connected', name, sentence: ended.sentence, isStored: !unsaved }
      }),

    async cancelConnect(authorizationUrl) {
      const { connect } = supervisor.running()
      const isThis = waitingState(connect) !== null && connect.authorizationUrl() === authorizationUrl
      if (isThis) await connect.cancel()
      return isThis
    },
  }
}

/** null: none waits that was begun at the command line. */
function waitingState(connect: Connect): Extract<ConnectState, { kind: 'waiting' }> | null {
  const state = connect.state()
  return state.kind === 'waiting' && state.problem === 'command-line' ? state : null
}

type Ended = Extract<ConnectState, { kind: 'connected' | 'failed' }>

/** Of one whose answer was just taken. */
function endOf(connect: Connect): Promise<Ended> {
  return new Promise((resolve) => {
    const state = connect.state()
    if (state.kind === 'connected' || state.kind === 'failed') return resolve(state)
    const unsubscribe = connect.subscribe((next) => {
      if (next.kind !== 'connected' && next.kind !== 'failed') return
      unsubscribe()
      resolve(next)
    })
  })
}

function isSame(one: Wanted, other: Wanted): boolean {
  const { credentials } = one
  return (
    one.managerId === other.managerId &&
    credentials.clientId === other.credentials.clientId &&
    credentials.clientSecret.equals(other.credentials.clientSecret)
  )
}

const ADD_CREDENTIALS = 'Add --client-id and --client-secret-file of the integration.'

/** null: a new one, or the one of its client ID. Throws `Refused`. */
function managerMeant(
  fleet: Fleet,
  unreadable: Unreadable,
  { manager, credentials }: Input,
): ManagerId | null {
  const all = integrationsOf(fleet, unreadable)
  if (manager === null && credentials !== null) return null
  const found = manager === null ? all : all.filter(({ id, name }) => id === manager || name === manager)
  const [only, ...others] = found
  const names = all.map(({ name }) => quoted(name)).join(', ')
  if (only === undefined && manager !== null) {
    const there = names === '' ? 'None is connected yet.' : `There are: ${names}`
    throw new Refused('no-such-profile', `No integration named ${quoted(manager)}. ${there}`)
  }
  if (only === undefined)
    throw new Refused('needs-person', `No integration is connected yet. ${ADD_CREDENTIALS}`)
  if (others.length > 0) {
    const ids = found.map(({ id, name }) => `${quoted(name)} (${id})`).join(', ')
    throw new Refused('ambiguous', `Name the integration to reconnect with --name: ${ids}`)
  }
  return only.id
}

/** Those that can be read and those that cannot. */
function integrationsOf(
  { managers }: Fleet,
  { records }: Unreadable,
): readonly { readonly id: ManagerId; readonly name: string }[] {
  const readable = [...managers.values()].filter(({ kind }) => kind === 'integration')
  const lost = records.filter(
    ({ table, traces, id }) =>
      table === 'token_managers' && traces.kind === 'integration' && !managers.has(id),
  )
  return [...readable, ...lost]
}

function nameOf({ managers }: Fleet, managerId: ManagerId | null, clientId: string): string | null {
  const known = managerId === null ? undefined : managers.get(managerId)
  const same = [...managers.values()].find(
    (manager) => manager.kind === 'integration' && manager.clientId === clientId,
  )
  return (known ?? same)?.name ?? null
}

function checked(credentials: NonNullable<Input['credentials']>): NonNullable<Input['credentials']> {
  for (const field of ['clientId', 'clientSecret'] as const) {
    const problem = valueProblem(field, credentials[field])
    if (problem !== null) throw new Refused('needs-person', problem)
  }
  return credentials
}
