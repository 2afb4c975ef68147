// Attacks on the copies a data folder keeps: after each change of protection every file is tried with everything that opened
// it before, and searched for what was given up.
import {
  copyFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { Secret } from '#engine/domain/secret.ts'
import { sealInPassphrase } from '#vault/crypto/data-key.ts'
import { findCopies } from '#vault/crypto/kept-copies.ts'
import { readKeyRecord, writeKeyRecord } from '#vault/crypto/key-envelopes.ts'
import { unlock } from '#vault/crypto/unlock.ts'
import { Connection } from '#vault/db/connection.ts'
import { databasePath } from '#vault/db/data-files.ts'
import { folderLock } from '#vault/db/folder-lock.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import type { OpeningOptions } from '#vault/opening.ts'
import { aPair, aProfile, aServiceApp, NOW, temporaryFolder } from './support/builders.ts'
import { type FakeKeychain, fakeKeychain } from './support/fake-keychain.ts'
import { CHEAP_SCRYPT, lockOf, opened, opening } from './support/opened.ts'
import { VAULT_PASSPHRASE } from './support/versions.ts'

const OLD = new Secret('correct horse battery')
const NEW = new Secret('staple, correctly')
const FOREIGN = new Secret('of another time')

const COMPANIONS = ['', '-wal', '-shm', '-journal']

type With = Partial<Pick<OpeningOptions, 'keychain' | 'passphrase' | 'weakStorageConsent'>>

/** What is tried on a file: it is opened as the vault of a folder of its own. */
async function opens(file: string, options: With): Promise<string> {
  const folder = dirname(copyOf(file))
  const lock = folderLock(folder)
  try {
    const result = await opening(folder, { ...options, lock })
    if (result.kind !== 'open') return result.kind
    const token = (await result.vault.load()).fleet.profiles.get('p1')?.pair?.accessToken?.reveal()
    result.vault.close()
    return token === undefined ? 'open, and nothing can be read' : 'open'
  } finally {
    lock.release()
  }
}

/** The same without the app around it: what one envelope or the other gives. */
async function unlocks(file: string, keychain: FakeKeychain, passphrase: Secret | null): Promise<string> {
  const copy = copyOf(file)
  const db = new Connection(copy)
  const { kind } = await unlock(readKeyRecord(db), keychain, passphrase)
  db.close()
  return kind
}

function copyOf(file: string): string {
  const copy = databasePath(temporaryFolder())
  for (const companion of COMPANIONS) {
    if (existsSync(file + companion)) copyFileSync(file + companion, copy + companion)
  }
  return copy
}

/** Everything by which a file's data key can be had, and everything that key seals, as it lies in the file. */
function traces(file: string): { readonly envelopes: readonly string[]; readonly sealed: readonly Buffer[] } {
  const db = new Connection(copyOf(file))
  const envelopes = db
    .all(`SELECT value FROM meta WHERE key LIKE 'envelope-%'`)
    .map(({ value }) => JSON.parse(String(value)))
    .map((envelope) => String(envelope.blob ?? envelope.box.sealed))
  const sealed = db
    .all('SELECT access_token AS bytes FROM token_pairs UNION SELECT client_secret FROM credentials')
    .flatMap(({ bytes }) => (bytes instanceof ArrayBuffer ? [Buffer.from(bytes)] : []))
  db.close()
  return { envelopes, sealed }
}

const files = (folder: string) =>
  readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())

const databases = (folder: string) => files(folder).filter((path) => path.endsWith('.db'))

/** Text of every file of the folder that holds one of these. */
function holding(paths: readonly string[], what: readonly (string | Buffer)[]): readonly string[] {
  return paths.filter((path) => {
    const bytes = readFileSync(path)
    return what.some((one) => bytes.includes(one))
  })
}

async function fill(vault: OpenVault): Promise<void> {
  const ids = Array.from({ length: 40 }, (_, n) => `p${n + 1}`)
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      ...ids.map((id) => ({ kind: 'profile-saved', profile: aProfile(id, { pair: aPair(id) }) }) as const),
    ],
    [],
  )
  // Rows of other lengths move within their pages and from one to another.
  for (let n = 1; n <= 10; n++) {
    const renewed = ids.map((profileId, i) => {
      const pair = aPair(`${'x'.repeat((i * 37 * n) % 400)}${n}`)
      return { kind: 'profile-pair', profileId, pair } as const
    })
    await vault.commit(renewed, [])
  }
}

