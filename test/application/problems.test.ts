// Problems: snoozes, customers that are waited for and what was resolved, over a real vault and its restarts; and failing
// deliveries as problems of their own.

import { expect, onTestFinished, test } from 'vitest'
import { createProblems } from '#application/problems.ts'
import { NO_PROBLEMS } from '#contract/problems.ts'
import type { TargetState } from '#delivery/target-state.ts'
import { notYetDelivered } from '#engine/delivery-schedule/delivery-schedule.ts'
import type { DeliveryFailure } from '#engine/domain/delivery-model.ts'
import type { Profile } from '#engine/domain/model.ts'
import type { FleetView, Incident } from '#engine/domain/view-model.ts'
import type { SharingStatus, TroubleKind } from '#vault/shared/sharing.ts'
import { FakeClock, START, settle } from '../engine/support/fake-clock.ts'
import { incident } from '../engine/support/incidents.ts'
import { DAY, HOUR, MINUTE, makeApp, makeProfile } from '../engine/support/world.ts'
import { temporaryFolder } from '../vault/support/builders.ts'
import { fakeKeychain } from '../vault/support/fake-keychain.ts'
import { opened } from '../vault/support/opened.ts'

const customers = (count: number): readonly Profile[] =>
  Array.from({ length: count }, (_, index) =>
    makeProfile({
      id: `p${index}`,
      name: 'Contact sync',
      targetOrgId: `org-${index}`,
      orgName: `Org ${index}`,
    }),
  )

const withdrawn = (count: number, over: Partial<Incident> = {}): Incident =>
  incident({
    key: 'not-authorised:app-a',
    serviceApp: { id: 'app-a', name: 'Contact sync', appId: 'APP_a' },
    profileIds: customers(count).map(({ id }) => id),
    customers: count,
    deadline: START + 9 * DAY,
    since: START,
    ...over,
  })

const IN_ORDER: SharingStatus = {
  node: 'laptop (0001)',
  trouble: null,
  agreedAt: START,
  leader: 'server (0002)',
  leadsHere: false,
  leaderlessSince: null,
  unreadable: 0,
  unknownInFlight: 0,
  wentBackAt: null,
}

/** One run of the app over the vault in `folder`, in which the engine has the incidents that are given. */
async function run(folder: string, keychain = fakeKeychain(), leadsHere: boolean | null = null) {
  const clock = new FakeClock()
  const vault = await opened(folder, { keychain })
  let profiles = customers(40)
  let incidents: readonly Incident[] = []
  let failing: readonly Pick<TargetState, 'target' | 'state'>[] = []
  let revision = 0
  let sharing: SharingStatus | null = leadsHere === null ? null : { ...IN_ORDER, leadsHere }
  const copied: string[] = []
  const changed = { times: 0 }
  const engine = {
    now: () => clock.now(),
    fleet: () => ({
      profiles: new Map(profiles.map((profile) => [profile.id, profile])),
      serviceApps: new Map([['app-a', makeApp()]]),
      managers: new Map(),
    }),
  }
  const problems = createProblems({
    clock,
    supervisor: { current: () => ({ engine }) as never },
    undelivered: () => ({ revision, failing }),
    dataSources: () => null,
    sharing: () => sharing,
    failuresBeforeAlert: () => 3,
    copyText: (text) => copied.push(text),
    failed: (error) => {
      throw error
    },
    changed: () => {
      changed.times += 1
    },
  })
  await problems.reload(vault)
  const view = (): FleetView =>
    problems.over({
      now: clock.now(),
      clockSkew: 0,
      profiles: [],
      managers: [],
      incidents,
      allPausedUntil: null,
    })
  let isOpen = true
  const end = async () => {
    if (!isOpen) return
    isOpen = false
    // What is still to be stored is stored within the call.
    await Promise.resolve()
    vault.close()
  }
  onTestFinished(end)
  return {
    vault,
    clock,
    keychain,
    problems,
    copied,
    changed,
    view,
    end,
    show(...next: readonly Incident[]) {
      incidents = next
      return view().incidents
    },
    remove(...ids: readonly string[]) {
      profiles = profiles.filter(({ id }) => !ids.includes(id))
    },
    share(next: Partial<SharingStatus>) {
      sharing = { ...IN_ORDER, ...next }
      return view().incidents
    },
    fail(...next: typeof failing) {
      failing = next
      revision += 1
      return view().incidents
    },
  }
}

