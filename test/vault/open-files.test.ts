// What happens to the files of an open vault: noticed at the next look, saved to a new file, and the next start goes on with
// that.
import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Secret } from '#engine/domain/secret.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { backupOf, profile, serviceApp } from './support/backups.ts'
import { anAttempt, aPair, aProfile, aServiceApp, temporaryFolder } from './support/builders.ts'
import { type FakeKeychain, fakeKeychain } from './support/fake-keychain.ts'
import { opened, opening } from './support/opened.ts'
import { databaseFile } from './support/tamper.ts'

/** As the last but one renewal left it on the disk; the last one is in the log alone. */
async function running(folder: string, keychain: FakeKeychain): Promise<OpenVault> {
  const vault = await opened(folder, { keychain })
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'profile-saved', profile: aProfile('p1', { pair: aPair('one') }) },
    ],
    [anAttempt('a1')],
  )
  vault.close()
  const again = await opened(folder, { keychain })
  await again.commit([{ kind: 'profile-pair', profileId: 'p1', pair: aPair('two') }], [anAttempt('a2')])
  return again
}

const tokenIn = async (vault: OpenVault) =>
  (await vault.load()).fleet.profiles.get('p1')?.pair?.accessToken?.reveal()
const rescuedIn = (folder: string) =>
  readdirSync(folder).filter((name) => /^vault-rescued-.*\.db$/.test(name))
const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing',
    (error: Error) => error.message,
  )

const harms: Readonly<Record<string, (path: string) => void>> = {
  'the data file is deleted': (path) => unlinkSync(path),
  'the data file is renamed': (path) => renameSync(path, `${path}.old`),
  'the data file is replaced by an older copy of itself': (path) => {
    cpSync(path, `${path}.copy`)
    renameSync(`${path}.copy`, path)
  },
  'the data file is replaced by something else': (path) => {
    unlinkSync(path)
    writeFileSync(path, 'something else')
  },
  'its log is deleted': (path) => unlinkSync(`${path}-wal`),
  'its log is replaced': (path) => {
    cpSync(`${path}-wal`, `${path}-copy`)
    renameSync(`${path}-copy`, `${path}-wal`)
  },
  'its index is deleted': (path) => unlinkSync(`${path}-shm`),
  'all of it is deleted': (path) => {
    for (const companion of ['', '-wal', '-shm']) rmSync(path + companion)
  },
}

