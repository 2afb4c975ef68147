import { describe, expect, test } from 'vitest'
import { commonName } from '#base/common/common-name.ts'
import type { ProfileView } from '#contract/contract.ts'
import { readViewState, SORTS } from '#contract/view-state.ts'
import { type ListChoice, rowReader, rowsOf } from '#renderer/features/service-apps/rows.ts'
import { DAY, fleetOf, HOUR, inState, NOW, orgIdOf, profile } from './fake-view.ts'

const all: ListChoice = {
  ...readViewState(null).list,
  sort: 'expiry',
  folded: new Set(),
  among: null,
  undelivered: new Set(),
  now: NOW,
}
const names = (rows: ReturnType<typeof rowsOf>) =>
  rows.map((row) => (row.kind === 'group' ? `[${row.name}]` : row.profile.name))

test('a state is counted among what search and filters leave, whichever state is chosen', () => {
  const profiles = fleetOf(12, 3).map((one, i) => (i % 4 === 0 ? inState('needs-attention', one) : one))
  const found = (choice: Partial<ListChoice>) => rowReader()(profiles, { ...all, ...choice }).found
  expect(found({})).toMatchObject({ 'needs-attention': 3, healthy: 9 })
  expect(found({ state: 'healthy' })).toMatchObject({ 'needs-attention': 3, healthy: 9 })
  const [first] = profiles
  const search = first?.orgName ?? ''
  const alike = profiles.filter(({ orgName }) => orgName === search)
  const troubled = alike.filter(({ state }) => state === 'needs-attention').length
  expect(found({ search })).toMatchObject({
    'needs-attention': troubled,
    healthy: alike.length - troubled,
    expired: 0,
  })
  expect(found({ among: new Set([profiles[4]?.id ?? '']) })).toMatchObject({
    'needs-attention': 1,
    healthy: 0,
  })
})

describe('rows of the list', () => {
  test('a service app in one org stands alone', () => {
    expect(names(rowsOf([profile({ id: 'a', name: 'Orders' })], all))).toEqual(['Orders'])
  })

  test('a service app in several orgs is grouped, soonest to expire first', () => {
    const rows = rowsOf(fleetOf(3, 3), all)
    expect(names(rows)).toEqual(
      ['[Orders]', 'Orders', 'Orders', 'Orders'].map((n, i) => (i === 0 ? n : names(rows)[i])),
    )
    const ends = rows.flatMap((row) =>
      row.kind === 'profile' ? (row.profile.accessToken?.expiresAt ?? 0) : [],
    )
    expect(ends).toEqual(ends.toSorted((a, b) => a - b))
  })

  test('a group counts how its orgs fare', () => {
    const [one, two, three] = fleetOf(3, 3)
    if (!one || !two || !three) throw new Error('three were asked for')
    const [group] = rowsOf([inState('needs-attention', one), inState('expired', two), three], all)
    const counts = { healthy: 1, 'needs-attention': 1, expired: 1 }
    expect(group).toMatchObject({
      kind: 'group',
      profileIds: expect.toSatisfy((ids: string[]) => ids.length === 3),
      counts: expect.objectContaining(counts),
    })
  })

  test('a folded group hides its orgs, except from a search', () => {
    const profiles = fleetOf(3, 3)
    const folded = { ...all, folded: new Set([`service-app ${profiles[0]?.appId}`]) }
    expect(rowsOf(profiles, folded)).toHaveLength(1)
    expect(rowsOf(profiles, { ...folded, search: 'orders' })).toHaveLength(4)
  })

  test('what has no token yet comes first', () => {
    const rows = rowsOf(
      [
        profile({ id: 'a', appId: 'a', name: 'A' }),
        profile({ id: 'b', appId: 'b', name: 'B', accessToken: null }),
      ],
      all,
    )
    expect(names(rows)).toEqual(['B', 'A'])
  })

  test('a search finds every word in names and ids, the readable org id too', () => {
    const one = profile({ id: 'a', name: 'Orders of Acme', targetOrgId: orgIdOf(5) })
    const uuid = Buffer.from(orgIdOf(5), 'base64').toString().split('/').at(-1)
    for (const search of ['acme orders', 'ORDERS', uuid ?? 'none', one.clientId]) {
      expect(rowsOf([one], { ...all, search })).toHaveLength(1)
    }
    expect(rowsOf([one], { ...all, search: 'acme globex' })).toEqual([])
  })
})

