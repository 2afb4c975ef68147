// A finished authorisation becomes changes of the fleet: a new token manager, or fresh tokens for one that is there.
import type { Connection } from '#connect/connect.ts'
import type { Fleet, FleetChange, IntegrationManager, ManagerId } from '#engine/domain/model.ts'
import { receive } from '#engine/renewal/token-grant.ts'
import type { IdClock } from './id-clock.ts'

const NAME = 'Token manager integration'

export interface ConnectionChanges {
  readonly managerId: ManagerId
  /** Of the new access token. */
  readonly fingerprint: string
  readonly changes: readonly FleetChange[]
}

/**
 * The one that was reconnected keeps its name, its place and who uses it; so does one of the same client ID, since a
 * second record of it would only be the first one's ghost. The first integration of all becomes the default.
 */
export function connectionChanges(
  fleet: Fleet,
  { managerId, credentials, grant }: Connection,
  idClock: IdClock,
): ConnectionChanges {
  const all = [...fleet.managers.values()]
  const integrations = all.filter((manager) => manager.kind === 'integration')
  const existing =
    all.find(({ id }) => id === managerId) ??
    integrations.find(({ clientId }) => clientId === credentials.clientId)
  const { pair } = receive(grant, null, 'authorization-code', idClock.now())
  const manager: IntegrationManager = {
    kind: 'integration',
    id: existing?.id ?? idClock.newId(),
    name: existing?.kind === 'integration' ? existing.name : freeName(all.map(({ name }) => name)),
    isDefault: existing?.isDefault === true || integrations.length === 0,
    createdAt: existing?.createdAt ?? idClock.now(),
    ...credentials,
    pair,
  }
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
