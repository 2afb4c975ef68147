import { describe, expect, test } from 'vitest'
import { hostlessTrayModel, roughly, type TrayEntry, trayModel } from '#desktop/tray/tray-menu.ts'
import type { FleetView, Incident, ProfileView } from '#engine/domain/view-model.ts'
import { incident } from '../engine/support/incidents.ts'

const NOW = Date.UTC(2026, 0, 2, 12)
const HOUR = 3_600_000
const DAY = 24 * HOUR

function profile(
  given: Partial<ProfileView> & { readonly id: string; readonly expiresIn?: number },
): ProfileView {
  const { expiresIn = 10 * DAY, ...rest } = given
  return {
    name: given.id,
    appId: 'app',
    clientId: 'client',
    targetOrgId: `org of ${given.id}`,
    orgName: null,
    managerId: null,
    probe: { kind: 'data-sources' },
    state: 'healthy',
    sentence: null,
    fix: null,
    accessToken: {
      fingerprint: 'a1b2c3d4',
      issuedAt: NOW,
      expiresAt: NOW + expiresIn,
      origin: 'refresh-grant',
    },
    refreshToken: null,
    nextRefresh: null,
    isUnattended: false,
    unattendedUntil: null,
    ladder: [],
    last: null,
    unsaved: false,
    ...rest,
  }
}

function fleet(profiles: readonly ProfileView[], given: Partial<FleetView> = {}): FleetView {
  return { now: NOW, clockSkew: 0, profiles, managers: [], incidents: [], allPausedUntil: null, ...given }
}

const cause = (
  level: Incident['level'],
  title = 'Reconnect the integration',
  given: Partial<Incident> = {},
): Incident => incident({ key: `${level}:${title}`, level, title, since: NOW, ...given })

const model = (view: FleetView) => trayModel(view, 'App')
const labels = (entries: readonly TrayEntry[]) =>
  entries.flatMap((entry) => (entry.kind === 'separator' ? [] : [entry.label]))
const submenus = (view: FleetView) => labels(model(view).entries.filter((entry) => entry.kind === 'submenu'))
const actionNamed = (view: FleetView, label: string) =>
  model(view).entries.find((entry) => entry.kind === 'action' && entry.label === label)

describe('the icon shows the worst there is:', () => {
  const healthy = profile({ id: 'h' })
  test.each([
    ['healthy', fleet([])],
    ['healthy', fleet([healthy, profile({ id: 'p', state: 'paused' })])],
    ['working', fleet([healthy, profile({ id: 'r', state: 'refreshing' })])],
    ['working', fleet([healthy, profile({ id: 'r', state: 'retrying' })])],
    ['attention', fleet([healthy], { incidents: [cause('warning')] })],
    [
      'attention',
      fleet([healthy], { incidents: [cause('critical', 'Ends soon', { deadline: NOW + HOUR })] }),
    ],
    ['healthy', fleet([healthy], { incidents: [cause('information')] })],
    ['expired', fleet([healthy], { incidents: [cause('critical', 'Expired', { deadline: NOW - HOUR })] })],
  ])('%s', (icon, view) => {
    expect(model(view).icon).toBe(icon)
  })

  test.each([
    profile({ id: 'n', state: 'needs-attention' }),
    profile({ id: 'e', state: 'expired', expiresIn: -HOUR }),
  ])('healthy while its only problem is snoozed: $state', (one) => {
    const snoozed = cause('critical', 'Snoozed', { deadline: NOW - HOUR, snoozedUntil: NOW + DAY })
    const { icon, tooltip } = model(fleet([one], { incidents: [snoozed] }))
    expect(tooltip).toContain(': 1 snoozed · ')
    expect(icon).toBe('healthy')
    expect(tooltip).not.toContain('Snoozed')
  })
})

describe('the tooltip says it in words:', () => {
  test.each([
    ['App: no service apps yet', fleet([])],
    ['App: 1 customer, all healthy', fleet([profile({ id: 'a' })])],
    [
      'App: 4 customers: 1 expired, 2 need attention',
      fleet([
        profile({ id: 'a' }),
        profile({ id: 'b', state: 'needs-attention' }),
        profile({ id: 'c', state: 'needs-attention' }),
        profile({ id: 'd', state: 'expired' }),
      ]),
    ],
    [
      'App: Reconnect the integration · 1 customer, all healthy',
      fleet([profile({ id: 'a' })], { incidents: [cause('critical')] }),
    ],
    [
      'App: 2 problems · 1 customer, all healthy',
      fleet([profile({ id: 'a' })], {
        incidents: [cause('critical'), cause('warning', 'Other'), cause('information')],
      }),
    ],
    ['App: paused · 1 customer, all healthy', fleet([profile({ id: 'a' })], { allPausedUntil: NOW + HOUR })],
  ])('%s', (tooltip, view) => {
    expect(model(view).tooltip).toBe(tooltip)
  })
})

