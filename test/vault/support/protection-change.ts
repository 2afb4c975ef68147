// A program: opens a vault, changes what protects it, and is killed before the given one of the steps in which it writes.
import { Secret } from '#engine/domain/secret.ts'
import { Connection } from '#vault/db/connection.ts'
import { folderLock } from '#vault/db/folder-lock.ts'
import { openVault } from '#vault/opening.ts'
import { publishedKeychain } from './published-keychain.ts'

// `last`: -1 for none.
const [folder = '', change = '', next = '', old = '', last = ''] = process.argv.slice(2)
const passphrase = old === '' ? {} : { passphrase: new Secret(old) }

const opening = await openVault({
  folder,
  lock: folderLock(folder),
  keychain: publishedKeychain(),
  clock: { now: () => Date.UTC(2026, 2, 1, 12) },
  weakStorageConsent: 'ask',
  scryptCost: { N: 2 ** 10, r: 8, p: 1 },
  ...passphrase,
})
if (opening.kind !== 'open') throw new Error(`${opening.kind}: ${opening.sentence}`)
const { vault } = opening

let left = Number(last)
for (const name of ['exec', 'run'] as const) {
  const original: (this: Connection, ...args: never[]) => unknown = Connection.prototype[name]
  Object.defineProperty(Connection.prototype, name, {
    value(this: Connection, ...args: never[]) {
      if (left === 0) process.kill(process.pid, 'SIGKILL')
      left -= 1
      return original.apply(this, args)
    },
  })
}

const result =
  change === 'change'
    ? await vault.changePassphrase(new Secret(old), new Secret(next))
    : change === 'remove'
      ? await vault.removePassphrase(new Secret(old))
      : await vault.setPassphrase(new Secret(next), 'beside')
console.log(result.kind, Number(last) - left)
