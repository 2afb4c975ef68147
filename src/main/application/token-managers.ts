// Token managers: connect an integration, paste a personal access token, choose the default one, refresh, remove.
import type { Connected, Connection } from '#connect/connect.ts'
import type { Input } from '#contract/contract.ts'
import type { TokenConfigManager } from '#contract/token-config.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import type {
  Attempt,
  Fleet,
  FleetChange,
  IntegrationManager,
  ManagerId,
  PersonalTokenManager,
  TokenManager,
  TokenPair,
} from '#engine/domain/model.ts'
import type { ClientCredentials } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'
import { receive } from '#engine/renewal/token-grant.ts'
import { emptyPair, pastedPair } from '#import/pasted-pair.ts'
import type { UnreadableRecord } from '#vault/repositories/fleet.ts'
import type { EngineSupervisor } from './engine-supervisor.ts'
import { UserFacingError } from './errors.ts'
import {
  type IdClock,
  knownManager,
  pastedToken,
  refuseSecretInClear,
  refuseServiceAppClientId,
} from './fleet-input.ts'
import type { PastedValues } from './pasted-values.ts'
import { storeRepair } from './record-repair.ts'
import type { Settings } from './settings.ts'
import type { Unreadable } from './unreadable-records.ts'

/** Each throws a `UserFacingError` or a `StoreFailure` when the answer is no; then nothing was changed. */
export interface TokenManagers {
  refresh(managerId: ManagerId): Promise<Attempt>
  remove(managerId: ManagerId): Promise<void>
  makeDefault(managerId: ManagerId): Promise<void>
  /** null: none. */
  setFallback(managerId: ManagerId, fallbackId: ManagerId | null): Promise<void>
  pastePersonalToken(input: Input<'connect.personal-token'>): Promise<void>
  /** Begins the authorization in the browser; what follows shows in the view. */
  connect(input: Input<'connect.begin'>): Promise<void>
  cancelConnect(): void
  /** Of the authorization that waits. */
  copyAuthorizationUrl(): void
  pasteRedirectedUrl(url: string): void
}

export function createTokenManagers(dependencies: {
  readonly supervisor: Pick<EngineSupervisor, 'running' | 'vault' | 'whileStopped'>
  readonly settings: Pick<Settings, 'values'>
  readonly pasted: Pick<PastedValues, 'secret'>
  /** A person asks for a request. */
  readonly retrySignIn: () => void
  readonly copyText: (text: string) => void
  readonly idClock: IdClock
}): TokenManagers {
  const { supervisor, settings, pasted, retrySignIn, copyText, idClock } = dependencies
  return {
    async refresh(managerId) {
      const { engine } = supervisor.running()
      knownManager(engine.fleet(), managerId)
      retrySignIn()
      return engine.refreshManager(managerId, 'manual')
    },
    async remove(managerId) {
      const { engine, unreadable } = supervisor.running()
      if (unreadable.manager(managerId) !== undefined && !engine.fleet().managers.has(managerId))
        return storeRepair(supervisor, [{ kind: 'manager-removed', managerId }])
      knownManager(engine.fleet(), managerId)
      await engine.apply([{ kind: 'manager-removed', managerId }])
    },
    async makeDefault(managerId) {
      const { engine } = supervisor.running()
      await engine.apply((fleet) => planDefault(fleet, managerId))
    },
    async setFallback(managerId, fallbackId) {
      const { engine } = supervisor.running()
      await engine.apply((fleet) => planFallback(fleet, managerId, fallbackId))
    },
    async pastePersonalToken(input) {
      const token = pasted.secret(input.token, 'token', input.pasted)
      if (token === null) throw new UserFacingError('invalid', 'Paste the token.', { field: 'token' })
      const { engine, unreadable } = supervisor.running()
      const lost = unreadable.records.find(
        ({ table, traces }) => table === 'token_managers' && traces.kind === 'personal-access-token',
      )
      await engine.apply((fleet) => planPersonalToken(fleet, token, idClock, lost))
    },
    async connect(input) {
      const { engine, connect, unreadable } = supervisor.running()
      const typed = input.credentials
      const clientSecret = pasted.secret(typed?.clientSecret ?? null, 'clientSecret', input.pasted)
      const given = typed === null || clientSecret === null ? null : { ...typed, clientSecret }
      const credentials = credentialsToConnect(engine.fleet(), unreadable, given, input.managerId)
      const { redirectPort: port } = settings.values()
      const begun = await connect.begin({ credentials, managerId: input.managerId, port })
      if (begun.kind === 'refused')
        throw new UserFacingError(begun.reason === 'store' ? 'storage' : 'busy', begun.sentence)
    },
    // What is under way ends on its own; nobody waits for it here.
    cancelConnect: () => void supervisor.running().connect.cancel(),
    copyAuthorizationUrl() {
      const url = supervisor.running().connect.authorizationUrl()
      if (url === null) throw new UserFacingError('refused', 'No authorization is waiting. Start it again.')
      copyText(url)
    },
    pasteRedirectedUrl(url) {
      const pasted = supervisor.running().connect.pasteRedirectedUrl(url)
      if (pasted.kind === 'rejected') throw new UserFacingError('invalid', pasted.sentence, { field: 'url' })
    },
  }
}