/** Everything of the kind a folder gathers over the years, all of it opening as the vault does. */
function keepCopies(folder: string): void {
  const db = new Connection(databasePath(folder))
  db.exec(`VACUUM INTO '${join(folder, 'vault-kept-version-6-2026-01-01T00-00-00Z.db')}'`)
  db.exec(`VACUUM INTO '${join(folder, 'vault-kept-before-restore-2026-02-01T00-00-00Z.db')}'`)
  db.close()
  // As a killed app leaves it: what counts is in the log.
  crash(folder, 'vault-set-aside-2026-01-15T00-00-00Z.db')
  crash(folder, 'vault-set-aside-2026-01-15T00-00-00Z-2.db')
  // A person's own, and a new file that was never finished.
  crash(folder, 'copy of the vault.db')
  crash(folder, 'vault-new.db')
}

function crash(folder: string, name: string): void {
  for (const companion of COMPANIONS.slice(0, 2)) {
    copyFileSync(databasePath(folder) + companion, join(folder, name) + companion)
  }
}

interface Case {
  readonly before: { state: 'available' | 'weak' | 'unavailable'; passphrase?: Secret }
  /** What happens to the open vault; null: the keychain appears, and it is opened again. */
  readonly change: ((vault: OpenVault) => Promise<unknown>) | null
  readonly after: 'keychain' | 'passphrase' | 'both'
}

const CASES: Readonly<Record<string, Case>> = {
  'a passphrase alone over storage that protects nothing': {
    before: { state: 'weak' },
    change: (vault) => vault.setPassphrase(NEW, 'alone'),
    after: 'passphrase',
  },
  'a passphrase beside storage that protects nothing': {
    before: { state: 'weak' },
    change: (vault) => vault.setPassphrase(NEW, 'beside'),
    after: 'passphrase',
  },
  'a passphrase instead of the keychain': {
    before: { state: 'available' },
    change: (vault) => vault.setPassphrase(NEW, 'alone'),
    after: 'passphrase',
  },
  'a passphrase beside the keychain': {
    before: { state: 'available' },
    change: (vault) => vault.setPassphrase(NEW, 'beside'),
    after: 'both',
  },
  'another passphrase alone': {
    before: { state: 'unavailable', passphrase: OLD },
    change: (vault) => vault.changePassphrase(OLD, NEW),
    after: 'passphrase',
  },
  'another passphrase beside the keychain': {
    before: { state: 'available', passphrase: OLD },
    change: (vault) => vault.changePassphrase(OLD, NEW),
    after: 'both',
  },
  'no passphrase any more': {
    before: { state: 'available', passphrase: OLD },
    change: (vault) => vault.removePassphrase(OLD),
    after: 'keychain',
  },
  'a keychain where there was none': { before: { state: 'weak' }, change: null, after: 'keychain' },
}

async function prepared({ state, passphrase }: Case['before']) {
  const folder = temporaryFolder()
  const keychain = fakeKeychain({ state, backend: state === 'weak' ? 'basic_text' : 'gnome_libsecret' })
  const options: With = {
    keychain,
    weakStorageConsent: 'given',
    ...(passphrase === undefined ? {} : { passphrase }),
  }
  const vault = await opened(folder, options)
  await fill(vault)
  keepCopies(folder)
  return { folder, keychain, vault, options }
}

describe.each(Object.entries(CASES))('after %s', (_, { before, change, after }) => {
  test('each file opens with what protects the vault now, with nothing that opened it before, and holds no trace of that', async () => {
    const { folder, keychain, vault, options } = await prepared(before)
    const given = databases(folder).map(traces)
    const oldEnvelopes = given.flatMap(({ envelopes }) => envelopes)
    const oldSealed = traces(databasePath(folder)).sealed.map((bytes) => bytes.subarray(0, 24))
    expect(holding(files(folder), oldEnvelopes).length).toBeGreaterThan(6)

    let current = vault
    if (change === null) {
      vault.close()
      keychain.set({ state: 'available', backend: 'gnome_libsecret' })
      current = await opened(folder, options)
      await current.coverCopies()
    } else expect(await change(vault)).toMatchObject({ kind: 'changed' })

    // While it is open, so that nothing waits for the end.
    expect(holding(files(folder), oldEnvelopes)).toEqual([])
    expect(
      holding(
        files(folder).filter((path) => basename(path).startsWith('vault.db')),
        oldSealed,
      ),
    ).toEqual([])
    expect((await current.copies()).map(({ opens }) => opens)).toEqual(Array(5).fill('as-the-vault'))
    expect(await current.damage()).toBeNull()
    current.close()

    const paths = databases(folder)
    expect(paths.map((path) => basename(path))).not.toContain('vault-new.db')
    expect(paths).toHaveLength(6)
    const gone = fakeKeychain({ state: 'unavailable' })
    for (const path of paths) {
      const tried = [await unlocks(path, keychain, null), await unlocks(path, gone, OLD)]
      expect([path, ...tried]).toEqual([
        path,
        after === 'passphrase' ? 'passphrase-needed' : 'by-keychain',
        after === 'keychain' ? 'absent' : 'passphrase-wrong',
      ])
      const right = after === 'keychain' ? { keychain } : { keychain: gone, passphrase: NEW }
      expect([path, await opens(path, right)]).toEqual([path, 'open'])
    }
  })
})

