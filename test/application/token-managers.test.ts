import { describe, expect, test } from 'vitest'
import type { EngineSession } from '#application/engine-supervisor.ts'
import type { IdClock } from '#application/fleet-input.ts'
import { createPastedValues } from '#application/pasted-values.ts'
import type { Settings } from '#application/settings.ts'
import {
  createTokenManagers,
  keepConnection,
  planConnection,
  planDefault,
  planFallback,
  planPersonalToken,
} from '#application/token-managers.ts'
import { readUnreadable } from '#application/unreadable-records.ts'
import type { Connect, Connection, ConnectRequest } from '#connect/connect.ts'
import type { Fleet, IntegrationManager, TokenManager } from '#engine/domain/model.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'
import { makeWorld } from '../engine/support/world.ts'
import { directReader } from './support/direct-reader.ts'

const NOW = 1_800_000_000_000
const idClock: IdClock = { now: () => NOW, newId: () => 'new' }

const integration: IntegrationManager = {
  kind: 'integration',
  id: 'first',
  name: 'Our integration',
  isDefault: true,
  fallbackId: null,
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
  fallbackId: null,
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

describe('over a running engine', () => {
  const stage = (answers: Partial<Connect> = {}) => {
    const world = makeWorld()
    const { engine } = world
    const begun: ConnectRequest[] = []
    const connect = {
      async begin(request: ConnectRequest) {
        begun.push(request)
        return { kind: 'waiting' }
      },
      ...answers,
    } as Connect
    const copied: string[] = []
    const pasted = createPastedValues({ reader: directReader, newId: () => 'pasted', hasManager: () => true })
    const managers = createTokenManagers({
      supervisor: {
        running: () => ({ engine, connect, unreadable: readUnreadable([], engine.fleet()) }) as EngineSession,
        vault: () => null,
        whileStopped: (work) => work(),
      },
      retrySignIn: () => undefined,
      settings: { values: () => ({ redirectPort: 4712 }) as ReturnType<Settings['values']> },
      pasted,
      copyText: (text) => copied.push(text),
      idClock: { now: () => engine.now(), newId: () => 'new' },
    })
    return { ...world, managers, pasted, begun, copied }
  }
  const typed = { clientId: 'another', clientSecret: 'another secret' }

  test('an authorization begins with what was typed, or with the stored credentials', async () => {
    const { managers, begun } = stage()
    await managers.connect({ credentials: typed, managerId: null })
    await managers.connect({ credentials: null, managerId: 'manager' })
    expect(
      begun.map(({ credentials, managerId, port }) => [
        credentials.clientId,
        credentials.clientSecret.reveal(),
        managerId,
        port,
      ]),
    ).toEqual([
      ['another', 'another secret', null, 4712],
      ['client-integration', 'secret-integration', 'manager', 4712],
    ])
  })

  test.each([
    ['no credentials', { credentials: null, managerId: null }, 'invalid', 'clientId'],
    ['a token manager that is gone', { credentials: typed, managerId: 'gone' }, 'not-found', 'managerId'],
    [
      'the client ID of a service app',
      { credentials: { ...typed, clientId: 'client-a' }, managerId: null },
      'invalid',
      'clientId',
    ],
    [
      'the secret in the place of the ID',
      { credentials: { clientId: 'n3w-secret', clientSecret: 'n3w-secret' }, managerId: null },
      'invalid',
      'clientId',
    ],
    [
      'a secret of the fleet in the place of the ID',
      { credentials: { ...typed, clientId: 'secret-a' }, managerId: null },
      'invalid',
      'clientId',
    ],
  ] as const)(
    'an authorization with %s is refused by field, and none begins',
    async (_, input, code, field) => {
      const { managers, begun } = stage()
      await expect(managers.connect(input)).rejects.toMatchObject({ code, field })
      expect(begun).toEqual([])
    },
  )

  test.each([
    ['store', 'storage'],
    ['busy', 'busy'],
    ['network', 'busy'],
  ] as const)('one that cannot begin (%s) says why', async (reason, code) => {
    const { managers } = stage({ begin: async () => ({ kind: 'refused', reason, sentence: 'Not now.' }) })
    await expect(managers.connect({ credentials: typed, managerId: null })).rejects.toMatchObject({
      code,
      message: 'Not now.',
    })
  })

  test('the address of one that waits is copied, and a pasted one goes on or is refused by field', () => {
    const waiting = stage({
      authorizationUrl: () => 'https://webex.example/authorize',
      pasteRedirectedUrl: (url) =>
        url === 'good' ? { kind: 'taken' } : { kind: 'rejected', sentence: 'Not that one.' },
    })
    waiting.managers.copyAuthorizationUrl()
    expect(waiting.copied).toEqual(['https://webex.example/authorize'])
    waiting.managers.pasteRedirectedUrl('good')
    expect(() => waiting.managers.pasteRedirectedUrl('bad')).toThrow(
      expect.objectContaining({ code: 'invalid', field: 'url', message: 'Not that one.' }),
    )
    const none = stage({ authorizationUrl: () => null })
    expect(() => none.managers.copyAuthorizationUrl()).toThrow('No authorization is waiting.')
  })

  test.each(['refresh', 'remove', 'makeDefault'] as const)('%s of one that is gone says so', async (name) => {
    await expect(stage().managers[name]('gone')).rejects.toMatchObject({ code: 'not-found' })
  })

  test('one is pasted beside the integration, chosen as the default, and removed', async () => {
    const { managers, engine } = stage()
    await managers.pastePersonalToken({ token: 'portal-token' })
    await managers.makeDefault('new')
    expect(engine.fleet().managers.get('new')?.isDefault).toBe(true)
    await managers.remove('new')
    expect([...engine.fleet().managers.keys()]).toEqual(['manager'])
  })

  test('a grant that cannot be stored is kept all the same, and why is returned', async () => {
    const { engine, vault } = stage()
    const full = new StoreFailure('disk-full', 'The disk is full.')
    vault.failing = full
    const kept = await keepConnection(engine, connection(), () => 'new')
    expect(kept).toEqual({ managerId: 'new', fingerprint: '01234567', unsaved: full })
    expect(engine.fleet().managers.get('new')).toMatchObject({ clientId: 'other client' })
  })
})

describe('a fallback', () => {
  const two = fleet(integration, { ...personal, isDefault: false })

  test('is stored with the token manager whose place it takes, and taken away again', () => {
    const chosen = { ...integration, fallbackId: 'personal' }
    expect(planFallback(two, 'first', 'personal')).toEqual([{ kind: 'manager-saved', manager: chosen }])
    expect(planFallback(fleet(chosen, personal), 'first', null)).toEqual([
      { kind: 'manager-saved', manager: integration },
    ])
    expect(planFallback(two, 'first', null)).toEqual([])
  })

  test('is another one that is there', () => {
    expect(() => planFallback(two, 'first', 'first')).toThrow('cannot be its own fallback')
    expect(() => planFallback(two, 'first', 'gone')).toThrow()
    expect(() => planFallback(two, 'gone', 'first')).toThrow()
  })

  test('stays when the integration is reconnected', () => {
    const chosen = { ...integration, fallbackId: 'personal' }
    const { changes } = planConnection(fleet(chosen, personal), connection({ managerId: 'first' }), idClock)
    expect(changes[0]).toMatchObject({ manager: { id: 'first', fallbackId: 'personal' } })
  })
})