/** Those that were typed, or the stored ones of the integration that is reconnected. */
export function credentialsToConnect(
  fleet: Fleet,
  unreadable: Unreadable,
  typed: { readonly clientId: string; readonly clientSecret: string } | null,
  managerId: ManagerId | null,
): ClientCredentials {
  // One that cannot be read has no credentials here: they are typed.
  const isLost = managerId === null || unreadable.manager(managerId) !== undefined
  const manager = isLost ? null : knownManager(fleet, managerId)
  const stored = manager?.kind === 'integration' ? manager : null
  const used = typed === null ? stored : { ...typed, clientSecret: new Secret(typed.clientSecret) }
  if (used === null) {
    throw new UserFacingError('invalid', 'The client ID and client secret of the integration are missing.', {
      field: 'clientId',
    })
  }
  if (typed !== null) refuseSecretInClear(fleet, typed, [typed.clientSecret])
  refuseServiceAppClientId(fleet, used.clientId)
  return { clientId: used.clientId, clientSecret: used.clientSecret }
}

/** A grant cannot be had a second time: what could not be stored stays in memory, and `unsaved` says why. */
export async function keepConnection(
  engine: Engine,
  connection: Connection,
  newId: () => string,
  unreadable?: UnreadableRecord,
): Promise<Omit<ConnectionChanges, 'changes'> & Pick<Connected, 'unsaved'>> {
  const idClock = { now: () => engine.now(), newId }
  const { managerId, fingerprint, changes } = planConnection(engine.fleet(), connection, idClock, unreadable)
  return { managerId, fingerprint, unsaved: await engine.keep(changes) }
}

/** The default is for every profile that names none. There is one. */
export function planDefault(fleet: Fleet, managerId: ManagerId): readonly FleetChange[] {
  const manager = knownManager(fleet, managerId)
  return manager.isDefault ? [] : [{ kind: 'manager-saved', manager: { ...manager, isDefault: true } }]
}

/** Which one takes its place while it cannot serve. Two may name each other: the fallback of a fallback is not used. */
export function planFallback(
  fleet: Fleet,
  managerId: ManagerId,
  fallbackId: ManagerId | null,
): readonly FleetChange[] {
  const manager = knownManager(fleet, managerId)
  if (fallbackId !== null) knownManager(fleet, fallbackId)
  if (fallbackId === managerId)
    throw new UserFacingError('invalid', 'A token manager cannot be its own fallback. Choose another one.', {
      field: 'fallbackId',
    })
  return manager.fallbackId === fallbackId
    ? []
    : [{ kind: 'manager-saved', manager: { ...manager, fallbackId } }]
}

/** A new one is pasted every 12 hours: it replaces the one before, for all that use it. */
export function planPersonalToken(
  fleet: Fleet,
  token: string,
  idClock: IdClock,
  unreadable?: UnreadableRecord,
): readonly FleetChange[] {
  const before = [...fleet.managers.values()].find(({ kind }) => kind === 'personal-access-token')
  return before === undefined
    ? planNewPersonalToken(personalTokenManager(fleet, token, idClock), unreadable)
    : [{ kind: 'manager-pair', managerId: before.id, pair: personalPair(token, idClock) }]
}