test('a change has a new data key in each case, and each row of the vault follows', async () => {
  const { folder, keychain, vault } = await prepared({ state: 'available' })
  const earlier = traces(databasePath(folder)).sealed
  await vault.setPassphrase(OLD, 'beside')
  const between = traces(databasePath(folder)).sealed
  await vault.changePassphrase(OLD, NEW)
  await vault.removePassphrase(NEW)
  const last = traces(databasePath(folder)).sealed
  expect(new Set([...earlier, ...between, ...last].map((bytes) => bytes.toString('hex'))).size).toBe(
    3 * earlier.length,
  )
  const { fleet, unreadable } = await vault.load()
  expect([fleet.profiles.size, unreadable]).toEqual([40, []])
  vault.close()
  expect((await opening(folder, { keychain })).kind).toBe('open')
})

test('copies follow through several changes, those of older data keys too', async () => {
  const { folder, keychain, vault } = await prepared({ state: 'available' })
  await vault.setPassphrase(OLD, 'alone')
  const db = new Connection(databasePath(folder))
  db.exec(`VACUUM INTO '${join(folder, 'vault-kept-before-restore-2026-02-02T00-00-00Z.db')}'`)
  db.close()
  await vault.changePassphrase(OLD, NEW)
  expect((await vault.copies()).map(({ opens }) => opens)).toEqual(Array(6).fill('as-the-vault'))
  await vault.removePassphrase(NEW)
  vault.close()
  for (const path of databases(folder)) {
    expect([path, await opens(path, { keychain })]).toEqual([path, 'open'])
    expect([path, await opens(path, { passphrase: NEW })]).toEqual([path, 'unreadable'])
  }
})

test('copies of older versions of the app follow: those of the schemas 3 to 5', async () => {
  const folder = temporaryFolder()
  writeFileSync(
    databasePath(folder),
    gunzipSync(readFileSync(join(import.meta.dirname, 'support', 'version-3.db.gz'))),
  )
  const keychain = fakeKeychain({ state: 'unavailable' })
  const vault = await opened(folder, { keychain, passphrase: VAULT_PASSPHRASE })
  const old = databases(folder).flatMap((path) => traces(path).envelopes)
  await vault.coverCopies()
  expect(await vault.changePassphrase(VAULT_PASSPHRASE, NEW)).toMatchObject({ kind: 'changed' })
  expect(holding(files(folder), old)).toEqual([])
  vault.close()
  const kept = databases(folder).filter((path) => basename(path).startsWith('vault-kept-version-'))
  expect(kept.length).toBeGreaterThanOrEqual(3)
  for (const path of kept) {
    expect(await opens(path, { keychain, passphrase: VAULT_PASSPHRASE })).toBe('passphrase-wrong')
    expect(await opens(path, { keychain, passphrase: NEW })).toBe('open')
  }
})

