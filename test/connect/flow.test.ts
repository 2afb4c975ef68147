import { createHash } from 'node:crypto'
import { afterEach, describe, expect, test } from 'vitest'
import type { ConnectState } from '#connect/connect.ts'
import { FLOW_LIMIT, PASTE_LIMIT, problemOf, redirectUriOf } from '#connect/flow.ts'
import { type Answer, StoreFailure, type TokenGrant } from '#engine/domain/ports.ts'
import { CLIENT, grant, type Harness, harness, movableClock, ok } from './support/harness.ts'
import { ask, EVERYWHERE, freePort, listenersOn, PATIENTLY, stranger } from './support/sockets.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

async function flowWith(changed: Parameters<typeof harness>[0] = {}): Promise<Harness> {
  const flow = await harness(changed)
  closing.push(() => flow.connect.cancel())
  return flow
}

const answerIn = (flow: Harness) => ask(flow.port, { target: `/callback?code=c0de&state=${flow.state()}` })

const sentenceOf = (state: ConnectState): string => {
  if (state.kind !== 'failed') throw new Error(state.kind)
  return state.sentence
}

describe('the start', () => {
  test('opens the browser with a fresh 256-bit state and the S256 challenge of a fresh verifier', async () => {
    const flow = await flowWith()
    for (let i = 0; i < 2; i++) {
      await flow.begin()
      await answerIn(flow)
      await flow.until('connected')
    }
    const sent = flow.opened.map((url) => new URL(url).searchParams)
    expect(new Set(sent.map((each) => each.get('state'))).size).toBe(2)
    expect(new Set(flow.exchanges.map((each) => each.codeVerifier)).size).toBe(2)
    sent.forEach((each, index) => {
      expect(Buffer.from(each.get('state') ?? '', 'base64url')).toHaveLength(32)
      const verifier = flow.exchanges[index]?.codeVerifier ?? ''
      expect(verifier).toMatch(/^[\w-]{43}$/)
      expect(each.get('codeChallenge')).toBe(createHash('sha256').update(verifier).digest('base64url'))
      expect(each.get('scope')).toBe('spark:applications_token')
    })
  })

  test('proves the store before anything else, and opens nothing when it cannot be written', async () => {
    const flow = await flowWith({
      proveStore: () => Promise.reject(new StoreFailure('disk-full', 'ENOSPC')),
    })
    expect(await flow.begin()).toMatchObject({
      kind: 'refused',
      reason: 'store',
      sentence: expect.stringContaining('disk is full'),
    })
    expect(flow.opened).toEqual([])
    expect(listenersOn(flow.port)).toEqual([])
    expect(flow.connect.state()).toEqual({ kind: 'idle' })
  })

  test('sends nobody to a browser while something else answers in place of Webex', async () => {
    const flow = await flowWith({ webexIsThere: async () => false })
    expect(await flow.begin()).toMatchObject({
      kind: 'refused',
      reason: 'network',
      sentence: expect.stringContaining('answering instead of Webex'),
    })
    expect(flow.opened).toEqual([])
  })

  test('exchanges no code once something else has answered in place of Webex', async () => {
    let there = true
    const flow = await flowWith({ webexIsThere: async () => there })
    await flow.begin()
    there = false
    await answerIn(flow)
    expect(sentenceOf(await flow.until('failed'))).toContain('answering instead of Webex')
    expect(flow.exchanges).toEqual([])
  })

  test('is refused while a flow waits or is about to', async () => {
    const flow = await flowWith()
    const both = await Promise.all([flow.begin(), flow.begin()])
    expect(both.map((each) => each.kind)).toEqual(['waiting', 'refused'])
    expect(await flow.begin()).toMatchObject({ kind: 'refused', reason: 'busy' })
    expect(flow.opened).toHaveLength(1)
    await answerIn(flow)
    expect(await flow.until('connected')).toMatchObject({ kind: 'connected' })
  })

  test('goes on waiting when the browser cannot be opened: its URL can be copied', async () => {
    const flow = await flowWith({ openBrowser: () => Promise.reject(new Error('no browser')) })
    const begun = await flow.begin()
    await expect.poll(() => flow.connect.state(), PATIENTLY).toMatchObject({ problem: 'no-browser' })
    expect(flow.connect.state()).toMatchObject({ kind: 'waiting', listening: true })
    expect(flow.connect.authorizationUrl()).toBe(begun.kind === 'waiting' ? begun.authorizationUrl : '')
    await answerIn(flow)
    await flow.until('connected')
  })

  test('does not hang on a browser that never says whether it opened', async () => {
    const flow = await flowWith({ openBrowser: () => new Promise(() => {}) })
    expect((await flow.begin()).kind).toBe('waiting')
    await flow.connect.cancel()
    expect((await flow.begin()).kind).toBe('waiting')
  })

  test('shows when the five minutes began and end, and where the browser will be sent', async () => {
    const clock = movableClock()
    const flow = await flowWith({ clock })
    await flow.begin()
    expect(flow.connect.state()).toEqual({
      kind: 'waiting',
      since: clock.now(),
      expiresAt: clock.now() + 300_000,
      redirectUri: redirectUriOf(flow.port),
      listening: true,
      portTakenBy: null,
      problem: null,
      hint: null,
    })
  })

  test('cancelled before it got anywhere opens no browser and leaves no socket', async () => {
    const proofs: (() => void)[] = []
    const flow = await flowWith({
      proveStore: () => new Promise((resolve) => proofs.push(resolve)),
    })
    const begun = flow.begin()
    await flow.connect.cancel()
    proofs[0]?.()
    expect(await begun).toMatchObject({ kind: 'refused', reason: 'cancelled' })
    expect(flow.opened).toEqual([])
    expect(listenersOn(flow.port)).toEqual([])
    const again = flow.begin()
    await expect.poll(() => proofs.length, PATIENTLY).toBe(2)
    proofs[1]?.()
    expect((await again).kind).toBe('waiting')
  })
})

