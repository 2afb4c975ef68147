// A program for a small disk of its own: changes the passphrase of a vault with copies while so many KiB are free. Prints
// what came of it as one line of JSON.
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { Secret } from '#engine/domain/secret.ts'
import { Connection } from '#vault/db/connection.ts'
import { folderLock } from '#vault/db/folder-lock.ts'
import { openVault } from '#vault/opening.ts'
import { aPair, aProfile, aServiceApp } from './builders.ts'
import { publishedKeychain } from './published-keychain.ts'

const [disk = '', rooms = '[]'] = process.argv.slice(2)
const [old, next] = ['correct horse battery', 'staple, correctly'].map((words) => new Secret(words))
if (old === undefined || next === undefined) throw new Error('no passphrases')
const filler = join(disk, 'filler')

async function opened(folder: string, passphrase: Secret | null) {
  const lock = folderLock(folder)
  const opening = await openVault({
    folder,
    lock,
    keychain: { ...publishedKeychain(), state: async () => 'unavailable', decrypt: () => Promise.reject() },
    clock: { now: () => Date.UTC(2026, 2, 1, 12) },
    weakStorageConsent: 'ask',
    scryptCost: { N: 2, r: 8, p: 1 },
    ...(passphrase === null ? {} : { passphrase }),
  })
  if (opening.kind !== 'open') lock.release()
  return opening
}

/** How it opens with each of the passphrases. */
async function kinds(path: string): Promise<readonly string[]> {
  const folder = join(disk, 'tried')
  const answers: string[] = []
  for (const passphrase of [old, next]) {
    mkdirSync(folder)
    const db = new Connection(path)
    db.exec(`VACUUM INTO '${join(folder, 'vault.db')}'`)
    db.close()
    const opening = await opened(folder, passphrase ?? null)
    answers.push(opening.kind)
    if (opening.kind === 'open') opening.vault.close()
    rmSync(folder, { recursive: true })
  }
  return answers
}

const results: unknown[] = []
for (const room of JSON.parse(rooms)) {
  const folder = join(disk, `vault-${room}`)
  const opening = await opened(folder, old)
  if (opening.kind !== 'open') throw new Error(opening.sentence)
  const { vault } = opening
  const profiles = Array.from({ length: 60 }, (_, n) => aProfile(`p${n}`, { pair: aPair(`${n}`) }))
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      ...profiles.map((profile) => ({ kind: 'profile-saved', profile }) as const),
    ],
    [],
  )
  const db = new Connection(join(folder, 'vault.db'))
  db.exec(`VACUUM INTO '${join(folder, 'vault-kept-version-5-2026-01-01T00-00-00Z.db')}'`)
  db.close()
  fillDisk(room)
  const change = await vault.changePassphrase(old, next).then(
    ({ kind }) => kind,
    (error: unknown) => (error instanceof Error && 'reason' in error ? String(error.reason) : String(error)),
  )
  rmSync(filler)
  const unreadable = (await vault.load()).unreadable.length
  await vault.coverCopies()
  const covered = (await vault.copies()).map(({ opens }) => opens)
  vault.close()
  const files = []
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.db'))) {
    files.push(await kinds(join(folder, name)))
  }
  results.push({ room, change, unreadable, covered, files })
  rmSync(folder, { recursive: true })
}
console.log(JSON.stringify(results))
process.exit(0)

/** Leaves so many KiB. */
function fillDisk(room: number): void {
  const handle = openSync(filler, 'w')
  const { bavail, bsize } = statfsSync(disk)
  const bytes = Math.max(0, bavail * bsize - room * 1024)
  for (let written = 0; written < bytes; ) {
    written += writeSync(handle, Buffer.alloc(Math.min(64 * 1024, bytes - written)))
  }
  closeSync(handle)
}
