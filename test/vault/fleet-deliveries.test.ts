// Fleet deliveries as the vault keeps them: sealed, under each new key, and held wherever others may have written profiles.
import { expect, test } from 'vitest'
import type { FleetDelivery } from '#engine/domain/delivery-model.ts'
import { NO_NOTES } from '#vault/repositories/problem-notes.ts'
import { backupOf, PASSPHRASE } from './support/backups.ts'
import { temporaryFolder } from './support/builders.ts'
import { fakeKeychain } from './support/fake-keychain.ts'
import { opened } from './support/opened.ts'
import { withDatabase } from './support/tamper.ts'

const delivery: FleetDelivery = {
  id: 'f1',
  serviceAppId: null,
  spec: {
    kind: 'hook',
    command: 'put webex/{customer}',
    pass: 'stdin',
    timeLimit: 30_000,
    readBack: 'get webex/{customer}',
    store: 'vault',
  },
  createdAt: 5,
  held: false,
}
const ROW = `key = 'fleet-deliveries'`

async function saved() {
  const keychain = fakeKeychain()
  const folder = temporaryFolder()
  const vault = await opened(folder, { keychain })
  expect(await vault.fleetDeliveries.load()).toEqual([])
  await vault.fleetDeliveries.save([delivery])
  await vault.problemNotes.update(() => NO_NOTES)
  return { folder, keychain, vault }
}

test('are there after a restart and under another key, and in clear nowhere', async () => {
  const { folder, keychain, vault } = await saved()
  await vault.setPassphrase(PASSPHRASE, 'beside')
  expect(await vault.fleetDeliveries.load()).toEqual([delivery])
  vault.close()
  const row = withDatabase(folder, (db) => db.get(`SELECT value FROM meta WHERE ${ROW}`))
  expect(String(row?.value)).not.toContain('webex')
  const again = await opened(folder, { keychain })
  expect(await again.fleetDeliveries.load()).toEqual([delivery])
  again.close()
})

test.each([
  ['altered', `UPDATE meta SET value = 'bm90aGluZw==' WHERE ${ROW}`],
  ['emptied', `UPDATE meta SET value = '' WHERE ${ROW}`],
  [
    'another row of meta',
    `UPDATE meta SET value = (SELECT value FROM meta WHERE key = 'problem-notes') WHERE ${ROW}`,
  ],
  ['deleted', `DELETE FROM meta WHERE ${ROW}`],
])('are none when their row was %s', async (_, sql) => {
  const { folder, keychain, vault } = await saved()
  vault.close()
  withDatabase(folder, (db) => db.exec(sql))
  const again = await opened(folder, { keychain })
  expect(await again.fleetDeliveries.load()).toEqual([])
  again.close()
})

test('are held when a backup is restored, which may bring profiles of others', async () => {
  const { vault } = await saved()
  await vault.restore(await backupOf([]))
  expect(await vault.fleetDeliveries.load()).toEqual([{ ...delivery, held: true }])
  vault.close()
})

test('are held when they lay open, and counted', async () => {
  const folder = temporaryFolder()
  const open = await opened(folder, {
    keychain: fakeKeychain({ state: 'weak', backend: 'basic_text' }),
    weakStorageConsent: 'given',
  })
  await open.fleetDeliveries.save([delivery])
  open.close()
  const vault = await opened(folder, { keychain: fakeKeychain() })
  expect(vault.heldAtOpening).toBe(1)
  expect(await vault.fleetDeliveries.load()).toEqual([{ ...delivery, held: true }])
  vault.close()
})