describe.skipIf(process.platform === 'win32')('while the vault is open', () => {
  test.each(Object.entries(harms))('%s: noticed, saved, and the next start goes on', async (_, harm) => {
    const [folder, keychain] = [join(temporaryFolder(), 'vault'), fakeKeychain()]
    const vault = await running(folder, keychain)
    await vault.checkFiles()
    harm(databaseFile(folder))
    const failure = await failureOf(vault.checkFiles())
    const [rescued = 'none'] = rescuedIn(folder)
    expect(failure).toContain(
      `Everything stored was saved to ${join(folder, rescued)}. Quit and start the app again`,
    )
    expect(statSync(join(folder, rescued)).mode & 0o777).toBe(0o600)
    // Nothing is asked of Webex that could not be kept, and nothing else is written.
    expect(await failureOf(vault.prove())).toBe(failure)
    expect(await failureOf(vault.deliveries.remove('none'))).toBe(failure)
    // What was on its way is kept all the same.
    await vault.commit([{ kind: 'profile-pair', profileId: 'p1', pair: aPair('three') }], [anAttempt('a3')])
    expect(rescuedIn(folder)).toEqual([rescued])
    vault.close()

    const again = await opened(folder, { keychain })
    expect(await tokenIn(again)).toBe('canary-access-three')
    expect((await again.history({ limit: 9 })).attempts.map(({ id }) => id).sort()).toEqual([
      'a1',
      'a2',
      'a3',
    ])
    await again.prove()
    expect(rescuedIn(folder)).toEqual([])
  })

  test.each<[string, (path: string, size: number) => void]>([
    ['to nothing', (path) => truncateSync(path, 0)],
    ['to its first page', (path) => truncateSync(path, 4096)],
    ['within a page', (path, size) => truncateSync(path, size - 100)],
  ])('the data file is cut off %s: noticed, and nothing is renewed', async (_, cut) => {
    const [folder, keychain] = [join(temporaryFolder(), 'vault'), fakeKeychain()]
    const vault = await running(folder, keychain)
    const path = databaseFile(folder)
    cut(path, statSync(path).size)
    expect(await failureOf(vault.prove())).toMatch(/vault\.db was cut off.*(saved to|restore a backup)/)
  })

  test('its log is cut off: noticed, and nothing is renewed', async () => {
    const [folder, keychain] = [join(temporaryFolder(), 'vault'), fakeKeychain()]
    const vault = await running(folder, keychain)
    truncateSync(`${databaseFile(folder)}-wal`, 40)
    expect(await failureOf(vault.prove())).toMatch(/vault\.db-wal was cut off.*(saved to|restore a backup)/)
  })

  test('a log that SQLite empties is no damage', async () => {
    const [folder, keychain] = [join(temporaryFolder(), 'vault'), fakeKeychain()]
    const vault = await running(folder, keychain)
    const passphrase = new Secret('long enough for it')
    expect(await vault.setPassphrase(passphrase, 'beside')).toMatchObject({ kind: 'changed' })
    expect(statSync(`${databaseFile(folder)}-wal`).size).toBe(0)
    await vault.prove()
    await vault.checkFiles()
  })

  test.each<[string, (folder: string) => void]>([
    ['renamed', (folder) => renameSync(folder, `${folder}-elsewhere`)],
    ['deleted', (folder) => rmSync(folder, { recursive: true })],
    [
      'replaced by an empty one',
      (folder) => {
        renameSync(folder, `${folder}-elsewhere`)
        mkdirSync(folder)
      },
    ],
  ])('its folder is %s: saved where there is a place, and the sentence says what to do', async (_, harm) => {
    const [folder, keychain] = [join(temporaryFolder(), 'vault'), fakeKeychain()]
    const vault = await running(folder, keychain)
    harm(folder)
    const failure = await failureOf(vault.checkFiles())
    const saved = /saved to (\S+\.db)\./.exec(failure)?.[1] ?? 'none'
    expect([folder, dirname(folder)]).toContain(dirname(saved))
    vault.close()
    const other = join(temporaryFolder(), 'vault')
    mkdirSync(other)
    cpSync(saved, databaseFile(other))
    expect(await tokenIn(await opened(other, { keychain }))).toBe('canary-access-two')
  })
})

const PASSPHRASE = new Secret('correct horse battery')

/** Each way to have it open in a process that had the file before, or has just made it. */
const openings: Readonly<Record<string, (folder: string, keychain: FakeKeychain) => Promise<OpenVault>>> = {
  'just made': (folder, keychain) => opened(folder, { keychain }),
  'made from a backup': async (folder, keychain) =>
    opened(folder, { keychain, restore: await backupOf([serviceApp('sa'), profile('p')]) }),
  'opened again': async (folder, keychain) => {
    ;(await running(folder, keychain)).close()
    return opened(folder, { keychain })
  },
  'opened by its passphrase, which was missing at first and then wrong': async (folder, keychain) => {
    const vault = await running(folder, keychain)
    await vault.setPassphrase(PASSPHRASE, 'alone')
    vault.close()
    expect((await opening(folder, { keychain })).kind).toBe('passphrase-needed')
    const passphrase = new Secret('another one')
    expect((await opening(folder, { keychain, passphrase })).kind).toBe('passphrase-wrong')
    return opened(folder, { keychain, passphrase: PASSPHRASE })
  },
  'opened once the keychain was unlocked': async (folder, keychain) => {
    ;(await running(folder, keychain)).close()
    keychain.set({ state: 'locked' })
    expect((await opening(folder, { keychain })).kind).toBe('locked')
    keychain.set({ state: 'available' })
    return opened(folder, { keychain })
  },
  'begun anew': async (folder, keychain) => {
    ;(await running(folder, keychain)).close()
    writeFileSync(databaseFile(folder), 'no database')
    return opened(folder, { keychain, afterSetAside: 'begin-anew' })
  },
}

