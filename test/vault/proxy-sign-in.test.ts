// The sign-in for a proxy, as the vault keeps it: sealed, under each new key, in no backup.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Secret } from '#engine/domain/secret.ts'
import type { StoredSignIn } from '#vault/repositories/proxy-sign-in.ts'
import { PASSPHRASE, readBackup } from './support/backups.ts'
import { temporaryFolder } from './support/builders.ts'
import { fakeKeychain } from './support/fake-keychain.ts'
import { opened } from './support/opened.ts'
import { withDatabase } from './support/tamper.ts'

const signIn: StoredSignIn = {
  user: 'jane',
  password: new Secret('C4nary-of-the-proxy'),
  proxy: 'http://proxy.example:8080',
  rejected: false,
}
const shown = (stored: StoredSignIn | null) => stored && { ...stored, password: stored.password.reveal() }
const ROW = `key = 'proxy-sign-in'`

async function saved() {
  const keychain = fakeKeychain()
  const folder = temporaryFolder()
  const vault = await opened(folder, { keychain })
  expect(await vault.proxySignIn.load()).toBe(null)
  await vault.proxySignIn.save(signIn)
  return { folder, keychain, vault }
}
const row = (folder: string) =>
  withDatabase(folder, (db) => db.get(`SELECT value FROM meta WHERE ${ROW}`))?.value

test('is there after a restart, in clear nowhere, and gone once it was removed', async () => {
  const { folder, keychain, vault } = await saved()
  vault.close()
  expect(String(row(folder))).not.toContain('jane')
  const again = await opened(folder, { keychain })
  expect(shown(await again.proxySignIn.load())).toEqual(shown(signIn))
  await again.proxySignIn.save({ ...signIn, rejected: true })
  expect((await again.proxySignIn.load())?.rejected).toBe(true)
  await again.proxySignIn.save(null)
  expect(await again.proxySignIn.load()).toBe(null)
  again.close()
  expect(row(folder)).toBe(undefined)
})

test('follows each change of protection', async () => {
  const { folder, keychain, vault } = await saved()
  vault.close()
  let before = row(folder)
  const changes = [
    () => reopened.setPassphrase(PASSPHRASE, 'beside'),
    () => reopened.changePassphrase(PASSPHRASE, new Secret('another long one')),
    () => reopened.removePassphrase(new Secret('another long one')),
  ]
  let reopened = await opened(folder, { keychain })
  for (const change of changes) {
    await change()
    expect(shown(await reopened.proxySignIn.load())).toEqual(shown(signIn))
    reopened.close()
    expect(row(folder)).not.toBe(before)
    before = row(folder)
    reopened = await opened(folder, { keychain })
    expect(shown(await reopened.proxySignIn.load())).toEqual(shown(signIn))
  }
  reopened.close()
})

test.each([
  ['altered', `UPDATE meta SET value = 'bm90aGluZw==' WHERE ${ROW}`],
  ['emptied', `UPDATE meta SET value = '' WHERE ${ROW}`],
  [
    'taken from another row',
    `UPDATE meta SET value = (SELECT value FROM meta WHERE key = 'cloud') WHERE ${ROW}`,
  ],
])('counts as not saved when it was %s', async (_, sql) => {
  const { folder, keychain, vault } = await saved()
  await vault.cloud.record('https://webexapis.com/v1')
  vault.close()
  withDatabase(folder, (db) => db.exec(sql))
  const again = await opened(folder, { keychain })
  expect(await again.proxySignIn.load()).toBe(null)
  await again.proxySignIn.save(signIn)
  expect(shown(await again.proxySignIn.load())).toEqual(shown(signIn))
  again.close()
})

test('is in no backup, and a restore leaves it', async () => {
  const { folder, vault } = await saved()
  const file = path.join(folder, 'all.satm-backup')
  await vault.backup(file, PASSPHRASE)
  const reading = await readBackup(file, PASSPHRASE)
  if (reading.kind !== 'ok') throw new Error('The backup cannot be read.')
  expect(JSON.stringify(reading.backup)).not.toContain('proxy.example')
  expect(readFileSync(file, 'latin1')).not.toContain('proxy.example')
  await vault.restore(reading.backup)
  expect(shown(await vault.proxySignIn.load())).toEqual(shown(signIn))
  vault.close()
})
