// Who may send a refresh token, and what becomes of the answer: what every vault does, and what is more in one that is shared.
import { rmSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { fingerprint } from '#base/node/fingerprint.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import type { Attempt, FleetChange, TokenPair } from '#engine/domain/model.ts'
import { type Claim, StoreFailure, type Vault } from '#engine/domain/ports.ts'
import { number } from '#vault/db/row.ts'
import type { ProtocolTimes } from '#vault/shared/leadership.ts'
import type { PostgresConnection } from '#vault/shared/postgres-connection.ts'
import { appendSharedAttempt } from '#vault/shared/shared-changes.ts'
import type { SharedVault } from '#vault/shared/shared-vault.ts'
import { openSharedVault } from '#vault/shared/shared-vault.ts'
import { Worker } from '#vault/shared/worker.ts'
import { anAttempt, aPair, aProfile, aServiceApp, temporaryFolder } from '../vault/support/builders.ts'
import { filesHolding } from '../vault/support/canary.ts'
import { opened } from '../vault/support/opened.ts'
import { newSharedVault, type OwnSharedVault, postgresOfFile } from './support/shared-vault.ts'
import { timesDividedBy, until } from './support/workers.ts'

const postgres = postgresOfFile()
const PROFILE = { kind: 'profile', profileId: 'p1' } as const
const FIRST = aPair('one')

function fleetWith(pair: TokenPair | null = FIRST): readonly FleetChange[] {
  return [
    { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
    { kind: 'profile-saved', profile: aProfile('p1', { pair }) },
  ]
}

const use = (attemptId: string, pair = FIRST, again = false) => ({ attemptId, subject: PROFILE, pair, again })

function answer(attemptId: string, pair: TokenPair, follows: TokenPair | null = FIRST): FleetChange {
  return { kind: 'profile-pair', profileId: 'p1', pair, follows, attemptId }
}

function attempt(id: string, result = 'ok'): Attempt {
  const call = {
    tier: 1,
    startedAt: 1,
    duration: 1,
    status: 200,
    trackingId: null,
    result,
    detail: null,
  } as const
  return anAttempt(id, { subject: PROFILE, calls: [call] })
}

/** With which fingerprint the profile is loaded. */
async function current(vault: Pick<SharedVault, 'load'>): Promise<string | null | undefined> {
  return (await vault.load()).fleet.profiles.get('p1')?.pair?.fingerprint
}

interface Joined {
  readonly vault: Vault & Pick<SharedVault, 'load'>
  readonly worker: Worker
  /** That the worker's own work goes through. */
  readonly ownDb: PostgresConnection
  /** Its clocks go on by this much at once. */
  readonly skip: (ms: number) => void
  readonly wentBack: () => number
}

/** As another computer would. It leads only if nobody does. */
async function joined(
  { database, identity }: OwnSharedVault,
  node: string,
  { folder = temporaryFolder(), times = {} }: { folder?: string; times?: Partial<ProtocolTimes> } = {},
): Promise<Joined> {
  const db = database.connect()
  const shared = await openSharedVault(db, identity)
  const real = systemClock()
  let ahead = 0
  const clock = {
    ...real,
    now: () => real.now() + ahead,
    monotonic: () => real.monotonic() + ahead,
  }
  let leads = false
  let wentBack = 0
  const worker = new Worker({
    db,
    leaseDb: database.connect(),
    clock,
    random: Math.random,
    node,
    folder,
    times: { ...timesDividedBy(20, { claimFresh: 2000 }), ...times },
    vault: shared.id,
    key: shared.key,
    write: shared.write,
    storeChange: shared.storeChange,
    member: 'member',
    appendAttempt: appendSharedAttempt,
    leads: (fence) => {
      leads = fence !== null
    },
    patience: 0,
    heard: () => undefined,
    looked: () => undefined,
    failed: () => undefined,
    wentBack: () => {
      wentBack += 1
    },
  })
  worker.start()
  onTestFinished(() => worker.stop())
  if (node === 'a') await until(() => leads, 'it leads')
  const vault = {
    load: () => shared.load(),
    prove: () => worker.prove(),
    begin: (one: Parameters<Vault['begin']>[0]) => worker.begin(one),
    commit: (changes: readonly FleetChange[], attempts: readonly Attempt[]) =>
      worker.commit(changes, attempts),
  }
  const skip = (ms: number) => {
    ahead += ms
  }
  return { vault, worker, ownDb: db, skip, wentBack: () => wentBack }
}

async function sharedWith(pair: TokenPair | null = FIRST, times: Partial<ProtocolTimes> = {}) {
  const own = await newSharedVault(postgres())
  await own.vault.commit(fleetWith(pair), [])
  const db = own.database.connect()
  return { own, db, ...(await joined(own, 'a', { times })) }
}

const kinds: readonly (readonly [string, () => Promise<Vault & Pick<SharedVault, 'load'>>])[] = [
  [
    'SQLite',
    async () => {
      const vault = await opened(temporaryFolder())
      await vault.commit(fleetWith(), [])
      return vault
    },
  ],
  ['PostgreSQL', async () => (await sharedWith()).vault],
]

describe.each(kinds)('a vault in %s', (_, open) => {
  test('lets the one who holds the current pair go, and stores its answer', async () => {
    const vault = await open()
    await vault.prove()
    const claim = await vault.begin(use('t1'))
    expect(claim).toMatchObject({ kind: 'go' })
    expect(claim.kind === 'go' && claim.isValid()).toBe(true)
    const pair = aPair('two')
    await vault.commit([answer('t1', pair)], [attempt('t1')])
    expect(await current(vault)).toBe(pair.fingerprint)
    expect(await vault.begin(use('t2', pair))).toMatchObject({ kind: 'go' })
  })

  test('gives a claim back that was not used', async () => {
    const vault = await open()
    const claim = await vault.begin(use('t1'))
    if (claim.kind === 'go') await claim.release()
    expect(await vault.begin(use('t2'))).toMatchObject({ kind: 'go' })
  })

  test('lets a failed attempt be followed by another one', async () => {
    const vault = await open()
    await vault.begin(use('t1'))
    await vault.commit([], [attempt('t1', 'transient')])
    expect(await vault.begin(use('t2'))).toMatchObject({ kind: 'go' })
  })

  test('stores the first pair of a profile that has none', async () => {
    const vault = await open()
    await vault.commit([{ kind: 'profile-saved', profile: aProfile('p2') }], [])
    const pair = aPair('first')
    await vault.commit([{ kind: 'profile-pair', profileId: 'p2', pair, follows: null, attemptId: 't1' }], [])
    expect((await vault.load()).fleet.profiles.get('p2')?.pair).toEqual(pair)
  })
})

describe('a shared vault', () => {
  const kindOf = ({ kind }: Claim) => kind

  test('lets nobody go who does not lead', async () => {
    const { own } = await sharedWith()
    const { vault, ownDb } = await joined(own, 'b')
    expect(kindOf(await vault.begin(use('t1')))).toBe('held')
    await expect(vault.prove()).rejects.toThrow('This computer does not renew')
    await ownDb.close()
    await expect(vault.prove()).rejects.toThrow('cannot be reached')
  })

  test('gives the newer pair to who holds an older one', async () => {
    const { vault } = await sharedWith()
    const pair = aPair('two')
    await vault.begin(use('t1'))
    await vault.commit([answer('t1', pair)], [attempt('t1')])
    expect(await vault.begin(use('t2'))).toEqual({ kind: 'adopt', pair })
  })

  test('and to who does not know yet that the refresh token is dead', async () => {
    const { vault } = await sharedWith()
    const refresh = FIRST.refresh === null ? null : { ...FIRST.refresh, dead: true }
    await vault.commit(
      [{ kind: 'profile-pair', profileId: 'p1', pair: { ...FIRST, refresh }, follows: FIRST }],
      [],
    )
    expect(await vault.begin(use('t1'))).toMatchObject({ kind: 'adopt', pair: { refresh: { dead: true } } })
  })

  test('holds back while an attempt is under way, and calls its outcome unknown after its time', async () => {
    const { vault } = await sharedWith(FIRST, { giveUp: 700 })
    expect(kindOf(await vault.begin(use('t1')))).toBe('go')
    const held = await vault.begin(use('t2'))
    expect(held).toMatchObject({ kind: 'held' })
    expect(held.kind === 'held' ? held.wait : 0).toBeGreaterThan(200)
    expect(kindOf(await vault.begin(use('t2', FIRST, true)))).toBe('held')
    await until(async () => kindOf(await vault.begin(use('t2'))) === 'unknown', 'given up')
    expect(kindOf(await vault.begin(use('t3', FIRST, true)))).toBe('go')
    expect(kindOf(await vault.begin(use('t4', FIRST, true)))).toBe('held')
  })

  test('calls the outcome unknown at once where the answer was lost, and lets it be sent again after a wait only', async () => {
    const { vault } = await sharedWith(FIRST, { giveUp: 700 })
    await vault.begin(use('t1'))
    await vault.commit([], [attempt('t1', 'answer-lost')])
    expect(kindOf(await vault.begin(use('t2')))).toBe('unknown')
    expect(kindOf(await vault.begin(use('t2', FIRST, true)))).toBe('held')
    await until(async () => kindOf(await vault.begin(use('t3', FIRST, true))) === 'go', 'the wait is over')
  })

  test('forgets a mark when another tier has replaced the pair', async () => {
    const { vault, db } = await sharedWith()
    await vault.begin(use('t1'))
    await vault.commit([], [attempt('t1', 'answer-lost')])
    const pair = aPair('by-tier-2')
    await vault.commit([answer('t2', pair)], [attempt('t2')])
    expect(await db.rows('in_flight')).toEqual([])
    expect(kindOf(await vault.begin(use('t3', pair)))).toBe('go')
  })

  test('keeps the answer of one who was given up, and the newer pair as it is', async () => {
    const { vault, db } = await sharedWith()
    const [newer, late] = [aPair('by-tier-2'), aPair('late')]
    await vault.begin(use('t1'))
    await vault.commit([answer('t2', newer)], [attempt('t2')])
    await vault.commit([answer('t1', late)], [attempt('t1')])
    expect(await current(vault)).toBe(newer.fingerprint)
    const kept = await db.rows('answers', 'ORDER BY at')
    expect(kept.map(({ attempt_id, adopted }) => [attempt_id, adopted])).toEqual([
      ['t2', true],
      ['t1', false],
    ])
    expect(JSON.stringify(kept.map(({ pair }) => String(pair)))).not.toContain('canary')
  })

  test('takes a settlement twice for one', async () => {
    const { vault, db } = await sharedWith()
    await vault.begin(use('t1'))
    for (let n = 0; n < 3; n++) await vault.commit([answer('t1', aPair('two'))], [attempt('t1')])
    expect(await db.rows('answers')).toHaveLength(1)
    expect(await db.rows('attempts')).toHaveLength(1)
    expect((await db.row('token_pairs', `WHERE slot = 'previous'`))?.fingerprint).toBe(FIRST.fingerprint)
  })

  test('does not take back with an old answer what was learned or done since', async () => {
    const { vault } = await sharedWith()
    const second = aPair('two', { expiresAt: null })
    await vault.commit([answer('t1', second)], [attempt('t1')])
    const known = { ...second, expiresAt: FIRST.expiresAt }
    await vault.commit([{ kind: 'profile-pair', profileId: 'p1', pair: known, follows: second }], [])
    await vault.commit([answer('t1', second)], [])
    expect((await vault.load()).fleet.profiles.get('p1')?.pair?.expiresAt).toBe(FIRST.expiresAt)
    await vault.commit([{ kind: 'profile-pair', profileId: 'p1', pair: FIRST }], [])
    await vault.commit([answer('t1', second)], [])
    expect(await current(vault)).toBe(FIRST.fingerprint)
  })

  test('adopts an answer that came before the one it follows', async () => {
    const { vault, db } = await sharedWith()
    const [second, third, fourth] = [aPair('two'), aPair('three'), aPair('four')]
    // As after a failover: the newest from memory, what was before it from the files of two workers.
    await vault.commit([answer('t3', fourth, third)], [attempt('t3')])
    await vault.commit([answer('t2', third, second)], [attempt('t2')])
    expect(await current(vault)).toBe(FIRST.fingerprint)
    await vault.commit([answer('t1', second)], [attempt('t1')])
    expect(await current(vault)).toBe(fourth.fingerprint)
    expect((await db.rows('answers')).every(({ adopted }) => adopted === true)).toBe(true)
    expect((await db.row('token_pairs', `WHERE slot = 'previous'`))?.fingerprint).toBe(third.fingerprint)
  })

  test('takes an answer whether or not the pair it follows was called dead meanwhile', async () => {
    const refresh = FIRST.refresh === null ? null : { ...FIRST.refresh, dead: true }
    const dead = { ...FIRST, refresh }
    // The mark was lost with a failover, or comes from a worker that was second.
    for (const [stored, follows] of [
      [FIRST, dead],
      [dead, FIRST],
    ] as const) {
      const { vault } = await sharedWith(stored)
      const second = aPair('two')
      await vault.commit([answer('t1', second, follows)], [attempt('t1')])
      expect(await current(vault)).toBe(second.fingerprint)
    }
    const { vault } = await sharedWith(dead)
    const learned: FleetChange = { kind: 'profile-pair', profileId: 'p1', pair: FIRST, follows: FIRST }
    await vault.commit([learned], [])
    expect((await vault.load()).fleet.profiles.get('p1')?.pair?.refresh?.dead).toBe(true)
  })

  test('an edit by a person takes the place of whichever pair is there', async () => {
    const { vault } = await sharedWith()
    await vault.begin(use('t1'))
    const pasted = aPair('pasted', { origin: 'pasted' })
    await vault.commit([{ kind: 'profile-pair', profileId: 'p1', pair: pasted }], [])
    await vault.commit([answer('t1', aPair('late'))], [attempt('t1')])
    expect(await current(vault)).toBe(pasted.fingerprint)
  })

  test('stores no pair of a profile that was removed meanwhile', async () => {
    const { vault, db } = await sharedWith()
    await vault.begin(use('t1'))
    await vault.load()
    await vault.commit([{ kind: 'profile-removed', profileId: 'p1' }], [])
    await vault.commit([answer('t1', aPair('late')), answer('t2', aPair('later'), null)], [attempt('t1')])
    expect(await db.rows('token_pairs')).toEqual([])
    expect(await db.rows('answers')).toHaveLength(2)
  })

  test('lets nobody go while it is being filled, or was moved away', async () => {
    const { vault, db } = await sharedWith()
    for (const state of ['staged', 'moved']) {
      await db.run('UPDATE vault SET state = ?', state)
      expect(kindOf(await vault.begin(use('t1')))).toBe('held')
    }
    await db.run(`UPDATE vault SET state = 'active'`)
    expect(kindOf(await vault.begin(use('t1')))).toBe('go')
  })

  test('a claim that had to wait for a connection is used all the same', async () => {
    const { vault, ownDb, skip } = await sharedWith(FIRST, { lease: 60_000 })
    let letGo = () => {}
    const gate = new Promise<void>((resolve) => {
      letGo = resolve
    })
    let busy = 0
    const others = Array.from({ length: 6 }, () =>
      ownDb.transaction(() => {
        busy += 1
        return gate
      }),
    )
    await until(() => busy === 6, 'no connection is free')
    const claiming = vault.begin(use('t1'))
    skip(3000)
    letGo()
    const claim = await claiming
    expect(claim.kind === 'go' && claim.isValid()).toBe(true)
    await Promise.all(others)
  })

  test('a claim that was asked for too long ago is not used', async () => {
    const { vault } = await sharedWith(FIRST, { claimFresh: 30 })
    const claim = await vault.begin(use('t1'))
    if (claim.kind !== 'go') throw new Error(claim.kind)
    await until(() => !claim.isValid(), 'too late')
  })
})

describe('answers', () => {
  const pruned = async (vault: SharedVault, db: PostgresConnection) => {
    await vault.pruneHistory(0)
    const rows = await db.rows('answers', 'ORDER BY attempt_id')
    return rows.map(({ attempt_id }) => attempt_id)
  }

  test('are forgotten after a week, once a newer pair has followed; what is current or newest stays', async () => {
    const { own, vault, db } = await sharedWith()
    const [second, third] = [aPair('two'), aPair('three', { issuedAt: Date.now() })]
    await vault.commit([answer('t1', second)], [attempt('t1')])
    await vault.commit([answer('t2', third, second)], [attempt('t2')])
    await vault.commit([answer('t3', aPair('late'))], [attempt('t3')])
    expect(await pruned(own.vault, db)).toEqual(['t1', 't2', 't3'])
    await db.run(`UPDATE answers SET at = at - interval '6 days'`)
    expect(await pruned(own.vault, db)).toEqual(['t1', 't2', 't3'])
    await db.run(`UPDATE answers SET at = at - interval '2 days'`)
    expect(await pruned(own.vault, db)).toEqual(['t2'])
  })

  test('stay for as long as nothing newer was issued, and go with whom they belong to', async () => {
    const { own, vault, db } = await sharedWith()
    await vault.commit([answer('t1', aPair('two'))], [attempt('t1')])
    await vault.commit([answer('t2', aPair('late'))], [attempt('t2')])
    await db.run(`UPDATE answers SET at = at - interval '8 days'`)
    await db.run(
      `UPDATE token_pairs SET issued_at = (SELECT extract(epoch FROM min(at)) * 1000 - 1 FROM answers)`,
    )
    expect(await pruned(own.vault, db)).toEqual(['t1', 't2'])
    await vault.load()
    await vault.commit([{ kind: 'profile-removed', profileId: 'p1' }], [])
    expect(await pruned(own.vault, db)).toEqual([])
  })
})

describe('what Webex has answered', () => {
  test('comes back after a start, though the database was never reached with it', async () => {
    const { own, db, worker, vault } = await sharedWith()
    const folder = temporaryFolder()
    await worker.stop()
    const { vault: other, worker: its } = await joined(own, 'a', { folder })
    await other.begin(use('t1'))
    await db.run('ALTER TABLE answers RENAME TO away')
    await expect(other.commit([answer('t1', aPair('two'))], [attempt('t1')])).rejects.toBeInstanceOf(
      StoreFailure,
    )
    await its.stop()
    await db.run('ALTER TABLE away RENAME TO answers')
    expect(await current(vault)).toBe(FIRST.fingerprint)
    await joined(own, 'b', { folder })
    await until(async () => (await current(vault)) === fingerprint('canary-access-two'), 'it comes back')
    expect(await db.rows('in_flight')).toEqual([])
  })

  test('comes back to a database that was put back to before it; nothing is spent meanwhile', async () => {
    const { own, db, vault, wentBack } = await sharedWith(FIRST, { afterRestore: 60_000 })
    await vault.begin(use('t1'))
    await vault.commit([answer('t1', aPair('two'))], [attempt('t1')])
    const [before] = await db.rows('nodes')
    // As an old copy of it would be.
    await db.run(`DELETE FROM answers; DELETE FROM token_pairs WHERE slot = 'current';
      UPDATE token_pairs SET slot = 'current'; UPDATE nodes SET seq = 0; UPDATE vault SET seq = 1`)
    await until(() => wentBack() > 0, 'it is noticed')
    await until(async () => (await current(vault)) === fingerprint('canary-access-two'), 'it comes back')
    expect(number(before ?? {}, 'seq')).toBeGreaterThan(0)
    expect(await vault.begin(use('t2', aPair('two')))).toMatchObject({ kind: 'held' })
    const { vault: other } = await joined(own, 'b')
    expect(await other.begin(use('t3', aPair('two')))).toMatchObject({ kind: 'held' })
  })

  test('is not given up for an older pair of a database that was put back', async () => {
    const { db, vault, wentBack } = await sharedWith(FIRST, { afterRestore: 60_000 })
    const second = aPair('two', { issuedAt: FIRST.issuedAt + 1 })
    await vault.begin(use('t1'))
    await vault.commit([answer('t1', second)], [attempt('t1')])
    await db.run(`DELETE FROM token_pairs WHERE slot = 'current'; UPDATE token_pairs SET slot = 'current';
      UPDATE nodes SET seq = 0; UPDATE vault SET seq = 1; ALTER TABLE answers RENAME TO away`)
    await until(() => wentBack() > 0, 'it is noticed')
    expect(await vault.begin(use('t2', second))).toMatchObject({ kind: 'held' })
    await db.run(`UPDATE leader SET no_grants_until = '-infinity'`)
    expect(await vault.begin(use('t3', second))).toMatchObject({ kind: 'adopt', pair: FIRST })
  })

  test('nothing of it is in clear on this computer', async () => {
    const folder = temporaryFolder()
    const own = await newSharedVault(postgres())
    await own.vault.commit(fleetWith(), [])
    const { vault } = await joined(own, 'a', { folder })
    await vault.begin(use('t1'))
    await vault.commit([answer('t1', aPair('two'))], [attempt('t1')])
    expect(filesHolding(folder, ['canary'])).toEqual([])
    rmSync(folder, { recursive: true })
  })
})
