// What a person decided about problems, as the vault keeps it: sealed, under each new key, in no backup.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { NO_NOTES, type ProblemNotes } from '#vault/repositories/problem-notes.ts'
import { PASSPHRASE } from './support/backups.ts'
import { temporaryFolder } from './support/builders.ts'
import { fakeKeychain } from './support/fake-keychain.ts'
import { opened } from './support/opened.ts'
import { withDatabase } from './support/tamper.ts'

const notes: ProblemNotes = {
  snoozed: [{ key: 'not-authorised:a', until: 5, level: 'warning', code: 'not-authorised', customers: 30 }],
  waiting: [{ profileId: 'p1', since: 2 }],
  resolved: [
    {
      key: 'network-down',
      title: 'Resolved: Contact sync of Hooli',
      level: 'critical',
      customers: 3,
      since: 1,
      resolvedAt: 2,
    },
  ],
}
const ROW = `key = 'problem-notes'`

async function saved() {
  const keychain = fakeKeychain()
  const folder = temporaryFolder()
  const vault = await opened(folder, { keychain })
  expect(await vault.problemNotes.load()).toEqual(NO_NOTES)
  await vault.problemNotes.update(() => notes)
  return { folder, keychain, vault }
}

test('is there after a restart and under another key, in clear nowhere, and in no backup', async () => {
  const { folder, keychain, vault } = await saved()
  await vault.setPassphrase(PASSPHRASE, 'beside')
  expect(await vault.problemNotes.load()).toEqual(notes)
  const file = path.join(folder, 'all.satm-backup')
  await vault.backup(file, PASSPHRASE)
  expect(readFileSync(file, 'latin1')).not.toContain('Hooli')
  vault.close()
  const row = withDatabase(folder, (db) => db.get(`SELECT value FROM meta WHERE ${ROW}`))
  expect(String(row?.value)).not.toContain('Hooli')
  const again = await opened(folder, { keychain })
  expect(await again.problemNotes.load()).toEqual(notes)
  again.close()
})

test.each([
  ['altered', `UPDATE meta SET value = 'bm90aGluZw==' WHERE ${ROW}`],
  ['emptied', `UPDATE meta SET value = '' WHERE ${ROW}`],
  ['deleted', `DELETE FROM meta WHERE ${ROW}`],
])('counts as empty when it was %s', async (_, sql) => {
  const { folder, keychain, vault } = await saved()
  vault.close()
  withDatabase(folder, (db) => db.exec(sql))
  const again = await opened(folder, { keychain })
  expect(await again.problemNotes.load()).toEqual(NO_NOTES)
  await again.problemNotes.update(() => notes)
  expect(await again.problemNotes.load()).toEqual(notes)
  again.close()
})
