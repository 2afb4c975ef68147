// Data sources that are kept alive, as the vault stores them, and their rows of the history.
import { expect, test } from 'vitest'
import { readBackup } from './support/backups.ts'
import { aDataSource, anAttempt, aPair, aProfile, aServiceApp, temporaryFolder } from './support/builders.ts'
import { fakeKeychain } from './support/fake-keychain.ts'
import { opened } from './support/opened.ts'
import { withDatabase } from './support/tamper.ts'
import { BACKUP_PASSPHRASE } from './support/versions.ts'

const fleet = [
  { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
  { kind: 'profile-saved', profile: aProfile('p1', { pair: aPair('one') }) },
  { kind: 'profile-saved', profile: aProfile('p2', { pair: aPair('two') }) },
] as const
const keep = (source = aDataSource('d')) => ({ kind: 'data-source-kept', source }) as const

test('a choice survives a restart, a renewal changes its times, and what is dropped is gone', async () => {
  const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
  const vault = await opened(folder, { keychain })
  await vault.commit(
    [...fleet, keep(), keep(aDataSource('e', { url: null, issuedAt: null, expiresAt: null, lapse: null }))],
    [],
  )
  const renewed = aDataSource('d', { expiresAt: 5.4, lapse: null })
  await vault.commit([keep(renewed)], [])
  await vault.commit([{ kind: 'data-source-dropped', id: 'e' }], [])
  vault.close()
  const again = await opened(folder, { keychain })
  expect((await again.load()).keptDataSources).toEqual([{ ...renewed, expiresAt: 5 }])
})

test('it goes with its service app, and one of a service app that is gone is not stored', async () => {
  const vault = await opened(temporaryFolder())
  await vault.commit([...fleet, keep(), keep(aDataSource('other', { profileId: 'p2' }))], [])
  await vault.commit([{ kind: 'profile-removed', profileId: 'p1' }], [])
  await vault.commit([keep(aDataSource('late', { profileId: 'p1' }))], [])
  expect((await vault.load()).keptDataSources.map(({ id }) => id)).toEqual(['other'])
})

test('a saved edit of its service app leaves it', async () => {
  const vault = await opened(temporaryFolder())
  await vault.commit([...fleet, keep()], [])
  await vault.commit([{ kind: 'profile-saved', profile: aProfile('p1', { name: 'Another name' }) }], [])
  expect((await vault.load()).keptDataSources).toEqual([aDataSource('d')])
})

test('an altered one is named, not renewed, and can be deleted', async () => {
  const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
  const vault = await opened(folder, { keychain })
  await vault.commit([...fleet, keep()], [])
  vault.close()
  withDatabase(folder, (db) => db.run(`UPDATE data_sources SET profile_id = 'p2'`))
  const again = await opened(folder, { keychain })
  expect(await again.load()).toMatchObject({
    keptDataSources: [],
    unreadable: [
      {
        table: 'data_sources',
        id: 'd',
        name: 'https://data.example/d',
        sentence: expect.stringContaining('choose it again'),
      },
    ],
  })
  await again.unreadable.remove({ table: 'data_sources', id: 'd' })
  expect((await again.load()).unreadable).toEqual([])
})

test('a new data key seals it anew', async () => {
  const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
  const vault = await opened(folder, { keychain })
  await vault.commit([...fleet, keep()], [])
  await vault.setPassphrase(BACKUP_PASSPHRASE, 'beside')
  expect(await vault.load()).toMatchObject({ keptDataSources: [aDataSource('d')], unreadable: [] })
})

test('a backup has the choice without times, and leaves out what it cannot have', async () => {
  const folder = temporaryFolder()
  const vault = await opened(folder)
  const long = aDataSource('x'.repeat(201), { profileId: 'p2' })
  await vault.commit([...fleet, keep(), keep(long)], [])
  const path = `${folder}/choice.satm-backup`
  expect(await vault.backup(path, BACKUP_PASSPHRASE)).toMatchObject({ kind: 'written', leftOut: 1 })
  const reading = await readBackup(path, BACKUP_PASSPHRASE)
  if (reading.kind !== 'ok') throw new Error(reading.sentence)
  const other = await opened(temporaryFolder())
  await other.commit([...fleet, keep(aDataSource('before'))], [])
  await other.restore(reading.backup)
  expect((await other.load()).keptDataSources).toEqual([
    aDataSource('d', { issuedAt: null, expiresAt: null, lapse: null }),
  ])
})

test('what was done to a data source is in the history, and says nothing of the token', async () => {
  const vault = await opened(temporaryFolder())
  const reason = { code: 'data-source', id: 'd', url: 'https://data.example/d' } as const
  const later = {
    startedAt: 9e12,
    endedAt: 9e12,
    outcome: 'failed',
    tier: null,
    before: null,
    after: null,
  } as const
  await vault.commit([...fleet], [anAttempt('a1'), anAttempt('d1', { ...later, reason })])
  expect((await vault.load()).lastAttempts.map(({ id }) => id)).toEqual(['a1'])
  const ids = async (cause: string | null) =>
    (await vault.history({ profileId: 'p1', cause, limit: 10 })).attempts.map(({ id }) => id)
  expect(await ids(null)).toEqual(['d1', 'a1'])
  expect(await ids('reason:data-source')).toEqual(['d1'])
  expect(await ids('kind:token')).toEqual(['a1'])
})
