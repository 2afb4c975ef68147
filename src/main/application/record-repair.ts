// Record repair: puts another record in the place of one that cannot be read, or deletes it. The session starts anew.
import type { FleetChange } from '#engine/domain/model.ts'
import type { RecordPlace } from '#engine/domain/view-model.ts'
import type { RecordCopy } from '#vault/repositories/unreadable-records.ts'
import type { EngineSupervisor } from './engine-supervisor.ts'
import { UserFacingError } from './errors.ts'
import type { VaultAccess } from './vault-access.ts'

/** Stores what takes the place of a record that cannot be read, and starts anew from what is stored then. */
export async function storeRepair(
  supervisor: Pick<EngineSupervisor, 'vault' | 'whileStopped'>,
  changes: readonly FleetChange[],
): Promise<void> {
  await supervisor.whileStopped(async () => supervisor.vault()?.commit(changes, []))
}

/** Each throws a `UserFacingError` or a `StoreFailure` when the answer is no; then nothing was changed. */
export interface Repairs {
  copies(place: RecordPlace): Promise<readonly RecordCopy[]>
  /** Puts the record of a copy in the place of the one that cannot be read. `held`: deliveries and consumers, from now on. */
  take(place: RecordPlace, file: string): Promise<{ readonly held: number }>
  remove(place: RecordPlace): Promise<void>
}

export function createRepairs(dependencies: {
  readonly vaultAccess: Pick<VaultAccess, 'opened'>
  readonly supervisor: Pick<EngineSupervisor, 'running' | 'whileStopped'>
}): Repairs {
  const { vaultAccess, supervisor } = dependencies
  /** Nothing but what cannot be read is replaced or deleted this way. */
  const rows = ({ table, id }: RecordPlace) => {
    const { records } = supervisor.running().unreadable
    if (!records.some((record) => record.table === table && record.id === id)) {
      throw new UserFacingError('not-found', 'This record was already repaired or deleted.')
    }
    return vaultAccess.opened().unreadable
  }
  return {
    copies: async (place) => rows(place).copies(place),
    async take(place, file) {
      const stored = rows(place)
      const held = await supervisor.whileStopped(() => stored.take(place, file))
      if (held === null)
        throw new UserFacingError('not-found', 'This copy no longer contains it. Choose another one.')
      return { held }
    },
    async remove(place) {
      const stored = rows(place)
      await supervisor.whileStopped(() => stored.remove(place))
    },
  }
}