describe('the end', () => {
  test('success is shown only after the token manager was stored', async () => {
    const order: string[] = []
    let stored = () => {}
    const flow = await flowWith({
      onConnected: (connection) => {
        order.push('storing')
        return new Promise((resolve) => {
          stored = () => {
            order.push('stored')
            resolve({ managerId: connection.managerId ?? 'm1', unsaved: null })
          }
        })
      },
    })
    flow.connect.subscribe((state) => order.push(state.kind))
    await flow.begin()
    await answerIn(flow)
    await expect.poll(() => order.at(-1), PATIENTLY).toBe('storing')
    expect(flow.connect.state().kind).toBe('exchanging')
    stored()
    await flow.until('connected')
    expect(order).toEqual(['waiting', 'exchanging', 'storing', 'stored', 'connected'])
  })

  test('the caller gets the grant, the credentials and which manager is reconnected', async () => {
    const flow = await flowWith()
    await flow.connect.begin({ credentials: CLIENT, port: flow.port, managerId: 'm7' })
    await answerIn(flow)
    expect(await flow.until('connected')).toMatchObject({ managerId: 'm7' })
    expect(flow.stored).toEqual([{ managerId: 'm7', credentials: CLIENT, grant: expect.anything() }])
    expect(flow.stored[0]?.grant.accessToken.equals(grant().accessToken)).toBe(true)
  })

  test('tokens that could only be kept in memory are told of as such', async () => {
    const unsaved = new StoreFailure('disk-full', 'ENOSPC')
    const flow = await flowWith({ onConnected: async () => ({ managerId: 'm1', unsaved }) })
    await flow.begin()
    await answerIn(flow)
    expect(await flow.until('connected')).toMatchObject({
      managerId: 'm1',
      sentence: expect.stringMatching(/only in memory.*disk is full.*do not quit/),
    })
  })

  test('a store that fails now is told, and the flow is over', async () => {
    const flow = await flowWith({ onConnected: () => Promise.reject(new StoreFailure('read-only', 'EROFS')) })
    await flow.begin()
    await answerIn(flow)
    expect(sentenceOf(await flow.until('failed'))).toMatch(/data folder.*Authorize the integration again/)
    expect((await flow.begin()).kind).toBe('waiting')
  })

  test.for([
    ['spark:applications_token', 'connected'],
    ['spark:kms spark:applications_token', 'connected'],
    [null, 'connected'],
    ['spark:people_read', 'failed'],
    ['spark:applications_token_x', 'failed'],
    ['', 'failed'],
  ] as const)('a grant whose scope is %j: %s', async ([scope, kind]) => {
    const flow = await flowWith({ exchangeCode: async () => ok(grant({ scope })) })
    await flow.begin()
    await answerIn(flow)
    const state = await flow.until(kind)
    if (kind === 'failed') expect(sentenceOf(state)).toContain('without the scope spark:applications_token')
    expect(flow.stored).toHaveLength(kind === 'connected' ? 1 : 0)
  })

  const meta = { trackingId: 'ROUTER_9', serverDate: null }
  const refused = {
    kind: 'refused',
    webexShaped: true,
    retryAfter: null,
    code: null,
    message: null,
    ...meta,
  } as const
  test.for<[string, Answer<TokenGrant>, RegExp]>([
    [
      'wrong client',
      { ...refused, status: 401, code: 'invalid_client' },
      /client ID or client secret.*not of a service app/,
    ],
    [
      'wrong client, in words',
      { ...refused, status: 400, message: 'Invalid client credentials' },
      /client ID or client secret/,
    ],
    [
      'wrong redirect',
      { ...refused, status: 400, message: 'redirect_uri mismatch' },
      /Add exactly http:\/\/localhost:\d+\/callback/,
    ],
    ['dead code', { ...refused, status: 400, code: 'invalid_grant' }, /authorize again/],
    [
      'the token limit',
      { ...refused, status: 400, code: 'tokenlimit_reached' },
      /limit of 750 live access tokens/,
    ],
    [
      'the token limit as 429',
      { ...refused, status: 429, message: 'Token limit reached' },
      /until old tokens expire/,
    ],
    [
      'the token limit as 401 of the client',
      { ...refused, status: 401, message: 'client: tokenlimit_reached' },
      /750/,
    ],
    ['throttled', { ...refused, status: 429, retryAfter: 90_500 }, /Wait 1 min 31 s, then/],
    ['throttled for long', { ...refused, status: 429, retryAfter: 3_600_000 }, /Wait 1 h, then/],
    ['down', { ...refused, status: 503 }, /not available.*503/],
    ['a sign-in page', { kind: 'anomalous', status: 200, anomaly: 'html', ...meta }, /proxy or sign-in page/],
    ['offline', { kind: 'unreachable', reason: 'offline', sent: false, ...meta }, /offline/],
    ['slow', { kind: 'unreachable', reason: 'timeout', sent: true, ...meta }, /15 seconds/],
    ['unsafe', { kind: 'unreachable', reason: 'tls', sent: false, ...meta }, /secured/],
  ])(
    'a failed exchange (%s) says what to do, with the tracking id, and stores nothing',
    async ([, answer, words]) => {
      const flow = await flowWith({ exchangeCode: async () => answer })
      await flow.begin()
      await answerIn(flow)
      const state = await flow.until('failed')
      expect(sentenceOf(state)).toMatch(words)
      expect(state).toMatchObject({ trackingId: 'ROUTER_9' })
      expect(flow.stored).toEqual([])
    },
  )

  test('after five minutes without an answer the port is free and the sentence says so', async () => {
    const clock = movableClock()
    const flow = await flowWith({ clock })
    await flow.begin()
    const state = flow.state()
    clock.move(FLOW_LIMIT - 1)
    expect(flow.connect.state().kind).toBe('waiting')
    clock.move(1)
    expect(sentenceOf(await flow.until('failed'))).toContain('five minutes')
    await expect.poll(() => listenersOn(flow.port), PATIENTLY).toEqual([])
    expect(flow.connect.pasteRedirectedUrl(`${redirectUriOf(flow.port)}?code=late&state=${state}`).kind).toBe(
      'rejected',
    )
    expect(flow.exchanges).toEqual([])
  })

  test('an answer after the five minutes is too late even when the computer slept through their end', async () => {
    const clock = movableClock()
    const flow = await flowWith({ clock })
    await flow.begin()
    clock.oversleep(FLOW_LIMIT)
    expect((await answerIn(flow)).status).toBe(400)
    expect(flow.exchanges).toEqual([])
  })

  test('cancelling frees the port at once and the next flow can begin', async () => {
    const flow = await flowWith()
    await flow.begin()
    await flow.connect.cancel()
    expect(listenersOn(flow.port)).toEqual([])
    expect(flow.connect.state()).toEqual({ kind: 'idle' })
    expect(flow.connect.authorizationUrl()).toBeNull()
    expect((await flow.begin()).kind).toBe('waiting')
  })

  test('cancelling during the exchange loses nothing: it waits until the answer is stored', async () => {
    const order: string[] = []
    let answer = (_: Answer<TokenGrant>) => {}
    const flow = await flowWith({
      exchangeCode: () =>
        new Promise((resolve) => {
          answer = resolve
        }),
      // Without a server of ours there is nothing else that cancelling could wait for.
      fetch: () => Promise.reject(new Error('localhost leads elsewhere')),
    })
    flow.connect.subscribe((state) => order.push(state.kind))
    await flow.begin()
    flow.connect.pasteRedirectedUrl(`${redirectUriOf(flow.port)}?code=c0de&state=${flow.state()}`)
    const cancelled = flow.connect.cancel().then(() => order.push('cancelled'))
    expect(await flow.begin()).toMatchObject({ kind: 'refused', reason: 'busy' })
    answer(ok())
    await cancelled
    expect(order).toEqual(['waiting', 'exchanging', 'connected', 'cancelled'])
    expect(flow.connect.state().kind).toBe('connected')
    expect(flow.stored).toHaveLength(1)
    expect(listenersOn(flow.port)).toEqual([])
  })

  test('no state that is shown holds a secret, a code, a verifier or the one-time state', async () => {
    const flow = await flowWith()
    await flow.begin()
    const secrets = [flow.state(), 'c0de', 's3cret-of-the-integration', 'acc3ss-of-the-manager']
    await answerIn(flow)
    await flow.until('connected')
    const shown = JSON.stringify(flow.shown)
    for (const secret of [...secrets, flow.exchanges[0]?.codeVerifier ?? '']) {
      expect(secret).not.toBe('')
      expect(shown).not.toContain(secret)
    }
  })
})

