import { describe, expect, test } from 'vitest'
import type { Attempt } from '#engine/domain/model.ts'
import { Connection } from '#vault/db/connection.ts'
import { freshSchema } from '#vault/db/migrations.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { appendAttempt, historyPage } from '#vault/repositories/history.ts'
import type { HistoryQuery } from '#vault/repositories/history-query.ts'
import { anAttempt, anIntegration, aProfile, aServiceApp, temporaryFolder } from './support/builders.ts'
import { fakeKeychain } from './support/fake-keychain.ts'
import { opened } from './support/opened.ts'
import { changeHistory, withDatabase } from './support/tamper.ts'

async function vaultWith(...attempts: readonly Attempt[]): Promise<OpenVault> {
  const vault = await opened(temporaryFolder())
  await vault.commit([], attempts)
  return vault
}

async function ids(vault: OpenVault, query: Partial<HistoryQuery> = {}): Promise<string[]> {
  return (await vault.history({ limit: 100, ...query })).attempts.map(({ id }) => id)
}

test('an attempt comes back as it was stored', async () => {
  const attempt = anAttempt('a', {
    subject: { kind: 'manager', managerId: 'm1' },
    orgId: null,
    outcome: 'failed',
    tier: null,
    before: null,
    after: null,
    sentence: 'Reconnect the integration.',
    trackingId: null,
    calls: [
      {
        tier: 3,
        startedAt: 1,
        duration: 2.5,
        status: null,
        trackingId: null,
        result: 'timeout',
        detail: 'é\u0000',
      },
    ],
  })
  const vault = await vaultWith(attempt)
  expect((await vault.history({ limit: 1 })).attempts).toEqual([attempt])
})