const snooze = (app: Awaited<ReturnType<typeof run>>, until: number) =>
  app.problems.snooze({ key: 'not-authorised:app-a', until })

test('a snoozed problem counts nowhere until the snooze ends, also over a restart', async () => {
  const folder = temporaryFolder()
  const first = await run(folder)
  first.show(withdrawn(3))
  expect(first.problems.totals()).toMatchObject({ count: 1, customers: 3, deadline: START + 9 * DAY })
  await snooze(first, START + 3 * DAY)
  expect(first.view().incidents).toMatchObject([{ snoozedUntil: START + 3 * DAY }])
  expect(first.problems.totals()).toEqual({ ...NO_PROBLEMS, snoozed: { count: 1, customers: 3 } })
  await first.end()

  const again = await run(folder, first.keychain)
  // The engine meets it again only after a while.
  expect(again.show()).toEqual([])
  expect(again.show(withdrawn(3))).toMatchObject([{ snoozedUntil: START + 3 * DAY }])
  await again.clock.advance(3 * DAY)
  expect(again.changed.times).toBeGreaterThan(0)
  expect(again.view().incidents[0]?.snoozedUntil).toBeUndefined()
  expect(again.problems.totals().count).toBe(1)
  await again.end()
  const third = await run(folder, first.keychain)
  expect(third.show(withdrawn(3))[0]?.snoozedUntil).toBeUndefined()
})

test.each([
  ['affects one customer more', withdrawn(4)],
  ['gets graver', withdrawn(3, { level: 'critical' })],
  ['turns into something else', withdrawn(3, { code: 'another' })],
])('a snooze ends when the problem %s', async (_, worse) => {
  const app = await run(temporaryFolder())
  app.show(withdrawn(3))
  await snooze(app, START + 30 * DAY)
  expect(app.show(withdrawn(2))[0]?.snoozedUntil).toBe(START + 30 * DAY)
  expect(app.show(worse)[0]?.snoozedUntil).toBeUndefined()
  expect(app.problems.totals().count).toBe(1)
})

test('a snooze can be ended, and one of a problem that is resolved is refused', async () => {
  const app = await run(temporaryFolder())
  app.show(withdrawn(3))
  await snooze(app, START + 3 * DAY)
  await app.problems.snooze({ key: 'not-authorised:app-a', until: null })
  expect(app.view().incidents[0]?.snoozedUntil).toBeUndefined()
  await expect(app.problems.snooze({ key: 'gone', until: START + DAY })).rejects.toThrow('resolved')
})

test('customers whose e-mail was copied are waited for since the first time, also over a restart', async () => {
  const folder = temporaryFolder()
  const app = await run(folder)
  app.show(withdrawn(30))
  await app.problems.copyEmails({ profileIds: ['p0', 'p1'], text: 'To whom it may concern' })
  await app.clock.advance(HOUR)
  await app.problems.copyEmails({ profileIds: ['p1', 'p2'], text: 'A reminder' })
  expect(app.copied).toEqual(['To whom it may concern', 'A reminder'])
  expect(app.view().incidents[0]?.waiting).toEqual({ since: START, customers: 3 })
  await app.end()

  const again = await run(folder, app.keychain)
  expect(again.show(withdrawn(30))[0]?.waiting).toEqual({ since: START, customers: 3 })
  expect(again.problems.notes().waiting).toContainEqual({ profileId: 'p2', since: START + HOUR })
  // p29 to p2 authorized it; p0 and p1 did not yet.
  expect(again.show(withdrawn(2))[0]?.waiting).toEqual({ since: START, customers: 2 })
  expect(again.problems.notes().waiting).toHaveLength(2)
  again.show()
  expect(again.problems.notes().waiting).toEqual([])
})

