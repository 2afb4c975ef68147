// A desktop that makes a shared vault, joins one and leaves it: over its own vault and a real PostgreSQL.
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createSharedMembership } from '#application/shared-membership.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import { changesBetween } from '#engine/renewal/stored-changes.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { openJoined } from '#vault/shared/join.ts'
import { directReader } from '../application/support/direct-reader.ts'
import { FakeClock } from '../engine/support/fake-clock.ts'
import { temporaryFolder } from '../vault/support/builders.ts'
import { opened } from '../vault/support/opened.ts'
import { localVault, sharedVaults } from './support/moved-vault.ts'
import { newDatabase, type OwnDatabase, postgresOfFile } from './support/shared-vault.ts'

const postgres = postgresOfFile()
const BASE_URL = 'https://webexapis.com'

const urlOf = ({ name }: OwnDatabase) => {
  const { host, port, user } = postgres().connection
  return `postgresql://${user}@localhost:${port}/${name}?host=${encodeURIComponent(host)}`
}

/** One computer: its own vault, and what its window asks for. `over`: what its own vault does differently. */
async function desktop(local: OpenVault, over: (local: OpenVault) => OpenVault = (one) => one) {
  const clock = new FakeClock()
  const dataFolder = temporaryFolder()
  let vault = over(local)
  const learned: string[] = []
  const fails = { rejoining: false }
  const rejoin = async () => {
    if (fails.rejoining) throw new Error('not now')
    await vault.sharing?.close()
    const membership = await local.membership.load()
    const next =
      membership?.isJoined === true
        ? openJoined(local, membership, {
            clock: systemClock(),
            random: Math.random,
            dataFolder,
            kind: 'desktop',
            baseUrl: () => BASE_URL,
            changed: () => undefined,
            changesBetween,
          })
        : local
    vault = next
    return next
  }
  const shared = createSharedMembership({
    vaultAccess: { opened: () => vault, vault: () => vault, rejoin },
    supervisor: {
      now: () => clock.now(),
      exchangeVault: async (change) => {
        await change()
      },
    },
    clock,
    host: 'laptop',
    dataFolder,
    readBackup: directReader.backup,
    learn: (secret) => learned.push(secret),
    failed: (error) => {
      throw error
    },
    changed: () => undefined,
  })
  onTestFinished(() => vault.sharing?.close())
  return { shared, clock, dataFolder, learned, vault: () => vault, local, fails }
}

const own = async () => desktop(await opened(temporaryFolder()))
const waitingOf = ({ view }: Awaited<ReturnType<typeof own>>['shared']) => {
  const now = view()
  if (now.kind !== 'waiting') throw new Error(`it is ${now.kind}`)
  return now
}

test('makes a shared vault, and belongs to it; neither password nor key can be seen', async () => {
  const database = await newDatabase(postgres())
  const one = await own()
  await one.shared.make({ database: urlOf(database), name: 'Laptop' })
  expect(one.shared.view()).toMatchObject({ kind: 'joined', mayLead: true, trouble: null })
  const { members } = await one.shared.members()
  expect(members).toMatchObject([{ name: 'Laptop', isOwn: true, isAuthentic: true, addedBy: null }])
  const shown = JSON.stringify([one.shared.view(), await one.shared.members()])
  expect(one.learned).toHaveLength(2)
  for (const secret of one.learned) expect(shown).not.toContain(secret)

  await one.shared.setMayLead(false)
  expect(one.shared.view()).toMatchObject({ kind: 'joined', mayLead: false })
  expect((await one.local.membership.load())?.mayLead).toBe(false)
})

test('what cannot be a connection string, or is no empty database, leaves nothing behind', async () => {
  const one = await own()
  const typed = one.shared.make({ database: 'mysql://u:canary@db/satm', name: 'Laptop' })
  await expect(typed).rejects.toMatchObject({ code: 'invalid', field: 'database' })
  await expect(typed).rejects.not.toThrow('canary')
  const database = await newDatabase(postgres())
  await expect(one.shared.join({ database: urlOf(database) })).rejects.toMatchObject({ field: 'database' })
  await (await own()).shared.make({ database: urlOf(database), name: 'First' })
  await expect(one.shared.make({ database: urlOf(database), name: 'Second' })).rejects.toThrow('already')
  expect(one.shared.view()).toEqual({ kind: 'none' })
  expect(await one.local.membership.load()).toBeNull()
})

