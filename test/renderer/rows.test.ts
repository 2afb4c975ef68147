import { describe, expect, test } from 'vitest'
import { commonName } from '#base/common/common-name.ts'
import type { ProfileView } from '#contract/contract.ts'
import { type ListChoice, rowReader, rowsOf } from '#renderer/features/service-apps/rows.ts'
import { fleetOf, inState, orgIdOf, profile } from './fake-view.ts'

const all: ListChoice = { search: '', state: 'all', sort: 'expiry', folded: new Set() }
const names = (rows: ReturnType<typeof rowsOf>) =>
  rows.map((row) => (row.kind === 'group' ? `[${row.name}]` : row.profile.name))

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
    expect(group).toMatchObject({ kind: 'group', orgs: 3, counts: expect.objectContaining(counts) })
  })

  test('a folded group hides its orgs, except from a search', () => {
    const profiles = fleetOf(3, 3)
    const folded = { ...all, folded: new Set([profiles[0]?.appId ?? '']) }
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
    const rows = reader(before, all)
    const after = reader(
      before.map((one, place) => (place === 7 ? change(one) : one)),
      all,
    )
    return after.filter((row) => !rows.includes(row)).map(({ key }) => key)
  }
  const [id, appId] = [before[7]?.id, before[7]?.appId]

  test('makes its row and the count of its group anew, so that no other is drawn again', () => {
    expect(newRows((one) => inState('needs-attention', one)).toSorted()).toEqual(
      [`group ${appId}`, id].toSorted(),
    )
  })

  test('leaves its group alone where it counts there as before', () => {
    expect(newRows((one) => ({ ...one, unsaved: !one.unsaved }))).toEqual([id])
  })
})

describe('rows of a fleet that changes', () => {
  const [reader, profiles] = [rowReader(), fleetOf(60, 6)]
  const sorts = ['expiry', 'name', 'org'] as const

  test.each(sorts)('by %s are what they would be read anew, whatever changed, came or went', (sort) => {
    const choice = { ...all, sort }
    reader(profiles, choice)
    const changed = profiles
      .filter((_, i) => i % 7 !== 3)
      .map((one, i) => (i % 5 === 0 ? { ...one, name: `A ${one.name}`, accessToken: null } : one))
    const next = [...changed, profile({ id: 'new', name: 'Mine' })]
    expect(reader(next, choice)).toEqual(rowsOf(next, choice))
  })

  test('of what did not change are the same rows', () => {
    const before = reader(profiles, all)
    const [first, ...others] = profiles
    if (first === undefined) throw new Error('sixty were asked for')
    const after = new Set(reader([{ ...first, name: 'Changed' }, ...others], all))
    const kept = before.filter((row) => row.kind === 'profile' && after.has(row))
    expect(kept).toHaveLength(59)
  })
})

test('numbers in names count, case and accents do not', () => {
  const named = ['Org 10', 'org 9', 'Órg 11', 'Org'].map((name) => profile({ id: name, appId: name, name }))
  expect(names(rowsOf(named, { ...all, sort: 'name' }))).toEqual(['Org', 'org 9', 'Org 10', 'Órg 11'])
})
