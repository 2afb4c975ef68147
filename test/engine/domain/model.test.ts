// The rules of the model that everything else takes over: a usable token, and the default token manager.
import { describe, expect, test } from 'vitest'
import { defaultManagerId, isAlive, usableToken } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { START } from '../support/fake-clock.ts'
import { makePair, SECOND } from '../support/world.ts'

describe('a usable token', () => {
  const ends = makePair({ expiresAt: START + SECOND })

  test('is one that has not ended; one of unknown lifetime counts', () => {
    expect(usableToken(ends, START)?.reveal()).toBe('access-0')
    expect(usableToken(ends, START + SECOND)).toBeNull()
    expect(usableToken(makePair({ expiresAt: null }), START)?.reveal()).toBe('access-0')
  })

  test('is none where there is no access token, or no pair', () => {
    expect(usableToken(makePair({ accessToken: null, fingerprint: null }), START)).toBeNull()
    expect(usableToken(null, START)).toBeNull()
    expect(usableToken(undefined, START)).toBeNull()
  })

  test('is none where its text cannot leave the app, though it is alive', () => {
    const pair = makePair({ accessToken: new Secret('two words') })
    expect(isAlive(pair, START)).toBe(true)
    expect(usableToken(pair, START)).toBeNull()
  })
})

describe('the default token manager', () => {
  const of = (...managers: readonly (readonly [string, boolean])[]) =>
    defaultManagerId(new Map(managers.map(([id, isDefault]) => [id, { isDefault }])))

  test('is the one that is marked, and the first that was added where none is', () => {
    expect(of(['z', false], ['a', true])).toBe('a')
    expect(of(['z', false], ['a', false])).toBe('z')
    expect(of()).toBeNull()
  })
})
