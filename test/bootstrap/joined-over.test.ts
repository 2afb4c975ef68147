// What a computer takes part in, and what of it never comes into the log.
import { expect, test } from 'vitest'
import { joinedOver } from '#bootstrap/joined-over.ts'
import { logOver } from '#desktop/log/log.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import { Secret } from '#engine/domain/secret.ts'
import { temporaryFolder } from '../vault/support/builders.ts'
import { opened } from '../vault/support/opened.ts'

const PASSWORD = 'p@ss word/that is long'
const IDENTITY = 'AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ'

function place() {
  const written: string[] = []
  const log = logOver({ clock: systemClock(), stamp: 'at', write: (line) => written.push(line) })
  const parts = {
    dataFolder: temporaryFolder(),
    kind: 'server',
    baseUrl: () => '',
    changed: () => {},
  } as const
  return { log, written, over: joinedOver({ ...parts, clock: systemClock(), log }) }
}

test('a vault without a membership, or with one that waits to be added, is its own', async () => {
  const local = await opened(temporaryFolder())
  const { over } = place()
  expect(await over(local)).toBe(local)
  const membership = {
    database: new Secret('postgresql://db/satm'),
    identity: new Secret(IDENTITY),
    node: 'here',
  }
  await local.membership.save({ ...membership, known: null, isJoined: false, mayLead: true })
  expect(await over(local)).toBe(local)
})

test('neither the password of the database nor the key of the member is ever logged', async () => {
  const local = await opened(temporaryFolder())
  const { over, log, written } = place()
  const encoded = encodeURIComponent(PASSWORD)
  const database = new Secret(`postgresql://satm:${encoded}@localhost:1/satm\n`)
  const membership = { database, identity: new Secret(IDENTITY), node: 'here', known: null }
  await local.membership.save({ ...membership, isJoined: true, mayLead: true })
  const vault = await over(local)
  expect(vault.sharing).not.toBeNull()
  const refused = await vault.history({ limit: 1 }).catch((error: unknown) => error)
  expect(refused).toMatchObject({ reason: 'shared' })
  log.warn('test', { error: refused, texts: [PASSWORD, encoded, IDENTITY, database.reveal()] })
  await vault.close()
  expect(written.join('\n')).toContain('shared-vault.trouble')
  for (const secret of [PASSWORD, encoded, IDENTITY]) expect(written.join('\n')).not.toContain(secret)
})
