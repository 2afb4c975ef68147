// A change of what protects the data is killed before many of its steps, in a process of its own. Each file opens with the
// old protection or the new one, and the next start finishes what was begun.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, cpSync, existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Secret } from '#engine/domain/secret.ts'
import { readKeyRecord } from '#vault/crypto/key-envelopes.ts'
import type { Keychain } from '#vault/crypto/keychain.ts'
import { unlock } from '#vault/crypto/unlock.ts'
import { Connection } from '#vault/db/connection.ts'
import { databasePath } from '#vault/db/data-files.ts'
import { folderLock } from '#vault/db/folder-lock.ts'
import { aPair, aProfile, aServiceApp, temporaryFolder } from './support/builders.ts'
import { type Bundle, bundle } from './support/bundle.ts'
import { opened } from './support/opened.ts'
import { publishedKeychain } from './support/published-keychain.ts'

const OLD = 'correct horse battery'
const NEW = 'staple, correctly'
/** One for each core a small machine has. */
const LANES = 2
/** Of each change every sixth step, of another one each: together every second. */
const STRIDE = 6

let program: Bundle

beforeAll(async () => {
  program = await bundle(resolve(import.meta.dirname, 'support/protection-change.ts'))
})

afterAll(() => program.remove())

const keychain = publishedKeychain()
const gone: Keychain = { ...keychain, state: async () => 'unavailable', decrypt: () => Promise.reject() }

interface Change {
  readonly first: number
  readonly old: string
  /** Beside the keychain all the time, so that the next start wants no passphrase. */
  readonly passphrase: string
  /** Whether that passphrase opens what has followed. */
  readonly opensAfter: boolean
}

const CHANGES: Readonly<Record<'set' | 'change' | 'remove', Change>> = {
  set: { first: 0, old: '', passphrase: NEW, opensAfter: true },
  change: { first: 2, old: OLD, passphrase: NEW, opensAfter: true },
  remove: { first: 4, old: OLD, passphrase: OLD, opensAfter: false },
}

async function prepared(old: string): Promise<string> {
  const folder = temporaryFolder()
  const passphrase = old === '' ? {} : { passphrase: new Secret(old) }
  const vault = await opened(folder, { keychain, ...passphrase })
  const profile = aProfile('p1', { pair: aPair('one') })
  const serviceApp = aServiceApp('sa')
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp },
      { kind: 'profile-saved', profile },
    ],
    [],
  )
  const db = new Connection(databasePath(folder))
  db.exec(`VACUUM INTO '${join(folder, 'vault-kept-before-restore-2026-02-01T00-00-00Z.db')}'`)
  db.close()
  for (const companion of ['', '-wal']) {
    const name = `vault-set-aside-2026-01-15T00-00-00Z.db${companion}`
    copyFileSync(databasePath(folder) + companion, join(folder, name))
  }
  vault.close()
  return folder
}

/** null: it was killed. */
async function run(folder: string, change: string, old: string, step: number): Promise<string | null> {
  const child = spawn(process.execPath, [program.path, folder, change, NEW, old, `${step}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  await once(child, 'close')
  return child.signalCode === 'SIGKILL' ? null : said
}

/** Whether that passphrase opens it; it opens by the keychain in any case. */
async function opensBy(path: string, passphrase: string): Promise<boolean> {
  const copy = databasePath(temporaryFolder())
  for (const companion of ['', '-wal', '-journal']) {
    if (existsSync(path + companion)) copyFileSync(path + companion, copy + companion)
  }
  const db = new Connection(copy)
  const record = readKeyRecord(db)
  expect([path, (await unlock(record, keychain, null)).kind]).toEqual([path, 'by-keychain'])
  const { kind } = await unlock(record, gone, new Secret(passphrase))
  db.close()
  return kind === 'by-passphrase'
}

const databases = (folder: string) =>
  readdirSync(folder)
    .filter((name) => /^vault.*\.db$/.test(name) && name !== 'vault-new.db' && name !== 'vault-scratch.db')
    .map((name) => join(folder, name))

/** Returns whether the change had happened. */
async function check(folder: string, { passphrase, opensAfter }: Change): Promise<boolean> {
  for (const path of databases(folder)) await opensBy(path, passphrase)
  const isChanged = (await opensBy(databasePath(folder), passphrase)) === opensAfter
  const lock = folderLock(folder)
  const vault = await opened(folder, { keychain, lock })
  await vault.coverCopies()
  expect((await vault.copies()).map(({ opens }) => opens)).toEqual(['as-the-vault', 'as-the-vault'])
  expect(readdirSync(folder).filter((name) => /^vault-(new|scratch)/.test(name))).toEqual([])
  expect(await vault.damage()).toBeNull()
  const { fleet, unreadable } = await vault.load()
  expect(unreadable).toEqual([])
  expect(fleet.profiles.get('p1')?.pair?.accessToken?.reveal()).toBe('canary-access-one')
  vault.close()
  lock.release()
  for (const path of databases(folder)) {
    expect([path, await opensBy(path, passphrase)]).toEqual([path, isChanged === opensAfter])
  }
  return isChanged
}

test.each(['set', 'change', 'remove'] as const)(
  'killed before a step of "%s", each file opens, and the next start finishes what had begun',
  async (kind) => {
    const change = CHANGES[kind]
    const base = await prepared(change.old)
    const copied = () => {
      const folder = temporaryFolder()
      cpSync(base, folder, { recursive: true })
      return folder
    }
    const [said, steps] = (await run(copied(), kind, change.old, -1))?.split(' ') ?? []
    expect(said).toBe('changed')
    const outcomes = new Set<boolean>()
    const lane = async (from: number) => {
      for (let step = from; step < Number(steps); step += STRIDE * LANES) {
        const folder = copied()
        expect([step, await run(folder, kind, change.old, step)]).toEqual([step, null])
        outcomes.add(await check(folder, change))
      }
    }
    await Promise.all(Array.from({ length: LANES }, (_, n) => lane(change.first + n * STRIDE)))
    // Otherwise the kills came too early or too late to mean anything.
    expect(outcomes).toEqual(new Set([false, true]))
  },
  120_000,
)