test('the end of something else leaves those who are waited for', async () => {
  const app = await run(temporaryFolder())
  const down = incident({ key: 'network-down', profileIds: ['p0', 'p1'] })
  app.show(withdrawn(2), down)
  await app.problems.copyEmails({ profileIds: ['p0', 'p1'], text: 'Hello' })
  expect(app.show(withdrawn(2))[0]?.waiting?.customers).toBe(2)
})

test('what is resolved stays for a week in the past tense, also over a restart', async () => {
  const folder = temporaryFolder()
  const app = await run(folder)
  app.show(withdrawn(30), incident({ key: 'network-down', level: 'critical' }))
  app.show()
  expect(
    app.problems
      .notes()
      .resolved.map(({ title }) => title)
      .sort(),
  ).toEqual([
    'Resolved: Webex was reached again',
    'Resolved: renewals of “Contact sync” continued for 30 customers',
  ])
  await app.end()
  const again = await run(folder, app.keychain)
  again.show()
  expect(again.problems.notes().resolved).toHaveLength(2)
  await again.clock.advance(7 * DAY + MINUTE)
  again.show(incident({ key: 'other', level: 'information' }))
  expect(again.problems.notes().resolved).toEqual([])
})

test('customers that come back one by one are counted together when the last one is back', async () => {
  const app = await run(temporaryFolder())
  for (const left of [30, 12, 1]) app.show(withdrawn(left))
  app.show()
  expect(app.problems.notes().resolved).toMatchObject([
    { title: 'Resolved: renewals of “Contact sync” continued for 30 customers', customers: 30 },
  ])
})

test('what comes again is not resolved any more', async () => {
  const app = await run(temporaryFolder())
  app.show(withdrawn(3))
  app.show()
  expect(app.problems.notes().resolved).toHaveLength(1)
  app.show(withdrawn(3))
  expect(app.problems.notes().resolved).toEqual([])
})

test('what only informed, and what was deleted, was not resolved', async () => {
  const app = await run(temporaryFolder())
  app.show(withdrawn(2), incident({ key: 'tier-1-dead:app-a', level: 'information' }))
  app.remove('p0', 'p1')
  app.show()
  expect(app.problems.notes().resolved).toEqual([])
})

test('a session that starts anew resolves nothing, and keeps each snooze', async () => {
  const folder = temporaryFolder()
  const app = await run(folder)
  app.show(withdrawn(3))
  await snooze(app, START + 3 * DAY)
  await app.end()
  const again = await run(folder, app.keychain)
  again.show(withdrawn(3))
  await again.end()
  const third = await run(folder, app.keychain)
  third.show()
  expect(third.problems.notes().resolved).toEqual([])
  expect(third.show(withdrawn(3))[0]?.snoozedUntil).toBe(START + 3 * DAY)
})

test('the list stays the same object while nothing in it has changed', async () => {
  const app = await run(temporaryFolder())
  const before = app.show(withdrawn(3))
  await app.clock.advance(MINUTE)
  expect(app.view().incidents).toBe(before)
})

test('the totals count each customer once, however many problems it has', async () => {
  const app = await run(temporaryFolder())
  app.show(
    withdrawn(30),
    incident({ key: 'wrong-org:app-a', profileIds: ['p1', 'p35'], deadline: START + DAY }),
    incident({ key: 'tier-1-dead:app-a', level: 'information', profileIds: ['p39'], deadline: START }),
  )
  expect(app.problems.totals()).toEqual({
    count: 2,
    customers: 31,
    deadline: START + DAY,
    snoozed: { count: 0, customers: 0 },
  })
  await app.problems.snooze({ key: 'not-authorised:app-a', until: START + DAY })
  app.view()
  expect(app.problems.totals()).toMatchObject({
    count: 1,
    customers: 2,
    snoozed: { count: 1, customers: 30 },
  })
})