describe('the reason of an attempt', () => {
  const REASONS: readonly Attempt['reason'][] = [
    { code: 'lifetime-share', share: 0.5 },
    { code: 'retry-after-failure', failure: null },
    { code: 'retry-after-failure', failure: 'answer-lost' },
    { code: 'needed-by-service-app', name: '"Ümlaut"\u0000' },
    { code: 'requested', by: 'program' },
    { code: 'no-token' },
    null,
  ]

  test('comes back as it was stored, in a page and at the start', async () => {
    const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
    const vault = await opened(folder, { keychain })
    const profiles = REASONS.map((_, n) => aProfile(`p${n}`))
    await vault.commit(
      [
        { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
        ...profiles.map((profile) => ({ kind: 'profile-saved', profile }) as const),
      ],
      REASONS.map((reason, n) =>
        anAttempt(`a${n}`, { startedAt: n, reason, subject: { kind: 'profile', profileId: `p${n}` } }),
      ),
    )
    vault.close()
    const again = await opened(folder, { keychain })
    const page = await again.history({ limit: 100, order: 'oldest-first' })
    expect(page.attempts.map(({ reason }) => reason)).toEqual(REASONS)
    const last = (await again.load()).lastAttempts.toSorted((a, b) => a.startedAt - b.startedAt)
    expect(last.map(({ reason }) => reason)).toEqual(REASONS)
  })

  test.each([
    ['a code of a newer version', '{"code":"moon-phase"}'],
    ['no JSON', '{"code":'],
    ['an empty text', ''],
    ['a number', '7'],
    ['data that does not fit', '{"code":"lifetime-share","share":"half"}'],
  ])('that cannot be read is none, and the rest of the row stays: %s', async (_, stored) => {
    const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
    const vault = await opened(folder, { keychain })
    await vault.commit([], [anAttempt('a')])
    vault.close()
    changeHistory(folder, `UPDATE attempts SET reason = '${stored}'`)
    const again = await opened(folder, { keychain })
    expect((await again.history({ limit: 1 })).attempts).toEqual([anAttempt('a', { reason: null })])
  })
})

test('storing the same attempt again keeps one', async () => {
  const vault = await vaultWith(anAttempt('a'))
  await vault.commit([], [anAttempt('a', { name: 'again' }), anAttempt('b')])
  expect(await ids(vault)).toEqual(['b', 'a'])
  expect((await vault.history({ limit: 10 })).attempts[1]?.name).toBe('Profile p1')
})

describe('by page', () => {
  test('every row comes once, newest first, also those of one instant', async () => {
    const attempts = Array.from({ length: 25 }, (_, n) =>
      anAttempt(`a${n}`, { startedAt: Math.floor(n / 10) }),
    )
    const vault = await vaultWith(...attempts)
    const seen: string[] = []
    let cursor: string | null = null
    do {
      const page = await vault.history({ limit: 7, cursor })
      seen.push(...page.attempts.map(({ id }) => id))
      cursor = page.next
    } while (cursor !== null)
    expect(seen).toEqual(attempts.map(({ id }) => id).reverse())
  })

  test('new rows do not move the pages behind', async () => {
    const vault = await vaultWith(anAttempt('a', { startedAt: 1 }), anAttempt('b', { startedAt: 2 }))
    const first = await vault.history({ limit: 1 })
    await vault.commit([], [anAttempt('c', { startedAt: 3 })])
    expect(await ids(vault, { cursor: first.next })).toEqual(['a'])
  })

  test('the last page says so', async () => {
    const vault = await vaultWith(anAttempt('a'), anAttempt('b'))
    expect((await vault.history({ limit: 2 })).next).toBeNull()
  })

  test('a cursor of nobody is refused', async () => {
    const vault = await vaultWith()
    await expect(vault.history({ limit: 1, cursor: `1.1' OR 1` })).rejects.toThrow(RangeError)
  })
})

test('filters narrow by subject, outcome, tier and time, together too', async () => {
  const vault = await vaultWith(
    anAttempt('a', { startedAt: 1, outcome: 'renewed', tier: 1 }),
    anAttempt('b', { startedAt: 2, outcome: 'failed', tier: null }),
    anAttempt('c', {
      startedAt: 3,
      outcome: 'renewed',
      tier: 2,
      subject: { kind: 'profile', profileId: 'p2' },
    }),
    anAttempt('d', {
      startedAt: 4,
      outcome: 'renewed',
      tier: 3,
      subject: { kind: 'manager', managerId: 'p1' },
    }),
  )
  expect(await ids(vault, { profileId: 'p1' })).toEqual(['b', 'a'])
  expect(await ids(vault, { managerId: 'p1' })).toEqual(['d'])
  expect(await ids(vault, { outcome: 'renewed' })).toEqual(['d', 'c', 'a'])
  expect(await ids(vault, { tier: 2 })).toEqual(['c'])
  expect(await ids(vault, { from: 2, to: 4 })).toEqual(['c', 'b'])
  expect(await ids(vault, { profileId: 'p1', outcome: 'renewed', tier: 1, from: 1, to: 2 })).toEqual(['a'])
  expect(await ids(vault, { profileId: null, outcome: null, tier: null, cursor: null })).toHaveLength(4)
})

test('rows cannot be changed, only forgotten after their time', async () => {
  const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
  const vault = await opened(folder, { keychain })
  await vault.commit([], [anAttempt('a')])
  vault.close()
  expect(() => withDatabase(folder, (db) => db.run(`UPDATE attempts SET outcome = 'failed'`))).toThrow(
    'append-only',
  )
})

test('forgetting takes the old rows, a few at a time', async () => {
  const attempts = Array.from({ length: 4500 }, (_, n) => anAttempt(`a${n}`, { startedAt: n }))
  const vault = await vaultWith(...attempts)
  expect([
    await vault.pruneHistory(4400),
    await vault.pruneHistory(4400),
    await vault.pruneHistory(4400),
    await vault.pruneHistory(4400),
  ]).toEqual([2000, 2000, 400, 0])
  expect(await ids(vault, { limit: 200 })).toHaveLength(100)
})

test('after a start the newest attempt of each profile and token manager is known', async () => {
  const vault = await opened(temporaryFolder())
  const manager = { kind: 'manager', managerId: 'm1' } as const
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'profile-saved', profile: aProfile('p1') },
      { kind: 'profile-saved', profile: aProfile('p2') },
      { kind: 'manager-saved', manager: anIntegration('m1') },
    ],
    [
      anAttempt('old', { startedAt: 1 }),
      anAttempt('new', { startedAt: 2 }),
      anAttempt('m', { subject: manager }),
      anAttempt('gone', { subject: { kind: 'profile', profileId: 'removed' } }),
    ],
  )
  expect((await vault.load()).lastAttempts.map(({ id }) => id)).toEqual(['new', 'm'])
})

test('a damaged row keeps nobody from starting, and from nothing but itself', async () => {
  const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
  const vault = await opened(folder, { keychain })
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'profile-saved', profile: aProfile('p1') },
      { kind: 'profile-saved', profile: aProfile('p2') },
    ],
    [
      anAttempt('a', { startedAt: 1, subject: { kind: 'profile', profileId: 'p2' } }),
      anAttempt('b', { startedAt: 2 }),
      anAttempt('c', { startedAt: 3 }),
    ],
  )
  vault.close()
  changeHistory(folder, `UPDATE attempts SET calls = '[{"tier":1' WHERE id = 'c'`)
  const again = await opened(folder, { keychain })
  expect((await again.load()).lastAttempts.map(({ id }) => id)).toEqual(['a'])
  const first = await again.history({ limit: 1 })
  expect(first.attempts).toMatchObject([
    { id: 'c', outcome: 'renewed', calls: [], sentence: expect.stringContaining('damaged') },
  ])
  expect(await ids(again, { cursor: first.next })).toEqual(['b', 'a'])
})