test('the password is known to the log as it stands there and as it is, before anything is connected', async () => {
  const one = await own()
  const nowhere = 'postgresql://u:can%40ary@127.0.0.1:1/db'
  await expect(one.shared.join({ database: nowhere })).rejects.toMatchObject({ code: 'storage' })
  expect(one.learned).toEqual(expect.arrayContaining([nowhere, 'can%40ary', 'can@ary']))
})

test('shows its public key, and joins by itself once a member has added it', async () => {
  const database = await newDatabase(postgres())
  const [first, second] = [await own(), await own()]
  await first.shared.make({ database: urlOf(database), name: 'First' })
  await second.shared.join({ database: urlOf(database) })
  const { recipient } = waitingOf(second.shared)
  expect(recipient).toMatch(/^age1/)
  await first.shared.addMember({ name: 'Second', recipient })

  // A new start goes on with it.
  const again = await desktop(second.local)
  await again.shared.opened(second.local)
  expect(waitingOf(again.shared).recipient).toBe(recipient)
  await again.clock.advance(5_000)
  await expect.poll(() => again.shared.view().kind).toBe('joined')
  const { members } = await again.shared.members()
  expect(members.map(({ name, addedBy }) => [name, addedBy])).toEqual([
    ['First', null],
    ['Second', 'First'],
  ])

  await first.shared.removeMember({ recipient })
  await expect(again.shared.members()).rejects.toMatchObject({ code: 'storage' })
})

test('waiting can be canceled, and forgets connection and key', async () => {
  const database = await newDatabase(postgres())
  await (await own()).shared.make({ database: urlOf(database), name: 'First' })
  const one = await own()
  await one.shared.join({ database: urlOf(database) })
  await one.shared.cancel()
  expect(one.shared.view()).toEqual({ kind: 'none' })
  expect(await one.local.membership.load()).toBeNull()
  expect(one.clock.armed).toEqual([])
})

test('service apps of this computer move into the one it makes, and no file is left', async () => {
  const database = await newDatabase(postgres())
  const one = await desktop(await localVault(3))
  await one.shared.make({ database: urlOf(database), name: 'Laptop' })
  const sharing = one.vault().sharing
  const { fleet } = (await (await sharing?.vault())?.load()) ?? {}
  expect([...(fleet?.profiles.keys() ?? [])].sort()).toEqual(['p1', 'p2', 'p3'])
  expect(await one.local.renewalHold.load()).toMatchObject({ why: 'moved', to: 'shared-vault' })
  expect((await one.local.deliveries.load()).targets.map(({ target }) => target.id)).toEqual(['t1'])
  const left = readdirSync(join(one.dataFolder, 'shared-vault'))
  expect(left.filter((name) => name.endsWith('.satm-backup'))).toEqual([])
})

test('they move into an empty one that it joins, and never beside others', async () => {
  const database = await newDatabase(postgres())
  const first = await own()
  await first.shared.make({ database: urlOf(database), name: 'First' })
  const [one, late] = [await desktop(await localVault(2)), await desktop(await localVault(1))]
  for (const { shared } of [one, late]) {
    await shared.join({ database: urlOf(database) })
    const { recipient } = waitingOf(shared)
    await first.shared.addMember({ name: `Member ${recipient.slice(-4)}`, recipient })
  }
  await one.clock.advance(5_000)
  await expect.poll(() => one.shared.view().kind).toBe('joined')
  // Empty when it asked, and not any more: everything goes on here.
  await late.clock.advance(5_000)
  await expect.poll(() => waitingOf(late.shared).problem).toContain('already')
  expect(await late.local.renewalHold.load()).toBeNull()
  // Each try would stop its renewals for a moment.
  expect(late.clock.armed).toEqual([])
  await expect(late.shared.goOn()).rejects.toThrow('already')
  expect(await late.local.renewalHold.load()).toBeNull()

  const later = await desktop(await localVault(1))
  await expect(later.shared.join({ database: urlOf(database) })).rejects.toThrow('Both this computer')
  expect(later.shared.view()).toEqual({ kind: 'none' })
})

