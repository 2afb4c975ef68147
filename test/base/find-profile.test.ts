import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findProfile, references } from '#base/common/find-profile.ts'
import { makeProfile } from '../engine/support/world.ts'

describe('the name of a profile', () => {
  const fleet = (...all: (readonly [id: string, name: string, org: string | null])[]) =>
    new Map(
      all.map(([id, name, orgName]) => [id, makeProfile({ id, name, orgName, targetOrgId: `org-${id}` })]),
    )

  test('that is written exactly goes before one that differs in its case', () => {
    const profiles = fleet(['1', 'orders', 'A'], ['2', 'Orders', 'A'])
    expect(findProfile(profiles, 'Orders')).toMatchObject({ kind: 'found', profile: { id: '2' } })
    expect(findProfile(profiles, 'ORDERS')).toMatchObject({ kind: 'ambiguous' })
  })

  test('may hold an @ itself', () => {
    const profiles = fleet(['1', 'a@b', 'c'], ['2', 'a', 'b'])
    expect(findProfile(profiles, 'a@b')).toMatchObject({ profile: { id: '1' } })
    expect(findProfile(profiles, 'a@b@c')).toMatchObject({ profile: { id: '1' } })
    expect(findProfile(profiles, 'a@org-2')).toMatchObject({ profile: { id: '2' } })
  })

  test('every reference means its own profile and no other, whatever the names', () => {
    const name = fc.constantFrom('a', 'A', 'b', 'a@x', 'a@org-1', '')
    const org = fc.constantFrom('x', 'X', null, 'org-2')
    fc.assert(
      fc.property(fc.array(fc.tuple(name, org), { maxLength: 6 }), (all) => {
        const profiles = fleet(...all.map(([named, of], index) => [`id${index}`, named, of] as const))
        for (const [id, reference] of references(profiles.values())) {
          expect(findProfile(profiles, reference)).toMatchObject({ kind: 'found', profile: { id } })
        }
      }),
    )
  })
})