test.each(['newest-first', 'oldest-first'] as const)(
  'entries whose times are all damaged end no list: %s',
  (order) => {
    const attempts = Array.from({ length: 9 }, (_, index) => anAttempt(`a${index}`, { startedAt: index }))
    const db = new Connection(':memory:')
    // As bytes of a page can be damaged.
    db.exec(`${freshSchema().replaceAll('STRICT', '')} DROP TRIGGER attempts_append_only;`)
    for (const attempt of attempts) appendAttempt(db, attempt)
    db.exec(`UPDATE attempts SET started_at = 'x' || seq WHERE seq <= 5`)
    const seen: string[] = []
    for (let cursor: string | null = null, pages = 0; pages < 20; pages += 1) {
      const page = historyPage(db, { limit: 2, cursor, order })
      seen.push(...page.attempts.map(({ id }) => id))
      cursor = page.next
      if (cursor === null) break
    }
    expect(seen.toSorted()).toEqual(attempts.map(({ id }) => id))
    db.close()
  },
)

describe('counts of the history by day', () => {
  const ZONE = 'America/New_York'
  /** Without an offset: New York's winter time. */
  const at = (text: string, offset = '-05:00') => new Date(`${text}${offset}`).getTime()

  const some = () => [
    anAttempt('a', { startedAt: at('2026-03-01T23:59:59.999'), outcome: 'failed', tier: null }),
    anAttempt('b', { startedAt: at('2026-03-02T00:00:00'), outcome: 'renewed', tier: 2 }),
    anAttempt('c', { startedAt: at('2026-03-02T12:00:00'), outcome: 'renewed', tier: 1 }),
    anAttempt('d', {
      startedAt: at('2026-03-05T08:00:00'),
      outcome: 'unchanged',
      subject: { kind: 'manager', managerId: 'm1' },
    }),
  ]

  test('go from local midnight to midnight, oldest first, without the empty days', async () => {
    const vault = await vaultWith(...some())
    expect(await vault.historyDays({}, ZONE)).toEqual([
      { day: '2026-03-01', renewed: 0, unchanged: 0, failed: 1 },
      { day: '2026-03-02', renewed: 2, unchanged: 0, failed: 0 },
      { day: '2026-03-05', renewed: 0, unchanged: 1, failed: 0 },
    ])
  })

  test.for([
    ['where the clocks change', ZONE, '2026-03-08T23:30:00-04:00', '2026-03-09T00:30:00-04:00'],
    ['on a day of 25 hours', ZONE, '2026-11-01T23:59:00-05:00', '2026-11-02T00:00:00-05:00'],
    ['east of Greenwich', 'Asia/Tokyo', '2026-05-18T23:59:59+09:00', '2026-05-19T00:00:00+09:00'],
    ['by half an hour', 'Asia/Kolkata', '2026-05-18T23:59:59+05:30', '2026-05-19T00:00:00+05:30'],
    [
      'where the day has no midnight',
      'Africa/Cairo',
      '2026-04-23T23:59:59+02:00',
      '2026-04-24T01:00:00+03:00',
    ],
    ['in a zone nobody knows, as UTC', 'Etc/Unknown', '2026-05-18T23:59:59Z', '2026-05-19T00:00:00Z'],
  ] as const)('follow the calendar %s', async ([, zone, evening, morning]) => {
    const vault = await vaultWith(
      anAttempt('evening', { startedAt: at(evening, '') }),
      anAttempt('morning', { startedAt: at(morning, '') }),
    )
    expect((await vault.historyDays({}, zone)).map(({ day }) => day)).toEqual([
      evening.slice(0, 10),
      morning.slice(0, 10),
    ])
  })

  test('narrow by the same filters as the pages', async () => {
    const vault = await vaultWith(...some())
    const counts = async (filter: Parameters<OpenVault['historyDays']>[0]) =>
      (await vault.historyDays(filter, ZONE)).map(({ renewed, unchanged, failed }) => [
        renewed,
        unchanged,
        failed,
      ])
    expect(await counts({ outcome: 'renewed' })).toEqual([[2, 0, 0]])
    expect(await counts({ tier: 2 })).toEqual([[1, 0, 0]])
    expect(await counts({ managerId: 'm1' })).toEqual([[0, 1, 0]])
    expect(await counts({ profileId: 'p1', outcome: 'failed' })).toEqual([[0, 0, 1]])
    expect(await counts({ from: at('2026-03-02T00:00:01') })).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ])
    expect(await counts({ to: at('2026-03-02T00:00:00') })).toEqual([[0, 0, 1]])
  })

  test('of an empty history are none', async () => {
    expect(await (await vaultWith()).historyDays({}, ZONE)).toEqual([])
  })

  test('take no step for each day of a gap', async () => {
    const vault = await vaultWith(
      anAttempt('first', { startedAt: 0 }),
      anAttempt('last', { startedAt: at('9999-01-01T00:00:00') }),
    )
    expect(await vault.historyDays({}, ZONE)).toHaveLength(2)
  })
})

