// Connecting over the command line: which integration, with which credentials, and what becomes of a code.
import { beforeEach, describe, expect, test } from 'vitest'
import { StoreFailure } from '#engine/domain/ports.ts'
import { makeIntegration, makeWorld, type World } from '../engine/support/world.ts'
import { type Administered, administered } from '../satm/support/administration.ts'

let world: World
let it: Administered

beforeEach(() => {
  world = makeWorld()
  it = administered(world)
})

const begin = (more: Partial<Parameters<Administered['administration']['beginConnect']>[0]> = {}) =>
  it.administration.beginConnect({ manager: null, credentials: null, ...more })
const stateOf = (url: string) => new URL(url).searchParams.get('state')
const redirected = (url: string, query = 'code=c0de') =>
  `http://localhost:3000/callback?${query}&state=${stateOf(url)}`
const managers = () => [...world.engine.fleet().managers.values()]
const CREDENTIALS = { clientId: 'Cnew', clientSecret: '4f'.repeat(32) }

describe('the integration', () => {
  test('is the only one, with its own credentials', async () => {
    const begun = await begin()
    expect(begun.reconnects).toBe('Token manager integration')
    expect(new URL(begun.authorizationUrl).searchParams.get('client_id')).toBe('client-integration')
    expect(begun.expiresAt - begun.now).toBe(600_000)
    const before = managers()
    expect(await it.administration.finishConnect(redirected(begun.authorizationUrl))).toEqual({
      kind: 'connected',
      name: 'Token manager integration',
      sentence: 'The token manager integration is connected.',
      isStored: true,
    })
    expect(managers().map(({ id, name }) => [id, name])).toEqual(before.map(({ id, name }) => [id, name]))
    expect(managers()[0]?.pair?.accessToken?.reveal()).toBe('acc3ss-of-the-manager')
  })

  test('is named where there are several, by its name or its ID', async () => {
    const second = makeIntegration({ id: 'm2', name: 'Second', clientId: 'client-2', isDefault: false })
    await world.engine.apply([{ kind: 'manager-saved', manager: second }])
    await expect(begin()).rejects.toMatchObject({
      code: 'ambiguous',
      message: expect.stringMatching(/--name: .*“Second” \(m2\)/),
    })
    for (const manager of ['Second', 'm2'])
      expect(await begin({ manager })).toMatchObject({ reconnects: 'Second' })
    await expect(begin({ manager: 'Third' })).rejects.toMatchObject({
      code: 'no-such-profile',
      message: expect.stringContaining('There are: '),
    })
  })

  test('is a new one with credentials of its own, and the same one for its client ID', async () => {
    const begun = await begin({ credentials: CREDENTIALS })
    expect(begun.reconnects).toBeNull()
    await it.administration.finishConnect(redirected(begun.authorizationUrl))
    expect(managers()).toHaveLength(2)
    const again = await begin({ credentials: { ...CREDENTIALS, clientSecret: '5e'.repeat(32) } })
    expect(again.reconnects).toBe('Token manager integration 2')
    await it.administration.finishConnect(redirected(again.authorizationUrl))
    expect(managers()).toHaveLength(2)
    expect(it.exchanges.at(-1)?.credentials.clientSecret.reveal()).toBe('5e'.repeat(32))
  })

  test('needs credentials where none is connected', async () => {
    for (const { id } of managers()) await world.engine.apply([{ kind: 'manager-removed', managerId: id }])
    await expect(begin()).rejects.toMatchObject({
      code: 'needs-person',
      message: expect.stringContaining('--client-id and --client-secret-file'),
    })
  })

  test.each([
    ['a secret in place of the client ID', { ...CREDENTIALS, clientId: CREDENTIALS.clientSecret }],
    ['a secret that was shortened', { ...CREDENTIALS, clientSecret: '4f4f4f…' }],
    ['the client ID of a service app', { ...CREDENTIALS, clientId: 'client-a' }],
  ])('is not begun with %s, and the message does not have it', async (_, credentials) => {
    const failure = await begin({ credentials }).catch((error: Error) => error)
    expect(failure).toMatchObject({ name: 'Refused', code: 'needs-person' })
    expect(String(failure)).not.toContain(credentials.clientSecret)
    expect(it.connect.state().kind).toBe('idle')
  })
})

