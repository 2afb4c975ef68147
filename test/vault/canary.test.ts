// No secret lies readable in any file the vault makes, while it is open and after, whatever was done with it.
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Secret } from '#engine/domain/secret.ts'
import { exportList } from '#vault/backup/export-list.ts'
import { readBackup } from './support/backups.ts'
import {
  anAttempt,
  anIntegration,
  aPair,
  aPersonalToken,
  aProfile,
  aServiceApp,
  temporaryFolder,
} from './support/builders.ts'
import { filesHolding } from './support/canary.ts'
import { fakeKeychain } from './support/fake-keychain.ts'
import { lockOf, opened, opening } from './support/opened.ts'
import { databaseFile } from './support/tamper.ts'

/** Every secret of the builders starts with it, and so does each passphrase below. */
const CANARY = 'canary-'

test('the search finds what it looks for, in every form', () => {
  const folder = temporaryFolder()
  const forms = [
    CANARY,
    Buffer.from(CANARY, 'utf16le'),
    Buffer.from(`x${CANARY}`).toString('base64'),
    Buffer.from(CANARY).toString('hex'),
  ]
  for (const [n, form] of forms.entries()) writeFileSync(join(folder, `f${n}`), form)
  expect(filesWithSecrets(folder)).toHaveLength(forms.length)
})

test('no file holds a secret, while the vault is open and afterwards', async () => {
  const folder = join(temporaryFolder(), 'data')
  const keychain = fakeKeychain({ state: 'weak', backend: 'basic_text' })
  const lock = lockOf(folder)
  expect(lock.take().kind).toBe('held')
  const vault = await opened(folder, { keychain, weakStorageConsent: 'given' })
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'manager-saved', manager: anIntegration('m1') },
      { kind: 'manager-saved', manager: aPersonalToken('m2') },
      { kind: 'profile-saved', profile: aProfile('p1', { pair: aPair('one') }) },
    ],
    [anAttempt('a1')],
  )
  for (let n = 0; n < 200; n++) {
    await vault.prove()
    await vault.commit(
      [{ kind: 'profile-pair', profileId: 'p1', pair: aPair(`renewed-${n}`) }],
      [anAttempt(`r${n}`)],
    )
  }
  expect(filesWithSecrets(folder)).toEqual([])

  const passphrase = new Secret('canary-passphrase')
  await vault.setPassphrase(passphrase, 'alone')
  await vault.changePassphrase(passphrase, new Secret('canary-other-passphrase'))
  await vault.backup(join(folder, 'mine.satm-backup'), new Secret('canary-backup'))
  const reading = await readBackup(join(folder, 'mine.satm-backup'), new Secret('canary-backup'))
  if (reading.kind === 'ok') await vault.restore(reading.backup)
  writeFileSync(join(folder, 'list.csv'), exportList((await vault.load()).fleet, 'csv'))
  expect(filesWithSecrets(folder)).toEqual([])

  await vault.commit([{ kind: 'profile-removed', profileId: 'p1' }], [])
  vault.close()
  writeFileSync(databaseFile(folder), 'spoilt')
  expect((await opening(folder, { keychain })).kind).toBe('moved-aside')
  lock.release()
  expect(readdirSync(folder).length).toBeGreaterThan(3)
  expect(filesWithSecrets(folder)).toEqual([])
})

test('what a failing vault says holds no secret', async () => {
  const folder = temporaryFolder()
  const vault = await opened(folder)
  const orphan = aProfile('p1', { serviceAppId: 'nobody', pair: aPair('one') })
  const error: unknown = await vault
    .commit([{ kind: 'profile-saved', profile: orphan }], [])
    .catch((failure) => failure)
  expect(error).toBeInstanceOf(Error)
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    expect(`${cause.message} ${cause.stack} ${JSON.stringify(cause)}`).not.toContain(CANARY)
  }
  mkdirSync(join(folder, 'taken'))
  const refused = await vault.backup(join(folder, 'taken'), new Secret('canary-backup'))
  expect(JSON.stringify(refused)).not.toContain(CANARY)
})

function filesWithSecrets(folder: string): string[] {
  return filesHolding(folder, [CANARY])
}
