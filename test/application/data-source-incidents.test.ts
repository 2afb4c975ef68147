// What a person is told of data sources: one problem for each cause and service app.
import { describe, expect, test } from 'vitest'
import { dataSourceIncidents, nextDataSourceIncident } from '#application/data-source-incidents.ts'
import { dataSourceTotals } from '#application/data-sources.ts'
import type { KeptDataSourceView } from '#engine/domain/data-source.ts'
import type { Fleet, Profile } from '#engine/domain/model.ts'
import { resolvedTitle } from '#engine/view/incidents.ts'
import { aKept } from '../engine/support/fake-data-sources.ts'
import { DAY, HOUR, MINUTE, makeApp, makeProfile } from '../engine/support/world.ts'

const NOW = Date.UTC(2026, 4, 18, 12)
const profiles = [
  makeProfile({ id: 'one', name: 'Orders Acme', orgName: 'Acme', targetOrgId: 'org-1' }),
  makeProfile({ id: 'two', name: 'Orders Beta', orgName: 'Beta', targetOrgId: 'org-2' }),
]
const fleetOf = (all: readonly Profile[] = profiles): Fleet => ({
  serviceApps: new Map([['app-a', makeApp()]]),
  profiles: new Map(all.map((profile) => [profile.id, profile])),
  managers: new Map(),
})

function kept(id: string, change: Partial<KeptDataSourceView> = {}): KeptDataSourceView {
  const times = { issuedAt: NOW - 9 * HOUR, expiresAt: NOW + 15 * HOUR }
  return {
    ...aKept(id, times),
    isDisabled: false,
    isRenewing: false,
    nextRenewal: NOW + HOUR,
    failure: null,
    ...change,
  }
}

type Failure = NonNullable<KeptDataSourceView['failure']>
const failure = (change: Partial<Failure> = {}): Failure => ({
  kind: 'server',
  sentence: 'Webex is having problems.',
  isRefusal: false,
  owner: 'nobody-or-cisco',
  since: NOW - MINUTE,
  failures: 1,
  trackingId: null,
  ...change,
})
const refusal = failure({ kind: 'not-permitted', isRefusal: true, owner: 'app-owner', sentence: 'No scope.' })
const lapsed = { issuedAt: NOW - 25 * HOUR, expiresAt: NOW - HOUR }
const told = (sources: readonly KeptDataSourceView[], fleet = fleetOf(), isAllPaused = false) =>
  dataSourceIncidents(sources, fleet, { now: NOW, failuresBeforeAlert: 3, isAllPaused })

describe('nothing is told', () => {
  test.each<[string, Partial<KeptDataSourceView>]>([
    ['while it is renewed on time', {}],
    ['of one that is disabled', { ...lapsed, isDisabled: true }],
    ['of one that ended before this start, before it was tried', lapsed],
    ['of a lapse of two days ago', { lapse: { from: NOW - 3 * DAY, until: NOW - 2 * DAY } }],
  ])('%s', (_, change) => {
    expect(told([kept('d', change)])).toEqual([])
  })

  test('of one whose service app is gone', () => {
    expect(told([kept('d', { failure: refusal })], fleetOf([]))).toEqual([])
  })
})

