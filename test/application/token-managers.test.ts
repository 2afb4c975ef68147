import { describe, expect, test } from 'vitest'
import type { IdClock } from '#application/fleet-input.ts'
import { planConnection, planDefault, planPersonalToken } from '#application/token-managers.ts'
import type { Connection } from '#connect/connect.ts'
import type { Fleet, IntegrationManager, TokenManager } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'

const NOW = 1_800_000_000_000
const idClock: IdClock = { now: () => NOW, newId: () => 'new' }

const integration: IntegrationManager = {
  kind: 'integration',
  id: 'first',
  name: 'Our integration',
  isDefault: true,
  createdAt: 1,
  clientId: 'client',
  clientSecret: new Secret('old secret'),
  pair: null,
}
const personal: TokenManager = {
  kind: 'personal-access-token',
  id: 'personal',
  name: 'Personal access token',
  isDefault: true,
  createdAt: 1,
  pair: {
    accessToken: null,
    fingerprint: null,
    issuedAt: 1,
    expiresAt: null,
    origin: 'pasted',
    refresh: null,
  },
}

const fleet = (...managers: TokenManager[]): Fleet => ({
  serviceApps: new Map(),
  profiles: new Map(),
  managers: new Map(managers.map((manager) => [manager.id, manager])),
})

function connection(changed: Partial<Connection> = {}): Connection {
  return {
    managerId: null,
    credentials: { clientId: 'other client', clientSecret: new Secret('new secret') },
    grant: {
      accessToken: new Secret('access'),
      fingerprint: '01234567',
      expiresIn: 1000,
      refreshToken: new Secret('refresh'),
      refreshTokenExpiresIn: 9000,
      scope: null,
    },
    ...changed,
  }
}

const saved = (there: Fleet, changed?: Partial<Connection>) => {
  const { changes } = planConnection(there, connection(changed), idClock)
  const change = changes.find(({ kind }) => kind === 'manager-saved')
  if (change?.kind !== 'manager-saved') throw new Error('No manager was saved.')
  return change.manager
}

describe('a finished authorisation', () => {
  test('is a manager and its pair, with absolute times', () => {
    const { managerId, fingerprint, changes } = planConnection(fleet(), connection(), idClock)
    expect([managerId, fingerprint]).toEqual(['new', '01234567'])
    expect(changes).toMatchObject([
      { kind: 'manager-saved', manager: { id: 'new', clientId: 'other client' } },
      {
        kind: 'manager-pair',
        managerId: 'new',
        pair: {
          issuedAt: NOW,
          expiresAt: NOW + 1000,
          refresh: { expiresAt: NOW + 9000, firstLifetime: 9000, dead: false },
        },
      },
    ])
  })

  test('without a lifetime is kept, with an unknown end', () => {
    const { grant } = connection()
    expect(saved(fleet(), { grant: { ...grant, expiresIn: null } }).pair).toMatchObject({
      accessToken: grant.accessToken,
      expiresAt: null,
      renewAfter: 6 * 3_600_000,
      refresh: { token: grant.refreshToken, expiresAt: NOW + 9000 },
    })
  })

  test('of the first integration makes it the default one, before a personal access token too', () => {
    expect(saved(fleet()).isDefault).toBe(true)
    expect(saved(fleet(personal)).isDefault).toBe(true)
  })

  test('of another integration takes nothing from the first, its name included', () => {
    const second = saved(fleet({ ...integration, name: 'Token manager integration' }))
    expect(second).toMatchObject({ id: 'new', isDefault: false, name: 'Token manager integration 2' })
  })

  test('of the one that is reconnected keeps its name and place, and takes its new credentials', () => {
    const again = saved(fleet(integration), { managerId: 'first' })
    expect(again).toMatchObject({ id: 'first', name: 'Our integration', isDefault: true, createdAt: 1 })
    expect(again.kind === 'integration' && again.clientSecret.reveal()).toBe('new secret')
  })

  test('of the same client ID again is the same manager', () => {
    const credentials = { clientId: 'client', clientSecret: new Secret('new secret') }
    expect(saved(fleet(personal, integration), { credentials })).toMatchObject({ id: 'first' })
  })

  test('takes the place of a personal access token where that is what is reconnected', () => {
    expect(saved(fleet(personal), { managerId: 'personal' })).toMatchObject({
      id: 'personal',
      kind: 'integration',
      name: 'Token manager integration',
    })
  })
})

describe('the default token manager', () => {
  const second: TokenManager = { ...integration, id: 'second', isDefault: false }

  test('is the one that is chosen', () => {
    expect(planDefault(fleet(integration, second), 'second')).toMatchObject([
      { kind: 'manager-saved', manager: { id: 'second', isDefault: true } },
    ])
  })

  test('need not be chosen again', () => {
    expect(planDefault(fleet(integration, second), 'first')).toEqual([])
  })

  test('has to be there', () => {
    expect(() => planDefault(fleet(), 'first')).toThrow(expect.objectContaining({ code: 'not-found' }))
  })
})

describe('a pasted personal access token', () => {
  const pasted = (there: Fleet) => planPersonalToken(there, 'portal-token', idClock)[0]

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