describe('the menu', () => {
  test('begins with the problems, which it leads to', () => {
    const view = fleet([profile({ id: 'a' })], { incidents: [cause('critical'), cause('warning', 'Other')] })
    expect(model(view).entries[0]).toEqual({
      kind: 'action',
      label: '2 problems · 1 customer, all healthy',
      action: { kind: 'show-problems' },
      enabled: true,
    })
  })

  test('has those who need someone first, then the soonest to expire', () => {
    const view = fleet([
      profile({ id: 'late', expiresIn: 9 * DAY }),
      profile({ id: 'paused', state: 'paused', expiresIn: HOUR }),
      profile({ id: 'soon', expiresIn: 2 * DAY }),
      profile({ id: 'needs', state: 'needs-attention', expiresIn: 12 * DAY }),
      profile({ id: 'gone', state: 'expired', expiresIn: -HOUR }),
    ])
    expect(submenus(view)).toEqual([
      'gone: expired',
      'needs: needs attention',
      'soon: 2 d left',
      'late: 9 d left',
      'paused: paused',
    ])
  })

  test('keeps a name and an org that are written from right to left in their places', () => {
    const view = fleet([
      profile({ id: 'a', name: 'הזמנות (2)', orgName: 'חברה', expiresIn: 2 * DAY }),
      profile({ id: 'b', name: '\u202eOrders', expiresIn: 3 * DAY }),
    ])
    expect(submenus(view)).toEqual([
      '\u2068הזמנות (2)\u2069 · \u2068חברה\u2069: 2 d left',
      '\\u{202e}Orders: 3 d left',
    ])
  })

  test('names the org, and says what stands in the way', () => {
    const view = fleet([
      profile({ id: 'a', orgName: 'Acme', state: 'retrying', expiresIn: 5 * HOUR }),
      profile({ id: 'b', state: 'not-yet-issued', accessToken: null }),
    ])
    expect(submenus(view)).toEqual(['b: no token yet', 'a · Acme: retrying, 5 h left'])
  })

  test('shows ten of many and leads to the rest', () => {
    const many = Array.from({ length: 40 }, (_, index) =>
      profile({ id: `app ${index}`, expiresIn: (40 - index) * DAY }),
    )
    expect(submenus(fleet(many)).map((label) => label.split(':')[0])).toEqual(
      Array.from({ length: 10 }, (_, index) => `app ${39 - index}`),
    )
    expect(actionNamed(fleet(many), 'More…')).toMatchObject({ action: { kind: 'show' } })
    expect(actionNamed(fleet(many.slice(0, 10)), 'More…')).toBeUndefined()
  })

  test('lets each be copied and refreshed', () => {
    const [entry] = model(fleet([profile({ id: 'a' })])).entries.filter(({ kind }) => kind === 'submenu')
    expect(entry).toMatchObject({
      entries: [
        { label: 'Copy token', enabled: true, action: { kind: 'copy-token', profileId: 'a' } },
        { label: 'Refresh', enabled: true, action: { kind: 'refresh', profileId: 'a' } },
      ],
    })
  })

  test('copies nothing where there is no token, and refreshes nothing twice', () => {
    const view = fleet([
      profile({ id: 'a', state: 'not-yet-issued', accessToken: null }),
      profile({ id: 'b', state: 'refreshing' }),
    ])
    const enabled = model(view).entries.flatMap((entry) =>
      entry.kind === 'submenu'
        ? [entry.entries.map((inner) => inner.kind === 'action' && inner.enabled)]
        : [],
    )
    expect(enabled).toEqual([
      [false, true],
      [true, false],
    ])
  })

  test('ends with what is always there', () => {
    expect(labels(model(fleet([profile({ id: 'a' })])).entries).slice(-4)).toEqual([
      'Refresh all due',
      'Pause for 1 hour',
      'Open',
      'Quit',
    ])
  })

  test('offers to resume while everything is paused', () => {
    const view = fleet([profile({ id: 'a' })], { allPausedUntil: NOW + HOUR })
    expect(actionNamed(view, 'Resume')).toMatchObject({ action: { kind: 'resume' } })
    expect(actionNamed(view, 'Pause for 1 hour')).toBeUndefined()
  })

  test('has nothing to refresh or pause in an empty app, but opens and quits', () => {
    expect(actionNamed(fleet([]), 'Refresh all due')).toMatchObject({ enabled: false })
    expect(actionNamed(fleet([]), 'Open')).toMatchObject({ enabled: true })
  })

  test('stays the same while only seconds pass, so that it does not close under the pointer', () => {
    const one = profile({ id: 'a', expiresIn: 10 * DAY - 1 })
    expect(model(fleet([one], { now: NOW + 45 * 60_000 }))).toEqual(model(fleet([one])))
  })

  test('of ten thousand is made within a frame or two', () => {
    const many = Array.from({ length: 10_000 }, (_, index) =>
      profile({ id: `app ${index}`, expiresIn: ((index * 7919) % 10_000) * 60_000 }),
    )
    model(fleet(many))
    const began = process.cpuUsage()
    model(fleet(many))
    expect(process.cpuUsage(began).user).toBeLessThan(50_000)
  })
})