describe('a copy that does not open with what is at hand', () => {
  async function withForeign() {
    const { folder, keychain, vault } = await prepared({ state: 'available' })
    const foreign = temporaryFolder()
    const other = await opened(foreign, {
      keychain: fakeKeychain({ state: 'unavailable' }),
      passphrase: FOREIGN,
    })
    await fill(other)
    for (const companion of COMPANIONS.slice(0, 2)) {
      const name = `vault-set-aside-2025-12-01T00-00-00Z.db${companion}`
      copyFileSync(databasePath(foreign) + companion, join(folder, name))
    }
    other.close()
    writeFileSync(join(folder, 'vault-set-aside-2025-11-01T00-00-00Z.db'), 'not a database at all')
    writeFileSync(join(folder, 'vault-set-aside-2025-10-01T00-00-00Z.db-wal'), 'a log without its database')
    symlinkSync(databasePath(foreign), join(folder, 'vault-kept-version-2-2025-09-01T00-00-00Z.db'))
    writeFileSync(join(folder, 'notes.txt'), 'a file of the person')
    return { folder, keychain, vault, foreign }
  }
  const left = /2025/

  test('stays as it is, byte for byte, and is listed with its size and why', async () => {
    const { folder, vault, foreign } = await withForeign()
    const bytes = () =>
      readdirSync(folder)
        .filter((name) => left.test(name))
        .map((name) => [name, readFileSync(join(folder, name)).toString('hex')])
    const [before, elsewhere] = [bytes(), readFileSync(databasePath(foreign)).toString('hex')]
    await vault.setPassphrase(NEW, 'alone')
    await vault.coverCopies()
    expect(bytes()).toEqual(before)
    expect(readFileSync(databasePath(foreign)).toString('hex')).toBe(elsewhere)
    const listed = (await vault.copies()).filter(({ path }) => left.test(path))
    const found = Object.fromEntries(listed.map(({ path, opens }) => [basename(path), opens]))
    expect(found).toEqual({
      'vault-set-aside-2025-12-01T00-00-00Z.db': 'otherwise',
      'vault-set-aside-2025-11-01T00-00-00Z.db': 'unreadable',
      'vault-set-aside-2025-10-01T00-00-00Z.db': 'unreadable',
      'vault-kept-version-2-2025-09-01T00-00-00Z.db': 'unreadable',
    })
    expect(listed.every(({ size, modifiedAt }) => size > 0 && modifiedAt > 0)).toBe(true)
    expect(
      await opens(join(folder, 'vault-set-aside-2025-12-01T00-00-00Z.db'), { passphrase: FOREIGN }),
    ).toBe('open')
  })

  test('is deleted with its log when the person says so, and nothing else is, whatever the name', async () => {
    const { folder, vault, foreign } = await withForeign()
    const hostile = ['../vault.db', databasePath(foreign), 'vault.db', 'notes.txt', 'instance.lock', '']
    const before = readdirSync(folder).length
    await vault.removeCopies(new Set(hostile))
    expect(readdirSync(folder)).toHaveLength(before)
    await vault.removeCopies(
      new Set(
        readdirSync(folder)
          .filter((name) => left.test(name))
          .map(stem),
      ),
    )
    expect(readdirSync(folder).filter((name) => left.test(name))).toEqual([])
    expect(readdirSync(folder)).toContain('notes.txt')
    expect(existsSync(databasePath(foreign))).toBe(true)
    expect(await vault.copies()).toHaveLength(5)
  })

  const stem = (name: string) => name.replace(/-wal$/, '')
})

describe('at the next start', () => {
  test('a copy that another program had open follows, without the passphrase of before', async () => {
    const { folder, keychain, vault } = await prepared({ state: 'available', passphrase: OLD })
    const path = join(folder, 'vault-kept-before-restore-2026-02-01T00-00-00Z.db')
    const program = new Connection(path)
    program.exec('BEGIN EXCLUSIVE')
    expect(await vault.changePassphrase(OLD, NEW)).toMatchObject({ kind: 'changed' })
    const of = async (open: OpenVault) => (await open.copies()).find((copy) => copy.path === path)?.opens
    expect(await of(vault)).toBe('otherwise')
    expect(await vault.coverCopies()).toEqual({ covered: 0, unfinished: 1 })
    program.exec('ROLLBACK')
    program.close()
    vault.close()
    // The keychain alone opens it: nobody types a passphrase.
    const again = await opened(folder, { keychain })
    expect(await again.coverCopies()).toEqual({ covered: 1, unfinished: 0 })
    expect(await of(again)).toBe('as-the-vault')
    again.close()
    expect(await unlocks(path, fakeKeychain({ state: 'unavailable' }), OLD)).toBe('passphrase-wrong')
    expect(await unlocks(path, fakeKeychain({ state: 'unavailable' }), NEW)).toBe('by-passphrase')
  })

  test('copies that an older version of the app left open are covered', async () => {
    const folder = temporaryFolder()
    const keychain = fakeKeychain()
    const vault = await opened(folder, { keychain })
    await fill(vault)
    const db = new Connection(databasePath(folder))
    db.exec(`DELETE FROM meta WHERE key = 'protection-id'`)
    keepCopies(folder)
    // As that version did: another envelope for the same key, and no copy follows.
    const record = readKeyRecord(db)
    const unlocked = await unlock(record, keychain, null)
    if (unlocked.kind !== 'by-keychain') throw new Error(unlocked.kind)
    const passphrase = await sealInPassphrase(unlocked.key, NEW, CHEAP_SCRYPT, NOW)
    db.transaction(() => writeKeyRecord(db, { ...record, keychain: [], passphrase }))
    db.close()
    vault.close()
    const kept = join(folder, 'vault-kept-before-restore-2026-02-01T00-00-00Z.db')
    expect(await opens(kept, { keychain })).toBe('open')

    const again = await opened(folder, { keychain, passphrase: NEW })
    expect((await again.copies()).map(({ opens }) => opens)).toEqual(Array(5).fill('otherwise'))
    expect(await again.coverCopies()).toEqual({ covered: 5, unfinished: 0 })
    expect(await again.coverCopies()).toEqual({ covered: 0, unfinished: 0 })
    again.close()
    for (const path of databases(folder)) {
      expect(await opens(path, { keychain })).toBe('passphrase-needed')
      expect(await opens(path, { keychain, passphrase: NEW })).toBe('open')
    }
  })

  test('no copy becomes weaker than it is', async () => {
    const { folder, keychain, vault } = await prepared({ state: 'weak' })
    const safe = temporaryFolder()
    const other = await opened(safe, { keychain: fakeKeychain(), passphrase: FOREIGN })
    await fill(other)
    other.close()
    const path = join(folder, 'vault-set-aside-2025-01-01T00-00-00Z.db')
    copyFileSync(databasePath(safe), path)
    const before = readFileSync(path)
    await vault.coverCopies()
    vault.close()
    const again = await opened(folder, { keychain, passphrase: FOREIGN, weakStorageConsent: 'given' })
    await again.coverCopies()
    expect(readFileSync(path).equals(before)).toBe(true)
  })
})