describe('run again', () => {
  test('prints the same URL as long as it waits for the same', async () => {
    const first = await begin()
    expect((await begin()).authorizationUrl).toBe(first.authorizationUrl)
    expect((await begin({ manager: 'Token manager integration' })).authorizationUrl).toBe(
      first.authorizationUrl,
    )
    const other = await begin({ credentials: CREDENTIALS })
    expect(other.authorizationUrl).not.toBe(first.authorizationUrl)
    expect(await it.administration.finishConnect(redirected(first.authorizationUrl))).toMatchObject({
      kind: 'rejected',
      sentence: expect.stringContaining('does not belong to the current authorization'),
    })
    expect(it.exchanges).toEqual([])
    expect(await it.administration.finishConnect(redirected(other.authorizationUrl))).toMatchObject({
      kind: 'connected',
    })
  })

  test('prints another one after it was used, declined, canceled or too late', async () => {
    const seen = new Set<string>()
    const next = async () => {
      const { authorizationUrl } = await begin()
      expect(seen).not.toContain(authorizationUrl)
      seen.add(authorizationUrl)
      return authorizationUrl
    }
    await it.administration.finishConnect(redirected(await next()))
    await it.administration.finishConnect(redirected(await next(), 'error=access_denied'))
    expect(await it.administration.cancelConnect(await next())).toBe(true)
    await next()
    await world.clock.advance(600_000)
    await next()
  })

  test('waits for an authorization that was begun in the window', async () => {
    const { clientId } = CREDENTIALS
    const credentials = { clientId, clientSecret: makeIntegration().clientSecret }
    await it.connect.begin({ credentials, port: 0, managerId: null })
    await expect(begin()).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('already in progress'),
    })
    await it.connect.cancel()
  })

  test('cancels its own authorization alone', async () => {
    const first = await begin()
    const second = await begin({ credentials: CREDENTIALS })
    expect(await it.administration.cancelConnect(first.authorizationUrl)).toBe(false)
    expect(it.connect.authorizationUrl()).toBe(second.authorizationUrl)
  })
})

describe('what is pasted', () => {
  test.each([
    [
      'an address of somewhere else',
      'https://example.com/?a=b',
      'This is not the redirected URL: it begins with http://localhost:3000/callback?',
    ],
    ['a code without a state', 'http://localhost:3000/callback?code=x', 'This is not the redirected URL'],
    [
      'a wrong state',
      'http://localhost:3000/callback?code=x&state=y',
      'does not belong to the current authorization',
    ],
    [
      'an error without a state',
      'http://localhost:3000/callback?error=invalid_scope',
      'cannot be matched to this authorization',
    ],
    ['nothing of the kind', 'satm', 'This is not the redirected URL'],
  ])('%s is rejected, and the same URL works still', async (_, text, sentence) => {
    const { authorizationUrl } = await begin()
    expect(await it.administration.finishConnect(text)).toEqual({
      kind: 'rejected',
      sentence: expect.stringContaining(sentence),
    })
    expect(await it.administration.finishConnect(authorizationUrl)).toMatchObject({
      kind: 'rejected',
      sentence: expect.stringContaining('it may be the authorization URL'),
    })
    expect(await it.administration.finishConnect(redirected(authorizationUrl))).toMatchObject({
      kind: 'connected',
    })
  })

  test.each([
    ['the query alone', (url: string) => `?code=c0de&state=${stateOf(url)}`],
    ['code and state', (url: string) => `code=c0de&state=${stateOf(url)}`],
    ['in quotes', (url: string) => ` "${redirected(url)}" `],
    ['in lines', (url: string) => redirected(url).replace('&', '\n  &')],
  ])('%s is taken', async (_, shaped) => {
    const { authorizationUrl } = await begin()
    expect(await it.administration.finishConnect(shaped(authorizationUrl))).toMatchObject({
      kind: 'connected',
    })
  })

  test.each([
    [
      'was used or took too long',
      { status: 400, code: 'invalid_grant', message: null },
      /took too long|taken too long/,
    ],
    [
      'is of a wrong secret',
      { status: 401, code: 'invalid_client', message: null },
      /client ID or client secret/,
    ],
    [
      'is of another redirect URI',
      { status: 400, code: null, message: 'redirect_uri mismatch' },
      /Add exactly http:\/\/localhost:3000\/callback/,
    ],
  ])('a code that %s fails with Webex’s tracking ID', async (_, refusal, sentence) => {
    const { authorizationUrl } = await begin()
    it.answers.push({
      kind: 'refused',
      retryAfter: null,
      trackingId: 'ROUTER_9',
      serverDate: null,
      ...refusal,
    } as never)
    expect(await it.administration.finishConnect(redirected(authorizationUrl))).toEqual({
      kind: 'failed',
      sentence: expect.stringMatching(sentence),
      trackingId: 'ROUTER_9',
    })
    expect(await it.administration.finishConnect(redirected(authorizationUrl))).toMatchObject({
      kind: 'failed',
      sentence: expect.stringContaining('No authorization is waiting'),
    })
    expect(it.exchanges).toHaveLength(1)
  })

  test('a grant that cannot be stored is kept, and said to be in memory', async () => {
    const { authorizationUrl } = await begin()
    world.vault.commit = () => Promise.reject(new StoreFailure('disk-full', 'ENOSPC'))
    expect(await it.administration.finishConnect(redirected(authorizationUrl))).toMatchObject({
      kind: 'connected',
      isStored: false,
      sentence: expect.stringContaining('only in memory, since the disk is full'),
    })
    expect(managers()[0]?.pair?.accessToken?.reveal()).toBe('acc3ss-of-the-manager')
    expect(world.engine.hasUnsaved()).toBe(true)
  })

  test('twice at once is exchanged once', async () => {
    const { authorizationUrl } = await begin()
    const url = redirected(authorizationUrl)
    const both = await Promise.all([
      it.administration.finishConnect(url),
      it.administration.finishConnect(url),
    ])
    expect(both.map(({ kind }) => kind).toSorted()).toEqual(['connected', 'failed'])
    expect(it.exchanges).toHaveLength(1)
  })
})