describe('a problem', () => {
  test.each<[string, Partial<KeptDataSourceView>, string, string, string]>([
    [
      'that may pass, with hours left',
      { failure: failure() },
      'information',
      'data-source-failing',
      'Data source of “Orders Acme” cannot be renewed in Acme',
    ],
    [
      'that does not pass',
      { failure: failure({ failures: 3 }) },
      'warning',
      'data-source-failing',
      'Data source of “Orders Acme” cannot be renewed in Acme',
    ],
    [
      'in the last hour',
      { failure: failure(), expiresAt: NOW + 50 * MINUTE },
      'warning',
      'data-source-failing',
      'Data source of “Orders Acme” cannot be renewed in Acme',
    ],
    [
      'that it has lapsed',
      { failure: failure(), ...lapsed },
      'critical',
      'data-source-lapsed',
      'Data source of “Orders Acme” lapsed in Acme',
    ],
    [
      'that needs a person',
      { failure: refusal },
      'warning',
      'data-source-not-permitted',
      '“Orders Acme” is not permitted to renew its data sources in Acme',
    ],
    [
      'that needs a person, in the last hour',
      { failure: refusal, expiresAt: NOW + MINUTE },
      'critical',
      'data-source-not-permitted',
      '“Orders Acme” is not permitted to renew its data sources in Acme',
    ],
    [
      'that it was removed',
      { failure: failure({ kind: 'removed', isRefusal: true }) },
      'warning',
      'data-source-removed',
      'Data source of “Orders Acme” no longer exists in Acme',
    ],
    [
      'that it had lapsed',
      { lapse: { from: NOW - 4 * HOUR, until: NOW - HOUR } },
      'warning',
      'data-source-lapse',
      'Data source of “Orders Acme” had lapsed in Acme',
    ],
  ])('%s', (_, change, level, code, title) => {
    expect(told([kept('d', change)])).toMatchObject([
      { level, code, title, profileIds: ['one'], customers: 1 },
    ])
  })

  test('of a lapse says for how long there was no data, and what prevents it', () => {
    const [incident] = told([kept('d', { lapse: { from: NOW - 4 * HOUR, until: NOW - HOUR } })])
    expect(incident).toMatchObject({
      sentence: expect.stringMatching(/no data for about 3 h\..*run at least once/),
      since: NOW - 4 * HOUR,
      deadline: null,
    })
  })

  test('while all renewals are paused is told in time to resume them', () => {
    const ending = kept('d', { issuedAt: NOW - 23.5 * HOUR, expiresAt: NOW + HOUR / 2 })
    expect(told([kept('e'), ending])).toEqual([])
    expect(told([kept('e'), ending], fleetOf(), true)).toMatchObject([
      { code: 'data-source-paused', level: 'warning', fix: { kind: 'show-data-sources' } },
    ])
    expect(told([kept('d', lapsed)], fleetOf(), true)).toMatchObject([
      { code: 'data-source-lapsed-paused', level: 'critical' },
    ])
  })

  test('while everything of a service app is paused is told in time to resume it', () => {
    const paused = fleetOf([{ ...(profiles[0] as Profile), paused: true }])
    expect(told([kept('d')], paused)).toEqual([])
    const ending = [kept('d', { expiresAt: NOW + 30 * MINUTE })]
    expect(told(ending, paused)).toMatchObject([
      { level: 'warning', fix: { kind: 'resume', profileId: 'one' } },
    ])
    expect(told([kept('d', lapsed)], paused)).toMatchObject([
      { level: 'critical', key: 'data-source-paused:app-a' },
    ])
  })

  test('is one for each service app, however many data sources and customers it affects', () => {
    const sources = [
      kept('a', { failure: refusal }),
      kept('b', { failure: refusal, profileId: 'two', expiresAt: NOW + 30 * MINUTE }),
      kept('c', { failure: failure(), profileId: 'two' }),
    ]
    expect(told(sources).map(({ key, level, title, customers }) => [key, level, title, customers])).toEqual([
      [
        'data-source-not-permitted:app-a',
        'critical',
        '“Orders” is not permitted to renew its data sources in 2 orgs',
        2,
      ],
      [
        'data-source-failing:app-a',
        'information',
        'Data source of “Orders Beta” cannot be renewed in Beta',
        1,
      ],
    ])
    expect(told(sources)[0]?.deadline).toBe(NOW + 30 * MINUTE)
  })

  test('that ends is resolved in words of its own', () => {
    const [incident] = told([kept('d', { failure: failure(), ...lapsed })])
    if (incident === undefined) throw new Error('nothing was told')
    expect(resolvedTitle(incident)).toBe('Resolved: data sources were renewed')
  })
})

test('what changes through time alone is looked at in time', () => {
  expect(nextDataSourceIncident([], NOW)).toBe(Number.POSITIVE_INFINITY)
  expect(nextDataSourceIncident([kept('d')], NOW)).toBe(NOW + 14 * HOUR)
  expect(nextDataSourceIncident([kept('d', { expiresAt: NOW + 30 * MINUTE })], NOW)).toBe(NOW + 30 * MINUTE)
  const lapse = { from: NOW - 4 * HOUR, until: NOW - HOUR }
  expect(nextDataSourceIncident([kept('d', { ...lapsed, lapse })], NOW)).toBe(NOW + 23 * HOUR)
})

describe('what lapses while the app does not run', () => {
  const totals = (sources: readonly KeptDataSourceView[]) =>
    dataSourceTotals({ revision: 1, kept: () => sources }, NOW)

  test.each<[string, Partial<KeptDataSourceView>]>([
    ['that Webex has no more', { failure: failure({ kind: 'removed', isRefusal: true }) }],
    ['that lapsed a day ago', { expiresAt: NOW - DAY }],
    ['that lapsed a month ago', { expiresAt: NOW - 30 * DAY, failure: refusal }],
    ['that is disabled', { isDisabled: true }],
  ])('leaves out one %s', (_, change) => {
    expect(totals([kept('d', change)])).toMatchObject({ kept: 0, firstEnd: null })
    expect(totals([kept('d', change), kept('e')])).toMatchObject({ kept: 1, firstEnd: NOW + 15 * HOUR })
  })

  test.each<[string, Partial<KeptDataSourceView>, number | null]>([
    ['whose end is not known', { expiresAt: null }, null],
    ['that lapsed an hour ago and may be renewed', { expiresAt: NOW - HOUR }, NOW - HOUR],
    ['that fails', { failure: refusal }, NOW + 15 * HOUR],
  ])('has one %s', (_, change, firstEnd) => {
    expect(totals([kept('d', change)])).toMatchObject({ kept: 1, firstEnd })
  })
})