describe('a taken port', () => {
  test.for(EVERYWHERE)('on %s: no browser, the process is named, nothing of ours listens', async (host) => {
    const port = await freePort()
    const other = await stranger(port, host)
    closing.push(() => other.close())
    const flow = await flowWith({ port })
    expect((await flow.begin()).kind).toBe('waiting')
    expect(flow.opened).toEqual([])
    expect(flow.connect.state()).toMatchObject({
      kind: 'waiting',
      listening: false,
      problem: 'port-taken',
      portTakenBy: expect.stringMatching(new RegExp(`\\(process ${process.pid}\\)$`)),
    })
    expect(listenersOn(port)).toHaveLength(1)
    expect(other.asked).toEqual([])
  })

  test('pasting the redirected URL finishes the flow', async () => {
    const port = await freePort()
    const other = await stranger(port, '127.0.0.1')
    closing.push(() => other.close())
    const flow = await flowWith({ port })
    await flow.begin()
    expect(
      flow.connect.pasteRedirectedUrl(`${redirectUriOf(port)}?code=pasted&state=${flow.state()}`),
    ).toEqual({
      kind: 'taken',
    })
    await flow.until('connected')
    expect(flow.exchanges).toMatchObject([{ code: 'pasted', redirectUri: redirectUriOf(port) }])
  })

  test('when localhost leads to someone else no browser is opened', async () => {
    const flow = await flowWith({
      fetch: async () => new Response(null, { status: 204, headers: { 'x-loopback-proof': 'mine' } }),
    })
    await flow.begin()
    expect(flow.opened).toEqual([])
    expect(flow.connect.state()).toMatchObject({ listening: false, problem: 'localhost-leads-elsewhere' })
    expect(listenersOn(flow.port)).toEqual([])
  })

  test('when localhost leads nowhere no browser is opened', async () => {
    const flow = await flowWith({ fetch: () => Promise.reject(new Error('net::ERR_FAILED')) })
    await flow.begin()
    expect(flow.opened).toEqual([])
    expect(flow.connect.state()).toMatchObject({ listening: false, problem: 'localhost-leads-elsewhere' })
  })
})