const target = (index: number, failure: Partial<DeliveryFailure> = {}, held = false) => {
  const path = `/srv/org ${index}/.env`
  return {
    target: {
      id: `t${index}`,
      profileId: `p${index}`,
      createdAt: START,
      spec: {
        kind: 'env-file' as const,
        path,
        accessTokenName: 'TOKEN',
        refreshTokenName: null,
        confirmed: [],
      },
    },
    state: {
      ...notYetDelivered,
      held,
      failure: {
        at: START + index,
        fingerprint: 'a1b2c3d4',
        sentence: `The disk that holds ${path} is full. Free some space; the file was not changed.`,
        failures: 3,
        retryAt: START + HOUR,
        ...failure,
      },
    },
  }
}

test('failing deliveries of one service app with one cause are one problem, whatever their files are', async () => {
  const app = await run(temporaryFolder())
  const full = [0, 1, 2, 3, 4].map((index) => target(index))
  expect(app.fail(...full)).toMatchObject([
    {
      code: 'undelivered',
      level: 'warning',
      title: 'Tokens of “Contact sync” not delivered for 5 customers',
      sentence: 'The disk that holds the file is full. Free some space; the file was not changed.',
      fix: { kind: 'deliver', profileId: 'p0' },
      serviceApp: { id: 'app-a' },
      customers: 5,
      since: START,
    },
  ])
  expect(app.problems.totals()).toMatchObject({ count: 1, customers: 5 })
  expect(app.fail(...full.slice(0, 1))).toMatchObject([
    {
      title: 'Tokens of “Contact sync” not delivered for Org 0',
      sentence: 'The disk that holds /srv/org 0/.env is full. Free some space; the file was not changed.',
    },
  ])
  expect(app.fail()).toEqual([])
  expect(app.problems.notes().resolved.map(({ title }) => title)).toEqual([
    'Resolved: tokens were delivered again',
  ])
})

test('other causes are other problems, and what is held is one that delivering does not fix', async () => {
  const app = await run(temporaryFolder())
  const found = app.fail(
    target(0),
    target(1, { sentence: 'The command failed with exit code 1.' }),
    target(2, {}, true),
  )
  expect(found.map(({ code, fix }) => [code, fix?.kind ?? null])).toEqual([
    ['undelivered', 'deliver'],
    ['undelivered', 'deliver'],
    ['delivery-held', null],
  ])
  expect(new Set(found.map(({ key }) => key)).size).toBe(3)
})

test('what was a problem is resolved, also where what is left of it at the end only informs', async () => {
  const app = await run(temporaryFolder())
  const young = target(1, { failures: 1 })
  expect(app.fail(target(0), young)).toMatchObject([{ level: 'warning', customers: 2 }])
  expect(app.fail(young)).toMatchObject([{ level: 'information', customers: 1 }])
  app.fail()
  expect(app.problems.notes().resolved).toMatchObject([{ level: 'warning', customers: 2 }])
})

test('a delivery that failed once and is retried only informs', async () => {
  const app = await run(temporaryFolder())
  expect(app.fail(target(0, { failures: 1 }))).toMatchObject([{ level: 'information' }])
  expect(app.problems.totals().count).toBe(0)
  expect(app.fail(target(0, { failures: 1, retryAt: null }))).toMatchObject([{ level: 'warning' }])
})

test('a target of a profile that is gone is no problem', async () => {
  const app = await run(temporaryFolder())
  app.remove('p0')
  expect(app.fail(target(0))).toEqual([])
})

const troubleOf = (kind: TroubleKind, sentence: string, since: number) => ({
  ...{ kind, sentence, since },
  recipient: null,
})

test.each([
  ['removed', 'This computer was removed from the shared vault'],
  ['not-yet-a-member', 'This computer waits to be added to the shared vault'],
] as const)('a shared vault that lets this computer read nothing is not away: %s', async (kind, title) => {
  const app = await run(temporaryFolder())
  app.share({ trouble: troubleOf(kind, 'It is no member.', START), leader: null })
  await app.clock.advance(MINUTE)
  expect(app.view().incidents).toMatchObject([{ level: 'warning', title }])
})

