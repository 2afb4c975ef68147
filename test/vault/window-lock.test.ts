// Whether the window was locked, as the vault keeps it: whoever can write the file cannot say that it was not.
import { copyFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Secret } from '#engine/domain/secret.ts'
import { mintDataKey, sealInPassphrase } from '#vault/crypto/data-key.ts'
import { Connection } from '#vault/db/connection.ts'
import { databasePath } from '#vault/db/data-files.ts'
import { NOW, temporaryFolder } from './support/builders.ts'
import { fakeKeychain } from './support/fake-keychain.ts'
import { CHEAP_SCRYPT, opened, opening } from './support/opened.ts'
import { withDatabase } from './support/tamper.ts'

const RIGHT = new Secret('correct horse battery')
const NEXT = new Secret('staple, correctly')
const ROW = `key = 'window-unlocked'`
const ENVELOPE = `key = 'envelope-passphrase'`

async function unlocked() {
  const keychain = fakeKeychain()
  const folder = temporaryFolder()
  const vault = await opened(folder, { keychain, passphrase: RIGHT })
  await vault.recordLock(false)
  vault.close()
  return { folder, keychain }
}

test('it is known after a restart, after a kill too', async () => {
  const { folder, keychain } = await unlocked()
  const vault = await opened(folder, { keychain })
  expect(vault.wasLocked()).toBe(false)
  await vault.recordLock(true)
  // As it lies on the disk at that moment.
  const killed = temporaryFolder()
  for (const part of ['', '-wal']) copyFileSync(databasePath(folder) + part, databasePath(killed) + part)
  expect((await opened(killed, { keychain })).wasLocked()).toBe(true)
  vault.close()
  expect((await opened(folder, { keychain })).wasLocked()).toBe(true)
})

test('a lock that could not be stored holds at the next start all the same, until the window is unlocked', async () => {
  const { folder, keychain } = await unlocked()
  const vault = await opened(folder, { keychain })
  const other = new Connection(databasePath(folder))
  other.exec('BEGIN IMMEDIATE')
  await vault.recordLock(true)
  other.exec('ROLLBACK')
  other.close()
  vault.close()
  const again = await opened(folder, { keychain })
  expect(again.wasLocked()).toBe(true)
  await again.recordLock(false)
  again.close()
  const last = await opened(folder, { keychain })
  expect(last.wasLocked()).toBe(false)
  last.close()
})

test.each([
  ['deleted', `DELETE FROM meta WHERE ${ROW}`],
  ['emptied', `UPDATE meta SET value = '' WHERE ${ROW}`],
  ['invented', `UPDATE meta SET value = 'dW5sb2NrZWQ=' WHERE ${ROW}`],
  [
    'taken from another row',
    `UPDATE meta SET value = (SELECT value FROM meta WHERE key = 'cloud') WHERE ${ROW}`,
  ],
])('a mark that was %s counts as locked', async (_, sql) => {
  const { folder, keychain } = await unlocked()
  const vault = await opened(folder, { keychain })
  await vault.cloud.record('https://webexapis.com/v1')
  vault.close()
  withDatabase(folder, (db) => db.exec(sql))
  expect((await opened(folder, { keychain })).wasLocked()).toBe(true)
})

test('a mark of before the last change of the passphrase counts as locked', async () => {
  const { folder, keychain } = await unlocked()
  const mark = () => withDatabase(folder, (db) => db.get(`SELECT value FROM meta WHERE ${ROW}`))?.value
  const old = mark()
  const vault = await opened(folder, { keychain })
  await vault.changePassphrase(RIGHT, NEXT)
  expect(vault.wasLocked()).toBe(false)
  vault.close()
  expect(mark()).not.toBe(old)
  expect((await opened(folder, { keychain })).wasLocked()).toBe(false)
  withDatabase(folder, (db) => db.run(`UPDATE meta SET value = ? WHERE ${ROW}`, String(old)))
  expect((await opened(folder, { keychain })).wasLocked()).toBe(true)
})

describe('a passphrase that somebody else put in place of the right one', () => {
  async function lockedWith(change: (folder: string) => Promise<void>) {
    const { folder, keychain } = await unlocked()
    const vault = await opened(folder, { keychain })
    await vault.recordLock(true)
    vault.close()
    await change(folder)
    return opened(folder, { keychain })
  }

  test('unlocks nothing, and changes nothing', async () => {
    const vault = await lockedWith(async (folder) => {
      const envelope = await sealInPassphrase(mintDataKey(), NEXT, CHEAP_SCRYPT, NOW)
      withDatabase(folder, (db) =>
        db.run(`UPDATE meta SET value = ? WHERE ${ENVELOPE}`, JSON.stringify(envelope)),
      )
    })
    expect(vault.wasLocked()).toBe(true)
    expect(await vault.isPassphrase(NEXT)).toBe(false)
    for (const change of [vault.changePassphrase(NEXT, RIGHT), vault.removePassphrase(NEXT)]) {
      expect(await change).toMatchObject({ kind: 'refused', reason: 'passphrase-wrong' })
    }
  })

  test('is missed when there is none any more: the window stays locked', async () => {
    const vault = await lockedWith(async (folder) => {
      withDatabase(folder, (db) => db.exec(`DELETE FROM meta WHERE ${ENVELOPE}`))
    })
    expect(vault.wasLocked()).toBe(true)
    expect(await vault.setPassphrase(NEXT, 'beside')).toMatchObject({
      kind: 'refused',
      reason: 'already-set',
    })
  })
})

test('without a passphrase nothing is locked, and a passphrase set later begins unlocked', async () => {
  const { folder, keychain } = await unlocked()
  const vault = await opened(folder, { keychain })
  await vault.removePassphrase(RIGHT)
  await vault.recordLock(true)
  expect(vault.wasLocked()).toBe(false)
  await vault.setPassphrase(NEXT, 'beside')
  vault.close()
  expect((await opened(folder, { keychain })).wasLocked()).toBe(false)
})

test('a passphrase that was typed and not needed proves nothing', async () => {
  const { folder, keychain } = await unlocked()
  const wrong = new Secret('whatever comes to mind')
  const typed = await opening(folder, { keychain, passphrase: wrong })
  expect(typed).toMatchObject({ kind: 'open', openedBy: 'keychain' })
  if (typed.kind === 'open') typed.vault.close()
  const gone = fakeKeychain({ state: 'unavailable' })
  expect((await opening(folder, { keychain: gone, passphrase: wrong })).kind).toBe('passphrase-wrong')
  const right = await opening(folder, { keychain: gone, passphrase: RIGHT })
  expect(right).toMatchObject({ kind: 'open', openedBy: 'passphrase' })
})

test('a window that locks while its passphrase is being changed is still locked after a restart', async () => {
  const { folder, keychain } = await unlocked()
  const vault = await opened(folder, { keychain })
  const change = vault.changePassphrase(RIGHT, NEXT)
  await vault.recordLock(true)
  expect(await change).toMatchObject({ kind: 'changed' })
  expect(vault.wasLocked()).toBe(true)
  vault.close()
  expect((await opened(folder, { keychain })).wasLocked()).toBe(true)
})