test('what is stored while a change is under way is stored under the key that counts then', async () => {
  const { folder, keychain, vault } = await prepared({ state: 'available' })
  vault.close()
  const again = await opened(folder, { keychain, scryptCost: { N: 2 ** 15, r: 8, p: 1 } })
  let isOver = false
  const change = again.setPassphrase(NEW, 'alone').finally(() => {
    isOver = true
  })
  const commits: Promise<void>[] = []
  while (!isOver) {
    const pair = aPair(`during-${commits.length}`)
    commits.push(
      again.commit([{ kind: 'profile-pair', profileId: `p${(commits.length % 40) + 1}`, pair }], []),
    )
    await new Promise((resolve) => setImmediate(resolve))
  }
  await Promise.all([change, ...commits])
  expect(commits.length).toBeGreaterThan(3)
  expect((await again.load()).unreadable).toEqual([])
  again.close()
  const later = await opened(folder, { passphrase: NEW })
  const { fleet, unreadable } = await later.load()
  expect(unreadable).toEqual([])
  const last = commits.length - 1
  const stored = fleet.profiles.get(`p${(last % 40) + 1}`)?.pair?.accessToken?.reveal()
  expect(stored).toBe(`canary-access-during-${last}`)
})

test('a change ends where it is when another process takes the folder while keys are sealed', async () => {
  const { folder, keychain, vault } = await prepared({ state: 'available' })
  vault.close()
  const found = () =>
    databases(folder)
      .filter((path) => basename(path) !== 'vault-new.db')
      .map(traces)
  const before = found()
  const lock = lockOf(folder)
  let isTaken = false
  const again = await opened(folder, {
    keychain: {
      ...keychain,
      encrypt: async (...args) => {
        isTaken = true
        return keychain.encrypt(...args)
      },
    },
    lock: { take: lock.take, prove: (real) => (isTaken ? { kind: 'taken' } : lock.prove(real)) },
  })
  await expect(again.setPassphrase(NEW, 'beside')).rejects.toThrow(/Another instance/)
  expect(again.hasPassphrase()).toBe(false)
  expect(found()).toEqual(before)
})

test('a keychain that refuses the new key leaves everything as it is', async () => {
  const { folder, keychain, vault } = await prepared({ state: 'available' })
  const before = databases(folder).map((path) => traces(path).envelopes)
  const refusing = { ...keychain, encrypt: () => Promise.reject(new Error('locked by now')) }
  vault.close()
  const again = await opened(folder, { keychain: refusing })
  expect(await again.setPassphrase(NEW, 'beside')).toMatchObject({ reason: 'keychain-failed' })
  expect(again.hasPassphrase()).toBe(false)
  expect(databases(folder).map((path) => traces(path).envelopes)).toEqual(before)
})

test.runIf(process.platform === 'linux')('looking for copies keeps the lock of the folder', async () => {
  const folder = temporaryFolder()
  await opened(folder, { passphrase: new Secret('correct horse battery') })
  const { ino } = statSync(join(folder, 'instance.lock'))
  const isLocked = () => readFileSync('/proc/locks', 'utf8').includes(`:${ino} `)
  expect(isLocked()).toBe(true)
  expect(findCopies(folder)).toEqual([])
  expect(isLocked()).toBe(true)
})