test('a shared vault that is away is a problem with its age, and a grave one after five minutes', async () => {
  const app = await run(temporaryFolder())
  const trouble = troubleOf('not-usable', 'The database cannot be reached.', START)
  expect(app.share({ trouble, leader: null })).toEqual([])
  await app.clock.advance(MINUTE)
  expect(app.changed.times).toBeGreaterThan(0)
  expect(app.view().incidents).toMatchObject([
    {
      level: 'warning',
      title: 'The shared vault has been unavailable for 1 min',
      fix: { kind: 'show-shared-vault' },
      owner: 'database',
      since: START,
    },
  ])
  await app.clock.advance(4 * MINUTE)
  expect(app.view().incidents).toMatchObject([{ level: 'critical' }])
  expect(app.view().incidents[0]?.sentence).toContain('The database cannot be reached. The state of')
  await app.clock.advance(2 * HOUR)
  expect(app.view().incidents[0]?.title).toBe('The shared vault has been unavailable for 2 h')
  // The engine, which could not store something, says the same.
  const own = incident({ key: 'shared-vault', level: 'critical', since: START })
  expect(app.show(own)).toHaveLength(1)
  app.show()
  expect(app.share({})).toEqual([])
  expect(app.problems.notes().resolved).toMatchObject([
    { title: 'Resolved: the shared vault was reached again', level: 'critical' },
  ])
})

test('nobody renewing is told after five minutes, in steps, and not while the database is away', async () => {
  const app = await run(temporaryFolder())
  app.share({ leader: null, leaderlessSince: START })
  await app.clock.advance(5 * MINUTE - 1)
  expect(app.view().incidents).toEqual([])
  await app.clock.advance(1)
  const titles = () => app.view().incidents.map(({ level, title }) => `${level}: ${title}`)
  expect(titles()).toEqual(['critical: No computer has renewed tokens for 5 min'])
  const before = app.view().incidents
  await app.clock.advance(4 * MINUTE)
  expect(app.view().incidents).toBe(before)
  await app.clock.advance(MINUTE)
  expect(titles()).toEqual(['critical: No computer has renewed tokens for 10 min'])
  const trouble = troubleOf('not-usable', 'Away.', app.clock.now())
  expect(app.share({ leader: null, leaderlessSince: START, trouble })).toEqual([])
})

test('a database that went back, and records that cannot be read, are warnings', async () => {
  const app = await run(temporaryFolder())
  expect(app.share({ wentBackAt: START, unreadable: 2 })).toMatchObject([
    { level: 'warning', code: 'shared-vault-went-back' },
    { level: 'warning', title: '2 records of the shared vault cannot be read' },
  ])
  await app.clock.advance(DAY)
  expect(app.view().incidents).toMatchObject([{ code: 'shared-vault-unreadable', since: START }])
})

test.each([
  ['its own', null, 1],
  ['shared, and this computer renews', true, 1],
  ['shared, and another computer renews', false, 0],
])('what has ended is noted by one computer: the vault is %s', async (_, leadsHere, noted) => {
  const app = await run(temporaryFolder(), fakeKeychain(), leadsHere)
  app.show(withdrawn(2))
  app.show()
  // What it stores, it has begun to.
  await settle()
  expect((await app.vault.problemNotes.load()).resolved).toHaveLength(noted)
})

test('what another computer notes is taken over, and what has ended meanwhile is still seen', async () => {
  const app = await run(temporaryFolder(), fakeKeychain(), true)
  const [snoozed] = app.show(withdrawn(2))
  const { key, level, code, customers: affected } = snoozed ?? withdrawn(2)
  const until = START + DAY
  const note = { key, level, code, customers: affected, until }
  await app.vault.problemNotes.update(() => ({ snoozed: [note], waiting: [], resolved: [] }))
  await app.problems.reread()
  expect(app.view().incidents).toMatchObject([{ key, snoozedUntil: until }])
  app.show()
  await expect.poll(async () => (await app.vault.problemNotes.load()).resolved.length).toBe(1)
  expect((await app.vault.problemNotes.load()).snoozed).toEqual([])
})
