import { describe, expect, test } from 'vitest'
import type { IdClock } from '#application/id-clock.ts'
import { madeDefault, pastedPersonalToken } from '#application/manager-changes.ts'
import type { Fleet, TokenManager } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'

const idClock: IdClock = { now: () => 5, newId: () => 'new' }

const integration: TokenManager = {
  kind: 'integration',
  id: 'm',
  name: 'Token manager integration',
  isDefault: true,
  createdAt: 1,
  clientId: 'client',
  clientSecret: new Secret('secret'),
  pair: null,
}

const fleet = (...managers: TokenManager[]): Fleet => ({
  serviceApps: new Map(),
  profiles: new Map(),
  managers: new Map(managers.map((manager) => [manager.id, manager])),
})

describe('the default token manager', () => {
  const second: TokenManager = { ...integration, id: 'second', isDefault: false }

  test('is the one that is chosen', () => {
    expect(madeDefault(fleet(integration, second), 'second')).toMatchObject([
      { kind: 'manager-saved', manager: { id: 'second', isDefault: true } },
    ])
  })

  test('need not be chosen again', () => {
    expect(madeDefault(fleet(integration, second), 'm')).toEqual([])
  })

  test('has to be there', () => {
    expect(() => madeDefault(fleet(), 'm')).toThrow(expect.objectContaining({ code: 'not-found' }))
  })
})

describe('a pasted personal access token', () => {
  const pasted = (there: Fleet) => pastedPersonalToken(there, 'portal-token', idClock)[0]

  test('becomes the default only where no integration is', () => {
    expect(pasted(fleet())).toMatchObject({ kind: 'manager-saved', manager: { isDefault: true } })
    expect(pasted(fleet(integration))).toMatchObject({
      kind: 'manager-saved',
      manager: { isDefault: false },
    })
  })

  test('takes the place of the one before, whoever uses it', () => {
    const first = pasted(fleet())
    if (first?.kind !== 'manager-saved') throw new Error('No manager was made.')
    const next = pasted(fleet({ ...first.manager, id: 'yesterday' }))
    expect(next).toMatchObject({ kind: 'manager-pair', managerId: 'yesterday' })
    expect(next?.kind === 'manager-pair' && next.pair.accessToken?.reveal()).toBe('portal-token')
  })
})