describe('the name of a group', () => {
  test.each([
    [['Orders Acme', 'Orders Globex'], 'Orders'],
    [['Orders (Acme)', 'Orders (Globex)'], 'Orders'],
    [['Orders – EU', 'Orders – US'], 'Orders'],
    [['Orders', 'Orders'], 'Orders'],
    [['Acme', 'Globex'], 'Acme'],
    [['Orders (Acme EU)', 'Orders (Acme US)', 'Orders (Globex)'], 'Orders'],
    [['Orders: /Acme', 'Orders: /Globex'], 'Orders'],
    [['EU/Orders 1', 'EU/Orders 2'], 'EU/Orders'],
    [['  - Acme', '  - Globex'], '  - Acme'],
    [['Übung · A', 'Übung · B'], 'Übung'],
  ])('of %j is %s', (members, name) => {
    expect(commonName(members)).toBe(name)
  })
})

describe('a change of one service app among many', () => {
  const before = fleetOf(60, 6)
  const newRows = (change: (one: ProfileView) => ProfileView) => {
    const reader = rowReader()
    const { rows } = reader(before, all)
    const { rows: after } = reader(
      before.map((one, place) => (place === 7 ? change(one) : one)),
      all,
    )
    return after.filter((row) => !rows.includes(row)).map(({ key }) => key)
  }
  const [id, appId] = [before[7]?.id, before[7]?.appId]

  test('makes its row and the count of its group anew, so that no other is drawn again', () => {
    expect(newRows((one) => inState('needs-attention', one)).toSorted()).toEqual(
      [`service-app ${appId}`, id].toSorted(),
    )
  })

  test('leaves its group alone where it counts there as before', () => {
    expect(newRows((one) => ({ ...one, unsaved: !one.unsaved }))).toEqual([id])
  })
})

describe('rows of a fleet that changes', () => {
  const [reader, profiles] = [rowReader(), fleetOf(60, 6)]

  test.each(SORTS)('by %s are what they would be read anew, whatever changed, came or went', (sort) => {
    const choice = { ...all, sort }
    reader(profiles, choice)
    const changed = profiles
      .filter((_, i) => i % 7 !== 3)
      .map((one, i) => (i % 5 === 0 ? { ...one, name: `A ${one.name}`, accessToken: null } : one))
    const next = [...changed, profile({ id: 'new', name: 'Mine' })]
    expect(reader(next, choice).rows).toEqual(rowsOf(next, choice))
  })

  test('of what did not change are the same rows', () => {
    const { rows: before } = reader(profiles, all)
    const [first, ...others] = profiles
    if (first === undefined) throw new Error('sixty were asked for')
    const after = new Set(reader([{ ...first, name: 'Changed' }, ...others], all).rows)
    const kept = before.filter((row) => row.kind === 'profile' && after.has(row))
    expect(kept).toHaveLength(59)
  })
})

test('numbers in names count, case and accents do not', () => {
  const named = ['Org 10', 'org 9', 'Órg 11', 'Org'].map((name) => profile({ id: name, appId: name, name }))
  expect(names(rowsOf(named, { ...all, sort: 'name' }))).toEqual(['Org', 'org 9', 'Org 10', 'Órg 11'])
})

describe('problems first', () => {
  const of = (id: string, appId: string, change: Partial<ProfileView>) =>
    profile({ id, name: id, appId, ...change })
  const ending = (days: number): Partial<ProfileView> => ({
    accessToken: { fingerprint: '0', issuedAt: NOW - DAY, expiresAt: NOW + days * DAY, origin: 'pasted' },
  })
  const byProblems = { ...all, sort: 'problems' } as const

  test('ranks a group by its worst: a healthy one that ends sooner stands below one in trouble', () => {
    const rows = rowsOf(
      [
        of('healthy 1', 'a', ending(1)),
        of('healthy 2', 'a', ending(2)),
        of('fine', 'b', ending(9)),
        { ...inState('needs-attention', of('broken', 'b', {})), ...ending(12) },
        { ...inState('expired', of('over', 'c', {})) },
        of('c too', 'c', ending(13)),
      ],
      byProblems,
    )
    const first = rows.flatMap((row) => (row.kind === 'group' ? [rows[rows.indexOf(row) + 1]?.key] : []))
    expect(first).toEqual(['over', 'broken', 'healthy 1'])
  })

  test('leaves what needs a person in its place while it is tried once more', () => {
    const [one, two] = ['needs-attention', 'retrying'].map((state, i) =>
      inState(state as 'retrying', of(state, String(i), ending(10))),
    )
    if (one === undefined || two === undefined) throw new Error('two were made')
    const before = names(rowsOf([of('fine', '9', ending(1)), one, two], byProblems))
    const tried = [one, two].map((each) => ({ ...each, state: 'refreshing' as const }))
    expect(names(rowsOf([of('fine', '9', ending(1)), ...tried], byProblems))).toEqual(before)
    expect(before).toEqual(['needs-attention', 'retrying', 'fine'])
  })
})