test.each(Object.entries(openings))(
  'a vault that was %s keeps its log when another program opens and closes its data file',
  async (_, open) => {
    const [folder, keychain] = [join(temporaryFolder(), 'vault'), fakeKeychain()]
    const vault = await open(folder, keychain)
    await vault.commit([], [anAttempt('in the log')])
    const libsql = createRequire(import.meta.url).resolve('libsql')
    const script = `const db = new (require(${JSON.stringify(libsql)}))(${JSON.stringify(databaseFile(folder))})
      db.exec('SELECT count(*) FROM meta')
      db.close()`
    expect(spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' })).toMatchObject({
      status: 0,
      stderr: '',
    })
    await vault.checkFiles()
    await vault.prove()
  },
)

test('what was saved goes before what lies there by then, which is set aside', async () => {
  const [folder, keychain] = [join(temporaryFolder(), 'vault'), fakeKeychain()]
  const vault = await running(folder, keychain)
  renameSync(databaseFile(folder), `${databaseFile(folder)}.old`)
  expect(await failureOf(vault.checkFiles())).toContain('saved to')
  vault.close()
  writeFileSync(databaseFile(folder), 'of somebody else')
  expect(await tokenIn(await opened(folder, { keychain }))).toBe('canary-access-two')
  expect(readdirSync(folder).filter((name) => /^vault-set-aside-.*\.db$/.test(name))).toHaveLength(1)
})

test('of several saved files the newest goes on, and no later start goes back to another', async () => {
  const [folder, keychain] = [join(temporaryFolder(), 'vault'), fakeKeychain()]
  const vault = await running(folder, keychain)
  vault.close()
  cpSync(databaseFile(folder), join(folder, 'vault-rescued-2026-01-01T00-00-00Z.db'))
  cpSync(databaseFile(folder), join(folder, 'vault-rescued-2026-01-02T00-00-00Z.db'))
  const first = await opened(folder, { keychain })
  await first.commit([{ kind: 'profile-pair', profileId: 'p1', pair: aPair('three') }], [anAttempt('a3')])
  first.close()
  const second = await opened(folder, { keychain })
  expect(await tokenIn(second)).toBe('canary-access-three')
  expect(rescuedIn(folder)).toEqual([])
  // Nothing is thrown away: what was there and the older of the two.
  expect(readdirSync(folder).filter((name) => /^vault-set-aside-.*\.db$/.test(name))).toHaveLength(2)
})

test('what a killed process left while it saved is no copy, and goes at the next start', async () => {
  const [folder, keychain] = [join(temporaryFolder(), 'vault'), fakeKeychain()]
  const vault = await running(folder, keychain)
  const partial = join(folder, 'vault-rescuing.db')
  cpSync(databaseFile(folder), partial)
  cpSync(databaseFile(folder), `${partial}-journal`)
  expect(await vault.copies()).toEqual([])
  await vault.coverCopies()
  expect(readdirSync(folder).filter((name) => name.startsWith('vault-rescuing'))).toEqual([])
})

test.skipIf(process.platform === 'win32')(
  "nothing is saved into another vault's folder that took the name: its next start would continue with it",
  async () => {
    const [place, keychain] = [temporaryFolder(), fakeKeychain()]
    const folder = join(place, 'vault')
    const other = join(place, 'other')
    ;(await running(other, keychain)).close()
    const vault = await running(folder, keychain)
    renameSync(folder, join(place, 'moved'))
    renameSync(other, folder)
    expect(await failureOf(vault.checkFiles())).toContain(`Everything stored was saved to ${place}`)
    expect(rescuedIn(folder)).toEqual([])
    expect(rescuedIn(place)).toHaveLength(1)
    vault.close()
  },
)
