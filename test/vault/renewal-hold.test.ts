// What keeps a vault from being renewed, as it is kept: sealed, under each new key, in no backup, and gone only when a person
// says so or restores something else.
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { RenewalHold } from '#vault/repositories/renewal-hold.ts'
import { backupOf, PASSPHRASE, readBackup } from './support/backups.ts'
import { NOW, temporaryFolder } from './support/builders.ts'
import { fakeKeychain } from './support/fake-keychain.ts'
import { opened } from './support/opened.ts'
import { withDatabase } from './support/tamper.ts'

const moved: RenewalHold = { why: 'moved', to: 'server', at: NOW, file: '/canary.satm-backup' }
const restored: RenewalHold = {
  why: 'restored',
  to: 'computer',
  at: NOW,
  file: '/all.satm-backup',
}
const ROW = `key = 'renewal-hold'`

async function held() {
  const keychain = fakeKeychain()
  const folder = temporaryFolder()
  const vault = await opened(folder, { keychain })
  expect(await vault.renewalHold.load()).toBeNull()
  await vault.renewalHold.save(moved)
  await vault.cloud.record('https://webexapis.com/v1')
  return { folder, keychain, vault }
}

test('is there after a restart, in clear nowhere, and gone once a person ends it', async () => {
  const { folder, keychain, vault } = await held()
  await vault.setPassphrase(PASSPHRASE, 'beside')
  vault.close()
  const row = withDatabase(folder, (db) => db.get(`SELECT value FROM meta WHERE ${ROW}`))
  expect(String(row?.value)).not.toContain('canary')
  const again = await opened(folder, { keychain })
  expect(await again.renewalHold.load()).toEqual(moved)
  await again.renewalHold.save(null)
  again.close()
  expect(await (await opened(folder, { keychain })).renewalHold.load()).toBeNull()
})

test('goes over to another key', async () => {
  const folder = temporaryFolder()
  const open = await opened(folder, {
    keychain: fakeKeychain({ state: 'weak', backend: 'basic_text' }),
    weakStorageConsent: 'given',
  })
  await open.renewalHold.save(moved)
  open.close()
  expect(await (await opened(folder, { keychain: fakeKeychain() })).renewalHold.load()).toEqual(moved)
})

test.each([
  ['altered', `UPDATE meta SET value = 'bm90aGluZw==' WHERE ${ROW}`],
  ['emptied', `UPDATE meta SET value = '' WHERE ${ROW}`],
  [
    'another row of meta',
    `UPDATE meta SET value = (SELECT value FROM meta WHERE key = 'cloud') WHERE ${ROW}`,
  ],
])('holds still when its row was %s', async (_, sql) => {
  const { folder, keychain, vault } = await held()
  vault.close()
  withDatabase(folder, (db) => db.exec(sql))
  const again = await opened(folder, { keychain })
  expect(await again.renewalHold.load()).toEqual({
    why: 'moving',
    to: 'server',
    at: null,
    file: null,
  })
})

describe('a backup', () => {
  test('has none in it, and one that is restored over it ends it', async () => {
    const { vault } = await held()
    const file = join(temporaryFolder(), 'of-moved.satm-backup')
    expect((await vault.backup(file, PASSPHRASE)).kind).toBe('written')
    const reading = await readBackup(file, PASSPHRASE)
    if (reading.kind !== 'ok') throw new Error(reading.sentence)
    await vault.restore(reading.backup)
    expect(await vault.renewalHold.load()).toBeNull()
  })

  test('is held from its first moment where it is restored so, into an old data file and into a new one', async () => {
    const { vault } = await held()
    await vault.restore(await backupOf([]), restored)
    expect(await vault.renewalHold.load()).toEqual(restored)
    const fresh = await opened(temporaryFolder(), { restore: await backupOf([]), restoredHold: restored })
    expect(await fresh.renewalHold.load()).toEqual(restored)
  })
})
