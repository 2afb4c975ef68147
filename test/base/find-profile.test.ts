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

  test.for<readonly [string, string, string]>([
    ['typed in two code points, stored in one', 'Cafe\u0301', 'Caf\u00e9'],
    ['typed in one code point, stored in two', 'Caf\u00e9', 'Cafe\u0301'],
    ['in another case as well', 'CAFE\u0301', 'Caf\u00e9'],
    ['with two marks in another order', 'a\u0323\u0302', 'a\u0302\u0323'],
    ['in Hangul syllables and letters', '\u1112\u1161\u11ab', '\ud55c'],
  ])('is found %s', ([, asked, stored]) => {
    const profiles = fleet(['1', stored, 'M\u00fcller'], ['2', 'Other', null])
    expect(findProfile(profiles, asked)).toMatchObject({ kind: 'found', profile: { id: '1' } })
    expect(findProfile(profiles, `${asked}@Mu\u0308ller`)).toMatchObject({
      kind: 'found',
      profile: { id: '1' },
    })
  })

  test.for(['-x', 'a\u202eb', 'a\u200bb', 'a\nb', '\ufeffa'])(
    'that cannot be typed after it was printed is referred to by its id: %j',
    (name) => {
      expect(references(fleet(['1', name, 'A']).values()).get('1')).toBe('1')
    },
  )

  test('every reference means its own profile and no other, whatever the names', () => {
    const name = fc.constantFrom('a', 'A', 'b', 'a@x', 'a@org-1', '', '\u00e9', 'e\u0301', '-a', 'a\u202e')
    const org = fc.constantFrom('x', 'X', null, 'org-2', '\u00fc', 'u\u0308')
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