describe('what is shown', () => {
  const soon = profile({
    id: 'soon',
    lastTest: { at: NOW, result: 'valid', fingerprint: '0' },
    appId: 'a',
    accessToken: { fingerprint: '0', issuedAt: NOW - DAY, expiresAt: NOW + 47 * HOUR, origin: 'pasted' },
  })
  const lost = { ...inState('needs-attention', profile({ id: 'lost', appId: 'b' })) }
  const fine = profile({ id: 'fine', appId: 'c' })
  const shown = (change: Partial<ListChoice>) =>
    rowsOf([soon, lost, fine], { ...all, ...change })
      .map(({ key }) => key)
      .toSorted()

  test.each<[string, Partial<ListChoice>, string[]]>([
    ['a state', { state: 'needs-attention' }, ['lost']],
    ['an expiry within 48 h', { condition: 'expiring' }, ['soon']],
    ['a lost tier 1', { condition: 'tier-1-lost' }, ['lost']],
    ['a test that is missing', { condition: 'untested' }, ['fine', 'lost']],
    ['a failing delivery', { condition: 'undelivered', undelivered: new Set(['fine']) }, ['fine']],
    ['whom an incident affects', { among: new Set(['lost', 'soon']) }, ['lost', 'soon']],
    ['all of it together', { among: new Set(['lost', 'soon']), state: 'healthy' }, ['soon']],
  ])('is chosen by %s', (_, change, ids) => {
    expect(shown(change)).toEqual(ids)
  })

  test('is found by the tracking ID of its last attempt', () => {
    expect(shown({ search: lost.last?.trackingId ?? 'none' })).toEqual(['fine', 'lost', 'soon'])
    const other = { ...fine, last: { ...lost.last, trackingId: 'ROUTER_OTHER' } } as ProfileView
    expect(rowsOf([soon, other], { ...all, search: 'router_other' }).map(({ key }) => key)).toEqual(['fine'])
  })
})

describe('rows of one customer', () => {
  const org = orgIdOf(7)
  const uuid = Buffer.from(org, 'base64').toString().split('/').at(-1) ?? ''
  const apps = ['Orders', 'Presence'].map((name, i) =>
    profile({
      id: name,
      name,
      appId: String(i),
      targetOrgId: i === 0 ? org : uuid,
      orgName: i === 0 ? null : 'Hooli',
    }),
  )

  test('stand under its name, however its org is spelled', () => {
    const [group, ...rows] = rowsOf(apps, { ...all, grouping: 'customer' })
    expect(group).toMatchObject({ kind: 'group', of: 'customer', name: 'Hooli' })
    expect(rows.map((row) => row.kind === 'profile' && row.group)).toEqual(['customer', 'customer'])
  })

  test('stand alone without groups', () => {
    expect(rowsOf([...apps, ...fleetOf(4, 4)], { ...all, grouping: 'none' })).toHaveLength(6)
  })
})

test('a name that two have does not tell which one it is, until one of them is gone', () => {
  const reader = rowReader()
  const two = ['a', 'b'].map((id) => profile({ id, appId: id, name: 'Contact sync' }))
  const other = profile({ id: 'c', appId: 'c', name: 'Orders' })
  const told = (profiles: readonly ProfileView[]) =>
    reader(profiles, all).rows.flatMap((row) => (row.kind === 'profile' && row.isNamesake ? [row.key] : []))
  expect(told([...two, other]).toSorted()).toEqual(['a', 'b'])
  expect(told([...two.slice(1), other])).toEqual([])
  expect(told([...two, other]).toSorted()).toEqual(['a', 'b'])
})

test('customers are counted once, whatever their number of service apps', () => {
  const reader = rowReader()
  const fleet = fleetOf(6, 3)
  const doubled = fleet.map((one, i) => ({
    ...one,
    id: `${one.id}b`,
    targetOrgId: fleet[i % 2]?.targetOrgId ?? '',
  }))
  expect(reader([...fleet, ...doubled], all).customers).toBe(6)
  expect(reader(doubled, all).customers).toBe(2)
})