test.for([
  ['not-allowed', null, 'win32', 'port-reserved'],
  ['not-allowed', 'System (process 4)', 'win32', 'port-taken'],
  ['not-allowed', null, 'linux', 'port-not-allowed'],
  ['port-taken', null, 'win32', 'port-taken'],
  ['not-reached', null, 'win32', 'localhost-leads-elsewhere'],
] as const)('a port that is %s, owner %s, on %s: %s', ([why, owner, platform, problem]) => {
  expect(problemOf(why, owner, platform)).toBe(problem)
})

describe('the pasted URL', () => {
  const waiting = async () => {
    const flow = await flowWith()
    await flow.begin()
    return { flow, uri: redirectUriOf(flow.port), state: flow.state() }
  }

  test('works while the loopback listens too, and frees the port', async () => {
    const { flow, uri, state } = await waiting()
    expect(flow.connect.pasteRedirectedUrl(` ${uri}?code=pasted&state=${state}#x \n`)).toEqual({
      kind: 'taken',
    })
    await flow.until('connected')
    expect(flow.exchanges).toMatchObject([{ code: 'pasted' }])
    await expect.poll(() => listenersOn(flow.port), PATIENTLY).toEqual([])
  })

  test.for<[string, (query: string) => string]>([
    ['without the http:// that browsers hide', (query) => `localhost:3000/callback?${query}`],
    ['as https', (query) => `https://localhost:3000/callback?${query}`],
    ['of 127.0.0.1', (query) => `http://127.0.0.1:3000/callback?${query}`],
    ['in capitals', (query) => `HTTP://LOCALHOST:3000/CALLBACK?${query}`],
    ['with a slash', (query) => `http://localhost:3000/callback/?${query}`],
    ['in quotes', (query) => `"http://localhost:3000/callback?${query}"`],
    ['in angle brackets', (query) => ` <http://localhost:3000/callback?${query}> `],
    ['in typographic quotes', (query) => `“http://localhost:3000/callback?${query}”`],
    ['as a link of Markdown', (query) => `[Sign-in?](http://localhost:3000/callback?${query})`],
    ['as Markdown code', (query) => `\`http://localhost:3000/callback?${query}\``],
    ['broken into lines', (query) => `http://localhost:3000/call\r\n  back?${query.replace('&', '\n&')}`],
    ['copied from a page source', (query) => `http://localhost:3000/callback?${query.replace('&', '&amp;')}`],
    ['with a fragment', (query) => `http://localhost:3000/callback?${query}#_=_`],
    ['as its query alone', (query) => `?${query}`],
    ['as its query without the question mark', (query) => query],
    ['as its query in quotes', (query) => `"${query}"`],
  ])('may come %s', async ([, shaped]) => {
    const { flow, state } = await waiting()
    expect(flow.connect.pasteRedirectedUrl(shaped(`code=pasted&state=${state}`))).toEqual({ kind: 'taken' })
    await flow.until('connected')
    expect(flow.exchanges).toMatchObject([{ code: 'pasted', redirectUri: redirectUriOf(flow.port) }])
  })

  test('is not the authorization URL: says what to do with that', async () => {
    const { flow } = await waiting()
    expect(flow.connect.pasteRedirectedUrl(flow.connect.authorizationUrl() ?? '')).toEqual({
      kind: 'rejected',
      sentence: expect.stringContaining('Open that in a browser, authorize, and paste'),
    })
  })

  test('with an error and no state explains the error and ends nothing', async () => {
    const { flow, uri } = await waiting()
    expect(flow.connect.pasteRedirectedUrl(`${uri}?error=invalid_scope`)).toEqual({
      kind: 'rejected',
      sentence: expect.stringContaining('Select it in the developer portal'),
    })
    expect(flow.connect.state()).toMatchObject({ kind: 'waiting' })
  })

  test('is exchanged only once', async () => {
    const { flow, uri, state } = await waiting()
    const url = `${uri}?code=pasted&state=${state}`
    flow.connect.pasteRedirectedUrl(url)
    expect(flow.connect.pasteRedirectedUrl(url).kind).toBe('rejected')
    await flow.until('connected')
    expect(flow.exchanges).toHaveLength(1)
  })

  test('with an error ends the flow as at the loopback', async () => {
    const { flow, uri, state } = await waiting()
    expect(flow.connect.pasteRedirectedUrl(`${uri}?error=access_denied&state=${state}`)).toEqual({
      kind: 'taken',
    })
    expect(sentenceOf(await flow.until('failed'))).toContain('declined')
  })

  test('is held to the same checks, and a wrong one ends nothing', async () => {
    const { flow, uri, state } = await waiting()
    const wrong = [
      '',
      'c0de',
      `${uri}?code=x&state=wrong`,
      `${uri}?code=x&code=y&state=${state}`,
      `${uri}?code=x`,
      `${uri}?state=${state}`,
      `${uri}?code=x&state=${state}&state=${state}`,
      `${uri}?code=x&STATE=${state}`,
      `${uri}?code=x&state=${state.toUpperCase()}`,
      `code=x state=${state}`,
      `https://evil.example/?u=${uri}?code=x&state=${state}`,
      flow.connect.authorizationUrl() ?? '',
    ]
    for (const url of wrong) {
      const pasted = flow.connect.pasteRedirectedUrl(url)
      expect([url, pasted.kind]).toEqual([url, 'rejected'])
      expect(JSON.stringify(pasted)).not.toContain(state)
    }
    expect(flow.connect.state().kind).toBe('waiting')
    expect(flow.exchanges).toEqual([])
  })

  test('says so when nothing waits', async () => {
    const flow = await flowWith()
    expect(flow.connect.pasteRedirectedUrl('http://localhost:3000/callback?code=x&state=y')).toMatchObject({
      kind: 'rejected',
      sentence: expect.stringContaining('No authorization is waiting'),
    })
  })
})