/** `unreadable`: the one whose place it takes; its row has a pair already, which a saved manager does not replace. */
function planNewPersonalToken(
  manager: PersonalTokenManager,
  unreadable: UnreadableRecord | undefined,
): readonly FleetChange[] {
  const saved = unreadable === undefined ? manager : { ...manager, ...identityOf(unreadable, manager) }
  return [
    { kind: 'manager-saved', manager: saved },
    ...(unreadable === undefined
      ? []
      : [{ kind: 'manager-pair', managerId: saved.id, pair: saved.pair } as const]),
  ]
}

/** What a repaired token manager keeps, so that all that use it go on using it. */
function identityOf({ id, name, traces }: UnreadableRecord, fresh: TokenManager) {
  return { id, name, isDefault: traces.isDefault, createdAt: traces.createdAt ?? fresh.createdAt }
}

/** The token manager that came with a token-config.json, for a fleet that has none yet. */
export function planConfigManager(
  fleet: Fleet,
  config: TokenConfigManager | null,
  idClock: IdClock,
): readonly FleetChange[] {
  if (config === null || fleet.managers.size > 0) return []
  if (config.kind === 'personal-access-token') return planPersonalToken(fleet, config.token, idClock)
  const now = idClock.now()
  const manager: TokenManager = {
    kind: 'integration',
    id: idClock.newId(),
    name: NAME,
    isDefault: true,
    fallbackId: null,
    createdAt: now,
    clientId: config.clientId,
    clientSecret: new Secret(config.clientSecret),
    pair: pastedPair(null, pastedToken(config.refreshToken, 'refreshToken'), now, null),
  }
  return [{ kind: 'manager-saved', manager }]
}

/** It is the default one only where no integration is. */
function personalTokenManager(fleet: Fleet, token: string, idClock: IdClock): PersonalTokenManager {
  return {
    kind: 'personal-access-token',
    id: idClock.newId(),
    name: 'Personal access token',
    fallbackId: null,
    isDefault: [...fleet.managers.values()].every((manager) => manager.kind !== 'integration'),
    createdAt: idClock.now(),
    pair: personalPair(token, idClock),
  }
}

function personalPair(token: string, idClock: IdClock): TokenPair {
  const now = idClock.now()
  return pastedPair(pastedToken(token, 'token'), null, now, emptyPair(now))
}

const NAME = 'Token manager integration'

export interface ConnectionChanges {
  readonly managerId: ManagerId
  /** Of the new access token. */
  readonly fingerprint: string
  readonly changes: readonly FleetChange[]
}

/**
 * Of a finished authorization. The one that was reconnected keeps its ID, name and profiles; so does one of the same client
 * ID, which a second record would duplicate. The first integration becomes the default.
 */
export function planConnection(
  fleet: Fleet,
  { managerId, credentials, grant }: Connection,
  idClock: IdClock,
  unreadable?: UnreadableRecord,
): ConnectionChanges {
  const all = [...fleet.managers.values()]
  const integrations = all.filter((manager) => manager.kind === 'integration')
  const existing =
    all.find(({ id }) => id === managerId) ??
    integrations.find(({ clientId }) => clientId === credentials.clientId)
  const { pair } = receive(grant, null, 'authorization-code', idClock.now())
  const fresh: IntegrationManager = {
    kind: 'integration',
    id: existing?.id ?? idClock.newId(),
    name: existing?.kind === 'integration' ? existing.name : freeName(all.map(({ name }) => name)),
    isDefault: existing?.isDefault === true || integrations.length === 0,
    fallbackId: existing?.fallbackId ?? null,
    createdAt: existing?.createdAt ?? idClock.now(),
    ...credentials,
    pair,
  }
  const isRepair = existing === undefined && unreadable !== undefined
  const manager = isRepair ? { ...fresh, ...identityOf(unreadable, fresh) } : fresh
  return {
    managerId: manager.id,
    fingerprint: grant.fingerprint,
    changes: [
      { kind: 'manager-saved', manager },
      { kind: 'manager-pair', managerId: manager.id, pair },
    ],
  }
}

function freeName(taken: readonly string[]): string {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? NAME : `${NAME} ${number}`
    if (!taken.includes(name)) return name
  }
}