describe('while the app is locked', () => {
  const secretive = fleet(
    [
      profile({ id: 'Payroll', orgName: 'Acme', state: 'needs-attention' }),
      profile({ id: 'Orders', orgName: 'Globex', expiresIn: HOUR }),
    ],
    { incidents: [cause('warning', '“Payroll” is no longer authorized in Acme')] },
  )

  const paused = { ...secretive, allPausedUntil: NOW + HOUR }

  test.each([secretive, paused])(
    'the menu has a way to unlock, and nothing that stops or starts a renewal',
    (view) => {
      const { entries } = trayModel(view, 'App', true)
      expect(labels(entries)).toEqual(['locked, a problem needs attention', 'Open', 'Quit'])
      expect(labels(hostlessTrayModel(view, 'App', true).entries)).toEqual(['Open', 'Quit'])
    },
  )

  test('no name is in any of it', () => {
    expect(JSON.stringify(trayModel(secretive, 'App', true))).not.toMatch(/Payroll|Orders|Acme|Globex/)
  })

  test.each([
    ['healthy', 'App: locked, no problems', 'healthy', []],
    ['working', 'App: locked, renewing', 'refreshing', []],
    ['attention', 'App: locked, a problem needs attention', 'needs-attention', [cause('warning')]],
    ['expired', 'App: locked, a token has expired', 'expired', [cause('critical', '', { deadline: NOW })]],
  ] as const)('the icon still shows the state: %s', (icon, tooltip, state, incidents) => {
    const view = fleet([profile({ id: 'a', state })], { incidents })
    expect(trayModel(view, 'App', true)).toMatchObject({ icon, tooltip })
  })
})

describe('on a desktop without a tray host', () => {
  const hostless = (view: FleetView) => hostlessTrayModel(view, 'App')
  const before = hostless(fleet([profile({ id: 'a' })]))

  test('a renewal changes nothing but the tooltip', () => {
    const during = hostless(fleet([profile({ id: 'a', state: 'refreshing' })]))
    expect(during).toEqual({ ...before, tooltip: 'App: 1 customer: 1 refreshing' })
    expect(hostless(fleet([profile({ id: 'a', expiresIn: 14 * DAY })]))).toEqual(before)
  })

  test('the menu offers what is always there', () => {
    expect(labels(before.entries)).toEqual(['Refresh all due', 'Pause for 1 hour', 'Open', 'Quit'])
    const paused = hostless(fleet([profile({ id: 'a' })], { allPausedUntil: NOW + HOUR }))
    expect(labels(paused.entries)).toContain('Resume')
  })

  test.each(['attention', 'expired'] as const)('the icon still shows what needs someone: %s', (icon) => {
    const deadline = icon === 'expired' ? NOW - HOUR : NOW + HOUR
    const incidents = [cause('critical', 'Ends', { deadline })]
    expect(hostless(fleet([profile({ id: 'a' })], { incidents })).icon).toBe(icon)
  })
})

test.each([
  [-HOUR, 'under 5 min'],
  [4 * 60_000, 'under 5 min'],
  [59 * 60_000, '55 min'],
  [HOUR, '1 h'],
  [47 * HOUR, '47 h'],
  [48 * HOUR, '2 d'],
  [13.9 * DAY, '13 d'],
])('%d ms are roughly %s', (left, words) => {
  expect(roughly(left)).toBe(words)
})