describe('from the command line', () => {
  const beginPasteOnly = (flow: Harness) =>
    flow.connect.begin({ credentials: CLIENT, port: flow.port, managerId: null, isPasteOnly: true })
  const redirected = (flow: Harness) => `${redirectUriOf(flow.port)}?code=pasted&state=${flow.state()}`

  test('nothing listens, no browser is opened, and no window comes to the front', async () => {
    const flow = await flowWith()
    expect(await beginPasteOnly(flow)).toMatchObject({
      kind: 'waiting',
      redirectUri: redirectUriOf(flow.port),
    })
    expect(listenersOn(flow.port)).toEqual([])
    expect(flow.connect.state()).toMatchObject({
      kind: 'waiting',
      listening: false,
      problem: 'command-line',
      portTakenBy: null,
    })
    expect(flow.connect.pasteRedirectedUrl(redirected(flow))).toEqual({ kind: 'taken' })
    await flow.until('connected')
    expect([flow.opened, flow.fronts()]).toEqual([[], 0])
    expect(flow.exchanges).toMatchObject([{ code: 'pasted', redirectUri: redirectUriOf(flow.port) }])
  })

  test('works while another program has the port', async () => {
    const flow = await flowWith()
    const other = await stranger(flow.port, '127.0.0.1')
    closing.push(other.close)
    expect((await beginPasteOnly(flow)).kind).toBe('waiting')
    flow.connect.pasteRedirectedUrl(redirected(flow))
    expect(await flow.until('connected')).toMatchObject({ kind: 'connected' })
  })

  test('a person has ten minutes, even when the computer slept through their end', async () => {
    const clock = movableClock()
    const flow = await flowWith({ clock })
    await beginPasteOnly(flow)
    clock.move(FLOW_LIMIT)
    expect(flow.connect.state().kind).toBe('waiting')
    const late = redirected(flow)
    clock.oversleep(PASTE_LIMIT - FLOW_LIMIT)
    expect(flow.connect.pasteRedirectedUrl(late).kind).toBe('rejected')
    clock.move(0)
    expect(sentenceOf(await flow.until('failed'))).toContain('not pasted within ten minutes')
    expect(flow.exchanges).toEqual([])
  })

  test('is one of those of which there is one at a time', async () => {
    const flow = await flowWith()
    await beginPasteOnly(flow)
    expect(await flow.begin()).toMatchObject({ kind: 'refused', reason: 'busy' })
    await flow.connect.cancel()
    await flow.begin()
    expect(await beginPasteOnly(flow)).toMatchObject({ kind: 'refused', reason: 'busy' })
  })
})
