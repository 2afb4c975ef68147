// What a person is shown of a backup before it is restored.
import { expect, test } from 'vitest'
import { createBackups } from '#application/backup-restore.ts'
import { Secret } from '#engine/domain/secret.ts'
import { aProfile, aServiceApp, NOW, temporaryFolder } from '../vault/support/builders.ts'
import { aHook } from '../vault/support/delivery.ts'
import { opened } from '../vault/support/opened.ts'
import { directReader, directWriting } from './support/direct-reader.ts'

test('fleet deliveries are shown with whom they deliver for, held', async () => {
  const PASSPHRASE = new Secret('a backup of a fleet')
  const vault = await opened(temporaryFolder())
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'profile-saved', profile: aProfile('p1', { name: 'Orders Acme' }) },
      { kind: 'profile-saved', profile: aProfile('p2', { name: 'Orders Beta' }) },
    ],
    [],
  )
  const { spec } = aHook('{orgId}')
  await vault.fleetDeliveries.save([
    { id: 'f1', serviceAppId: 'sa', spec, createdAt: NOW, held: false },
    { id: 'f2', serviceAppId: null, spec, createdAt: NOW, held: false },
  ])
  const file = `${temporaryFolder()}/fleet.satm-backup`
  expect(await vault.backup(file, PASSPHRASE)).toMatchObject({ kind: 'written', leftOut: 0 })
  const vaultAccess = {
    vault: () => vault,
    opened: () => vault,
    restore: async () => undefined,
    dropWaiting: () => undefined,
  }
  const backups = createBackups({
    vaultAccess,
    supervisor: { whileStopped: (work) => work() },
    reader: directReader,
    writing: directWriting(vaultAccess),
    now: () => NOW,
    dialogs: { fileToOpen: async () => file, fileToSave: async () => null },
  })
  await backups.choose()
  expect((await backups.read(PASSPHRASE)).acting).toEqual([
    { id: 'f1', held: true, kind: 'target', name: 'all customers of Orders, including future ones', spec },
    { id: 'f2', held: true, kind: 'target', name: 'all service apps, including future ones', spec },
  ])
})