test('wherever moving in is interrupted, at most one side is in use, and the same button goes on', async () => {
  for (let stop = 1; ; stop++) {
    const database = await newDatabase(postgres())
    const local = await localVault(2)
    let steps = 0
    let isKilled = false
    // As if the process had ended before that write: from then on nothing is written.
    const killed = async <T>(write: () => Promise<T>): Promise<T> => {
      steps += 1
      isKilled ||= steps === stop
      if (isKilled) throw new Error('killed')
      return write()
    }
    const dying = (vault: OpenVault): OpenVault => ({
      ...vault,
      renewalHold: {
        load: vault.renewalHold.load,
        save: (hold) => killed(() => vault.renewalHold.save(hold)),
      },
      membership: {
        load: vault.membership.load,
        save: (membership) => killed(() => vault.membership.save(membership)),
      },
      backup: (...given) => killed(() => vault.backup(...given)),
    })
    const one = await desktop(local, dying)
    const made = await one.shared.make({ database: urlOf(database), name: 'Laptop' }).then(
      () => true,
      () => false,
    )
    if (made) {
      expect(stop).toBeGreaterThan(5)
      break
    }
    const db = database.connect()
    const state = await db
      .query('SELECT state, (SELECT count(*) FROM profiles) AS profiles FROM vault')
      .catch(() => [])
    const isInUseThere = state[0]?.state === 'active' && Number(state[0].profiles) > 0
    const isInUseHere = (await local.renewalHold.load()) === null
    expect(isInUseHere && isInUseThere, `interrupted at ${stop}`).toBe(false)

    const again = await desktop(local)
    await again.shared.opened(local)
    if (again.shared.view().kind === 'none') continue
    const { isMember } = await sharedVaultsOf(local, database)
    if (!isMember) continue
    await again.shared.goOn()
    expect(again.shared.view().kind).toBe('joined')
    const { fleet } = (await (await again.vault().sharing?.vault())?.load()) ?? {}
    expect(fleet?.profiles.size, `interrupted at ${stop}`).toBe(2)
  }
})

test('one that was interrupted at the end takes over nothing that another computer moved in instead', async () => {
  const database = await newDatabase(postgres())
  const first = await own()
  await first.shared.make({ database: urlOf(database), name: 'First' })
  const withoutEnd = (vault: OpenVault): OpenVault => ({
    ...vault,
    renewalHold: {
      load: vault.renewalHold.load,
      async save(hold) {
        await vault.renewalHold.save(hold)
        if (hold?.why === 'moved') throw new Error('killed')
      },
    },
  })
  const one = await desktop(await localVault(2), withoutEnd)
  const other = await desktop(await localVault(1))
  for (const { shared } of [one, other]) {
    await shared.join({ database: urlOf(database) })
    const { recipient } = waitingOf(shared)
    await first.shared.addMember({ name: `Member ${recipient.slice(-4)}`, recipient })
  }
  await one.clock.advance(5_000)
  await expect.poll(() => waitingOf(one.shared).problem).toBe('killed')
  await other.clock.advance(5_000)
  await expect.poll(() => other.shared.view().kind).toBe('joined')

  const again = await desktop(one.local)
  await again.shared.opened(one.local)
  await expect(again.shared.goOn()).rejects.toThrow('another computer has moved its own there')
  expect((await one.local.load()).fleet.profiles.size).toBe(2)
})

/** An empty shared vault, and two desktops with service apps that are members of it and have not moved in. */
async function twoMembers(over: (local: OpenVault) => OpenVault = (one) => one) {
  const database = await newDatabase(postgres())
  const first = await own()
  await first.shared.make({ database: urlOf(database), name: 'First' })
  const [one, other] = [await desktop(await localVault(1), over), await desktop(await localVault(2))]
  for (const { shared } of [one, other]) {
    await shared.join({ database: urlOf(database) })
    const { recipient } = waitingOf(shared)
    await first.shared.addMember({ name: `Member ${recipient.slice(-4)}`, recipient })
  }
  const stored = async () =>
    Number((await database.connect().query('SELECT count(*) AS count FROM profiles'))[0]?.count)
  return { one, other, stored }
}

