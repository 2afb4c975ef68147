// A program: moves service apps into a shared vault or out of it, and is killed before the given one of its statements.
import pg from 'pg'
import { createSharedVaults } from '#application/shared-vault.ts'
import { Secret } from '#engine/domain/secret.ts'
import { attemptsIn, readBackup } from '#vault/backup/backup.ts'
import { identityFile } from '#vault/shared/identity-file.ts'
import { postgresConnection } from '#vault/shared/postgres-connection.ts'

// `last`: -1 for none.
const [connection = '', identity = '', way = '', file = '', passphrase = '', last = ''] =
  process.argv.slice(2)

let asked = 0
const original: (this: pg.Client, ...args: never[]) => unknown = pg.Client.prototype.query
Object.defineProperty(pg.Client.prototype, 'query', {
  value(this: pg.Client, ...args: never[]) {
    if (asked === Number(last)) process.kill(process.pid, 'SIGKILL')
    asked += 1
    return original.apply(this, args)
  },
})

const vaults = createSharedVaults({
  connect: () => postgresConnection(JSON.parse(connection)),
  identity: identityFile(identity, `${identity}.known`),
  now: () => Date.UTC(2026, 2, 1, 12),
  scryptCost: { N: 2 ** 10, r: 8, p: 1 },
})
if (way === 'in') {
  const reading = await readBackup(file, new Secret(passphrase))
  if (reading.kind !== 'ok') throw new Error(reading.sentence)
  const { content, packed } = reading
  await vaults.moveIn({ ...content, history: () => attemptsIn(packed) })
} else {
  const written = await vaults.moveOut(file, new Secret(passphrase))
  if (written.kind !== 'written') throw new Error(written.sentence)
}
console.log(asked)