describe('by service app, cause and text', () => {
  const call = { tier: 1, startedAt: 1, duration: 1, status: 400, trackingId: null, detail: null } as const
  const rows = Array.from({ length: 40 }, (_, n) =>
    anAttempt(`a${String(n).padStart(2, '0')}`, {
      startedAt: n,
      subject: { kind: 'profile', profileId: `p${n % 8}` },
      trigger: n % 5 === 0 ? 'manual' : 'scheduled',
      reason: n % 7 === 0 ? { code: 'drill', by: 'person', share: 0.5 } : { code: 'no-token' },
      calls: [{ ...call, result: n % 3 === 0 ? 'grant-dead' : 'ok' }],
      name: n % 4 === 0 ? '100%_Sure\\' : 'Plain',
      trackingId: `ROUTER_${n}`,
    }),
  )
  const idsWhere = (fits: (n: number) => boolean) =>
    rows.flatMap(({ id }, n) => (fits(n) ? [id] : [])).toReversed()

  test.each<[string, Partial<HistoryQuery>, (n: number) => boolean]>([
    ['some profiles', { profileIds: ['p1', 'p3'] }, (n) => n % 8 === 1 || n % 8 === 3],
    ['no profile', { profileIds: [] }, () => false],
    ['some profiles, of an outcome they had', { profileIds: ['p1'], outcome: 'renewed' }, (n) => n % 8 === 1],
    ['a trigger', { cause: 'trigger:manual' }, (n) => n % 5 === 0],
    ['a reason', { cause: 'reason:drill' }, (n) => n % 7 === 0],
    ['what a call came to', { cause: 'result:grant-dead' }, (n) => n % 3 === 0],
    ['a cause of some', { cause: 'reason:drill', profileIds: ['p0'] }, (n) => n % 56 === 0],
    ['a tracking ID, in any case', { text: 'router_7' }, (n) => n === 7],
    ['a text with the wildcards of SQL', { text: '%_' }, (n) => n % 4 === 0],
    ['a backslash', { text: '\\' }, (n) => n % 4 === 0],
    ['a text that only a customer has', { text: 'acme', textProfileIds: ['p2'] }, (n) => n % 8 === 2],
    ['a text and a span', { text: 'router', from: 10, to: 12 }, (n) => n >= 10 && n < 12],
  ])('%s', async (_, query, fits) => {
    const vault = await vaultWith(...rows)
    expect(await ids(vault, query)).toEqual(idsWhere(fits))
    const oldest = await ids(vault, { ...query, order: 'oldest-first' })
    expect(oldest).toEqual(idsWhere(fits).toReversed())
    // Page by page the same.
    const paged: string[] = []
    for (let cursor: string | null = null; ; ) {
      const page: Awaited<ReturnType<OpenVault['history']>> = await vault.history({
        ...query,
        limit: 2,
        cursor,
      })
      paged.push(...page.attempts.map(({ id }) => id))
      cursor = page.next
      if (cursor === null) break
    }
    expect(paged).toEqual(idsWhere(fits))
    const counted = (await vault.historyDays(query, 'UTC')).reduce(
      (sum, { renewed, unchanged, failed }) => sum + renewed + unchanged + failed,
      0,
    )
    expect(counted).toBe(idsWhere(fits).length)
  })

  test('of more profiles than have an index of their own each, and of many rows none of which fits', async () => {
    const many = Array.from({ length: 7000 }, (_, n) =>
      anAttempt(`m${n}`, { startedAt: n, subject: { kind: 'profile', profileId: `p${n % 100}` } }),
    )
    const vault = await vaultWith(...many)
    const wanted = Array.from({ length: 60 }, (_, n) => `p${n}`)
    expect(await ids(vault, { profileIds: wanted })).toHaveLength(100)
    let pages = 0
    let cursor: string | null = null
    do {
      const page: Awaited<ReturnType<OpenVault['history']>> = await vault.history({
        text: 'nowhere',
        limit: 50,
        cursor,
      })
      expect(page.attempts).toEqual([])
      pages += 1
      cursor = page.next
    } while (cursor !== null)
    // Each looks at a part: main is never held up for long.
    expect(pages).toBeGreaterThan(2)
    expect(pages).toBeLessThan(5)
  })
})
