// Command requests: constructs the use cases that the command line asks for, of the app and of the server.
import { createAdministration } from '#application/administration.ts'
import { createBackupWriting } from '#application/backup-writing.ts'
import { createTargets } from '#application/delivery-targets.ts'
import type { FileReader } from '#application/file-reader.ts'
import { createImports } from '#application/import-service-apps.ts'
import type { Settings } from '#application/settings.ts'
import type { VaultAccess } from '#application/vault-access.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { RenewalHold } from '#vault/repositories/renewal-hold.ts'
import type { Services } from './services.ts'

export function createCommandRequests(
  services: Pick<Services, 'supervisor' | 'idClock' | 'fleetDeliveries' | 'endpoint' | 'webhook'> & {
    readonly delivery: Pick<Services['delivery'], 'current' | 'change' | 'kinds'> &
      Pick<Parameters<typeof createTargets>[0], 'envFiles'>
  },
  parts: {
    readonly dataFolder: string
    readonly clock: Clock
    readonly vaultAccess: VaultAccess
    readonly settings: Settings
    readonly reader: FileReader
    /** Where a move from here leads. */
    readonly elsewhere: RenewalHold['to']
    readonly dialogs: Pick<Parameters<typeof createImports>[0]['dialogs'], 'fileToSave'> &
      Pick<Parameters<typeof createTargets>[0], 'fileToChange'>
  },
) {
  const { supervisor, idClock, delivery, fleetDeliveries, endpoint, webhook } = services
  const { dataFolder, clock, vaultAccess, settings, reader, elsewhere, dialogs } = parts
  const engine = () => supervisor.running().engine
  const targets = createTargets({
    engine,
    deliveries: delivery.current,
    change: delivery.change,
    rows: () => vaultAccess.opened().deliveries,
    runs: () => vaultAccess.opened().deliveryRuns,
    kinds: delivery.kinds,
    isOfFleet: fleetDeliveries.isOwned,
    envFiles: delivery.envFiles,
    fileToChange: dialogs.fileToChange,
    newId: idClock.newId,
    dataFolder,
  })
  return {
    targets,
    deliver: targets.deliver,
    writing: createBackupWriting({ vaultAccess, supervisor, reader, elsewhere, now: clock.now }),
    administration: createAdministration({
      supervisor,
      settings,
      fleet: () => supervisor.current()?.engine.fleet() ?? null,
      targets: () => delivery.current()?.targets.all() ?? [],
      deliver: targets.deliver,
      deliveries: targets,
      fleetDeliveries,
      endpoint,
      webhook,
      renewals: {
        held: () => {
          const held = supervisor.held()
          return held === null || held.kind === 'other-cloud' ? null : held.sentence
        },
        confirm: supervisor.renewHere,
      },
    }),
    importOf: (file: string) =>
      createImports({ engine, reader, idClock, dialogs: { ...dialogs, fileToOpen: async () => file } }),
  }
}