test('of two that move in at once one does, and the other one says so and renews its own', async () => {
  for (let times = 0; times < 2; times++) {
    const { one, other, stored } = await twoMembers()
    const moved = await Promise.allSettled([one.shared.goOn(), other.shared.goOn()])
    expect(moved.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const [winner, loser] = moved[0]?.status === 'fulfilled' ? [one, other] : [other, one]
    expect(await stored()).toBe(winner === one ? 1 : 2)
    expect(winner.shared.view().kind).toBe('joined')
    expect(await loser.local.renewalHold.load()).toBeNull()
    expect((await loser.local.membership.load())?.isJoined).toBe(false)
  }
})

test('one that was interrupted, and that somebody else has put in use there meanwhile, goes on there', async () => {
  const database = await newDatabase(postgres())
  const dying = (vault: OpenVault): OpenVault => ({
    ...vault,
    renewalHold: {
      load: vault.renewalHold.load,
      save: async (hold) => {
        if (hold?.why !== 'moving') throw new Error('killed')
        await vault.renewalHold.save(hold)
      },
    },
  })
  const one = await desktop(await localVault(2), dying)
  await expect(one.shared.make({ database: urlOf(database), name: 'Laptop' })).rejects.toThrow('killed')
  await database.connect().run(`UPDATE vault SET state = 'active'`)
  const again = await desktop(one.local)
  await again.shared.opened(one.local)
  await again.shared.goOn()
  expect(again.shared.view().kind).toBe('joined')
  expect(await one.local.renewalHold.load()).toMatchObject({ why: 'moved' })
})

test('one that another one overtakes right before the end keeps its own', async () => {
  let overtake: () => Promise<void> = async () => undefined
  const { one, other, stored } = await twoMembers((local) => ({
    ...local,
    renewalHold: {
      load: local.renewalHold.load,
      async save(hold) {
        await local.renewalHold.save(hold)
        if (hold?.why === 'moved') await overtake()
      },
    },
  }))
  overtake = () => other.shared.goOn()
  await expect(one.shared.goOn()).rejects.toThrow('at the same time')
  expect(await one.local.renewalHold.load()).toBeNull()
  expect(other.shared.view().kind).toBe('joined')
  expect(await stored()).toBe(2)
})

test('where the change of its part fails, the vault before is in force, and the next try does it', async () => {
  const database = await newDatabase(postgres())
  const one = await desktop(await localVault(2))
  one.fails.rejoining = true
  await expect(one.shared.make({ database: urlOf(database), name: 'Laptop' })).rejects.toThrow('not now')
  expect(one.vault().sharing).toBeNull()
  expect(waitingOf(one.shared).problem).toBe('not now')
  one.fails.rejoining = false
  await one.shared.goOn()
  expect(one.shared.view()).toMatchObject({ kind: 'joined', mayLead: true })

  const { sharing } = one.vault()
  one.fails.rejoining = true
  await expect(one.shared.setMayLead(false)).rejects.toThrow('not now')
  await expect(one.shared.leave()).rejects.toThrow('not now')
  expect(one.shared.view()).toMatchObject({ kind: 'joined', mayLead: true })
  expect(await one.local.membership.load()).toMatchObject({ isJoined: true, mayLead: true })
  expect(await sharing?.vault()).toBeDefined()
  one.fails.rejoining = false
  await one.shared.leave()
  expect(await one.local.renewalHold.load()).toMatchObject({ why: 'moved', to: 'shared-vault' })
})

test('an empty computer that fails to join goes on as it was', async () => {
  const database = await newDatabase(postgres())
  const one = await own()
  one.fails.rejoining = true
  await expect(one.shared.make({ database: urlOf(database), name: 'Laptop' })).rejects.toThrow('not now')
  expect(await one.local.renewalHold.load()).toBeNull()
})

async function sharedVaultsOf(local: OpenVault, database: OwnDatabase): Promise<{ isMember: boolean }> {
  const membership = await local.membership.load()
  if (membership === null) return { isMember: false }
  const { recipientOf } = await import('#vault/shared/members.ts')
  const recipient = await recipientOf(membership.identity)
  const rows = await database
    .connect()
    .query('SELECT id FROM members WHERE recipient = ?', recipient)
    .catch(() => [])
  return { isMember: rows.length === 1 }
}

test('leaving moves nothing and renews nothing; joining again takes over what is there', async () => {
  const database = await newDatabase(postgres())
  const { vaults } = await sharedVaults(postgres(), database)
  await vaults.create('Server')
  const one = await desktop(await localVault(2))
  await one.shared.join({ database: urlOf(database) })
  await vaults.addMember('Laptop', waitingOf(one.shared).recipient)
  await one.clock.advance(5_000)
  await expect.poll(() => one.shared.view().kind).toBe('joined')
  const before = (await one.shared.members()).members.length

  await one.shared.leave()
  expect(one.shared.view()).toEqual({ kind: 'none' })
  expect(await one.vault().renewalHold.load()).toMatchObject({ why: 'moved', to: 'shared-vault' })
  expect(await one.local.membership.load()).toBeNull()
  expect((await vaults.status()).members).toHaveLength(before)
  expect(existsSync(one.dataFolder)).toBe(true)

  await one.shared.join({ database: urlOf(database) })
  await vaults.removeMember('Laptop')
  await vaults.addMember('Laptop again', waitingOf(one.shared).recipient)
  await one.clock.advance(5_000)
  await expect.poll(() => one.shared.view().kind).toBe('joined')
})
