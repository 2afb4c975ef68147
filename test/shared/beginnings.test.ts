// How a computer begins: every hold of its own vault with every membership and every state of the shared vault that an interrupted
// move may have left. Its service apps never have two owners, and are never nobody's without a word.
import { expect, test } from 'vitest'
import { type Joining, takePart } from '#application/joining.ts'
import { renewalHoldOf } from '#application/renewal-hold.ts'
import type { Secret } from '#engine/domain/secret.ts'
import { Secret as ASecret } from '#engine/domain/secret.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import type { RenewalHold } from '#vault/repositories/renewal-hold.ts'
import { NOW, temporaryFolder } from '../vault/support/builders.ts'
import { opened } from '../vault/support/opened.ts'
import { localVault } from './support/moved-vault.ts'
import { newSharedVault, postgresOfFile } from './support/shared-vault.ts'

const postgres = postgresOfFile()

const held = (why: RenewalHold['why'], to: RenewalHold['to'], move?: string): RenewalHold => ({
  ...{ why, to, at: NOW, file: null },
  ...(move === undefined ? {} : { move }),
})

const HOLDS = {
  none: null,
  'moving to a server': held('moving', 'server'),
  'moved to a server': held('moved', 'server'),
  restored: held('restored', 'computer'),
  'moving in': held('moving', 'shared-vault', 'this'),
  'moved in, end unknown': held('moved', 'shared-vault', 'this'),
  'moved in': held('moved', 'shared-vault'),
} as const

const MEMBERSHIPS = { none: null, waiting: { isJoined: false }, joined: { isJoined: true } } as const

/** What the shared vault was filled with, and whether it is in use. */
const THERE = {
  empty: ['active', null],
  'filled by this one': ['staged', 'this'],
  'in use by this one': ['active', 'this'],
  'filled by another': ['staged', 'other'],
  'in use by another': ['active', 'other'],
  'moved away': ['moved', 'this'],
} as const

type HoldName = keyof typeof HOLDS

/** What `satm serve` with the files of a shared vault does in that data folder. */
function expected(hold: HoldName, membership: keyof typeof MEMBERSHIPS, there: keyof typeof THERE): string {
  if (membership === 'joined') return 'takes part'
  switch (hold) {
    case 'none':
    case 'moving to a server':
    case 'restored':
      return 'has service apps of its own'
    case 'moving in':
      return 'was interrupted'
    case 'moved to a server':
    case 'moved in':
      return 'takes part'
    case 'moved in, end unknown':
      return THERE[there][1] === 'this' ? 'takes part' : 'another computer has moved its own there'
  }
}

async function world() {
  const { database, identity } = await newSharedVault(postgres())
  const { host, port, user } = postgres().connection
  const url = `postgresql://${user}@localhost:${port}/${database.name}?host=${encodeURIComponent(host)}`
  const db = database.connect()
  const joining: Joining = {
    database: new ASecret(url),
    identity: identity.secret satisfies Secret,
    ...{ host: 'computer', mayLead: true, now: NOW },
  }
  return {
    joining,
    async put(local: OpenVault, hold: HoldName, membership: keyof typeof MEMBERSHIPS) {
      const kept = MEMBERSHIPS[membership]
      const { database, identity } = joining
      const of = { node: 'computer (1)', database, identity, known: null, mayLead: true }
      await local.membership.save(kept === null ? null : { ...of, ...kept })
      await local.renewalHold.save(HOLDS[hold])
    },
    async fill(there: keyof typeof THERE) {
      const [state, by] = THERE[there]
      await db.run(`DELETE FROM meta WHERE key = 'moved-in'`)
      if (by !== null) await db.run(`INSERT INTO meta (key, value) VALUES ('moved-in', ?)`, by)
      await db.run('UPDATE vault SET state = ?', state)
    },
    state: async () => (await db.row('vault', ''))?.state,
  }
}

const over = Object.keys as <K extends string>(one: Readonly<Record<K, unknown>>) => K[]

test('of a server over the data folder of a computer with service apps', async () => {
  const { joining, put, fill, state } = await world()
  const local = await localVault(1)
  for (const hold of over(HOLDS))
    for (const membership of over(MEMBERSHIPS))
      for (const there of over(THERE)) {
        const name = `${hold}, ${membership}, ${there}`
        await put(local, hold, membership)
        await fill(there)
        const before = await state()
        const answer = await takePart(local, joining).then(
          () => 'takes part',
          (error: unknown) => String(error),
        )
        expect(answer, name).toContain(expected(hold, membership, there))
        const kept = await local.membership.load()
        const ownHold = await local.renewalHold.load()
        if (answer === 'takes part') {
          expect(kept?.isJoined, name).toBe(true)
          // What was moved in by this one is in use there; nothing else was changed there.
          const isEnded = hold === 'moved in, end unknown' && membership !== 'joined' && before === 'staged'
          expect(await state(), name).toBe(isEnded ? 'active' : before)
          if (membership !== 'joined') expect(ownHold, name).toEqual(held('moved', 'shared-vault'))
        } else {
          // As it was: whoever renewed goes on, and whoever is held stays so.
          expect(ownHold, name).toEqual(HOLDS[hold])
          expect(kept?.isJoined ?? null, name).toBe(MEMBERSHIPS[membership]?.isJoined ?? null)
          expect(await state(), name).toBe(before)
        }
      }
})

test('of an empty data folder: it takes part, whatever is there', async () => {
  const { joining, put, fill, state } = await world()
  const local = await opened(temporaryFolder())
  for (const hold of over(HOLDS))
    for (const there of over(THERE)) {
      await put(local, hold, 'none')
      await fill(there)
      await takePart(local, joining)
      expect((await local.membership.load())?.isJoined).toBe(true)
      expect(await state()).toBe(THERE[there][0])
    }
})

test('of the app, or a server without these files: it renews only what nobody has taken over', async () => {
  const { put } = await world()
  const local = await localVault(1)
  for (const hold of over(HOLDS)) {
    await put(local, hold, 'none')
    const why = await renewalHoldOf(local, false)
    expect(why?.kind ?? null, hold).toBe(HOLDS[hold]?.why ?? null)
  }
})

test('of one whose shared vault cannot be reached: an interrupted move is not taken for ended', async () => {
  const { joining, put } = await world()
  const local = await localVault(1)
  await put(local, 'moved in, end unknown', 'none')
  const away = { ...joining, database: new ASecret('postgresql://nobody@127.0.0.1:1/none') }
  await expect(takePart(local, away)).rejects.toThrow('cannot be reached')
  expect(await local.renewalHold.load()).toEqual(HOLDS['moved in, end unknown'])
  expect(await local.membership.load()).toBeNull()
})
