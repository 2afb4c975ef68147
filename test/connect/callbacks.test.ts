// What arrives at the redirect URI, and what comes of it: an answer, and zero or one exchange.
import { once } from 'node:events'
import { connect as dialTls } from 'node:tls'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Harness, harness } from './support/harness.ts'
import { ask, LOOPBACK, type Question, rawAsk } from './support/sockets.ts'

let flow: Harness
let state: string
beforeEach(async () => {
  flow = await harness()
  await flow.begin()
  state = flow.state()
})
afterEach(() => flow.connect.cancel())

const callback = (query: string): string => `/callback?${query}`

/** Whatever came before, the true answer is still taken. */
async function trueAnswerStillWorks() {
  expect(flow.connect.state().kind).toBe('waiting')
  expect(flow.exchanges).toEqual([])
  const heard = await ask(flow.port, { target: callback(`code=true&state=${state}`) })
  expect(heard.status).toBe(303)
  await flow.until('connected')
  expect(flow.exchanges.map((each) => each.code)).toEqual(['true'])
}

test('the true answer is exchanged once, with the same redirect URI, and ends on a clean address', async () => {
  const heard = await ask(flow.port, { target: callback(`code=c0de&state=${state}`) })
  expect(heard.status).toBe(303)
  expect(heard.headers.location).toBe('/answered')
  expect(heard.body).toBe('')
  await flow.until('connected')
  expect(flow.exchanges).toHaveLength(1)
  const sent = new URL(flow.opened[0] ?? '').searchParams.get('redirectUri')
  expect(flow.exchanges[0]?.redirectUri).toBe(sent)
  expect(sent).toBe(`http://localhost:${flow.port}/callback`)
})

test.for(LOOPBACK)('the true answer is taken on %s', async (address) => {
  const heard = await ask(flow.port, { address, target: callback(`code=c0de&state=${state}`) })
  expect(heard.status).toBe(303)
  await flow.until('connected')
})

test('a browser that tells nothing of where the request came from is held by the state alone', async () => {
  const bytes = `GET ${callback(`code=c0de&state=${state}`)} HTTP/1.1\r\nHost: localhost:${flow.port}\r\n\r\n`
  expect(await rawAsk(flow.port, bytes)).toMatch(/^HTTP\/1\.1 303 /)
  await flow.until('connected')
})

test('an error without a state is shown as a hint, without its description, and ends nothing', async () => {
  const target = callback('error=invalid_scope&error_description=Call%20555%20now')
  expect((await ask(flow.port, { target })).status).toBe(400)
  expect(flow.connect.state()).toMatchObject({
    kind: 'waiting',
    hint: expect.stringContaining('Select it in the developer portal'),
  })
  expect(JSON.stringify(flow.shown)).not.toContain('555')
  await trueAnswerStillWorks()
})

test.for(LOOPBACK)('a browser that uses https on %s is noticed, and ends nothing', async (address) => {
  const port = flow.port
  const dialled = dialTls({ port, host: address, servername: 'localhost' })
  const [failure] = await once(dialled, 'error')
  expect(failure).toBeInstanceOf(Error)
  await expect.poll(() => flow.connect.state()).toMatchObject({ problem: 'browser-uses-https' })
  await trueAnswerStillWorks()
})

test('bytes that are neither http nor https say nothing of the browser', async () => {
  await rawAsk(flow.port, '\x16\x02\x00 garbage\r\n\r\n')
  expect(flow.connect.state()).toMatchObject({ problem: null })
  await trueAnswerStillWorks()
})

describe('turned away, without ending the flow', () => {
  const others = (): readonly (readonly [string, number, Question])[] => {
    const good = callback(`code=f0reign&state=${state}`)
    return [
      ['no parameters', 400, { target: '/callback' }],
      ['a wrong state', 400, { target: callback('code=f0reign&state=wrong') }],
      [
        'a state that only begins right',
        400,
        { target: callback(`code=f0reign&state=${state.slice(0, -1)}`) },
      ],
      ['a state that only goes on right', 400, { target: callback(`code=f0reign&state=${state}x`) }],
      ['no state', 400, { target: callback('code=f0reign') }],
      ['an empty state', 400, { target: callback('code=f0reign&state=') }],
      ['an error without state', 400, { target: callback('error=access_denied') }],
      ['an error with a wrong state', 400, { target: callback('error=access_denied&state=wrong') }],
      ['two states, the right one first', 400, { target: callback(`code=f0reign&state=${state}&state=x`) }],
      ['two states, the right one last', 400, { target: callback(`code=f0reign&state=x&state=${state}`) }],
      ['two codes', 400, { target: callback(`code=f0reign&code=other&state=${state}`) }],
      ['two errors', 400, { target: callback(`error=a&error=b&state=${state}`) }],
      ['the right state and nothing else', 400, { target: callback(`state=${state}`) }],
      ['an empty code', 400, { target: callback(`code=&state=${state}`) }],
      ['a code with control characters', 400, { target: callback(`code=a%0d%0ab&state=${state}`) }],
      ['the parameters in the fragment’s place', 404, { target: `/callback#code=f0reign&state=${state}` }],
      ['another path', 404, { target: `/?code=f0reign&state=${state}` }],
      ['the path with a slash more', 404, { target: `/callback/?code=f0reign&state=${state}` }],
      ['the path in capitals', 404, { target: `/Callback?code=f0reign&state=${state}` }],
      ['the path in escapes', 404, { target: `/%63allback?code=f0reign&state=${state}` }],
      ['the path by way of another', 404, { target: `/x/../callback?code=f0reign&state=${state}` }],
      ['a proxy’s request line', 404, { target: `http://localhost:${flow.port}${good}` }],
      ['the favicon', 404, { target: '/favicon.ico' }],
      ['the last page before its time', 404, { target: '/answered' }],
      ['another host', 421, { target: good, headers: { host: 'rebound.example' } }],
      ['another port in the host', 421, { target: good, headers: { host: 'localhost:1' } }],
      ['the address for the name', 421, { target: good, headers: { host: `127.0.0.1:${flow.port}` } }],
      ['HEAD', 405, { method: 'HEAD', target: good }],
      ['OPTIONS', 405, { method: 'OPTIONS', target: good }],
      ['POST', 405, { method: 'POST', target: good }],
      ['PUT', 405, { method: 'PUT', target: good }],
      ['an iframe', 403, { target: good, headers: { 'sec-fetch-dest': 'iframe' } }],
      ['an embedded object', 403, { target: good, headers: { 'sec-fetch-dest': 'object' } }],
      [
        'an image',
        403,
        { target: good, headers: { 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' } },
      ],
      ['fetch', 403, { target: good, headers: { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty' } }],
      ['a prefetch', 403, { target: good, headers: { 'sec-purpose': 'prefetch' } }],
      ['a prerender', 403, { target: good, headers: { 'sec-purpose': 'prefetch;prerender' } }],
      ['an older prefetch', 403, { target: good, headers: { purpose: 'prefetch' } }],
      ['Firefox’s prefetch', 403, { target: good, headers: { 'x-moz': 'prefetch' } }],
    ]
  }

  test('each gets its own status, none an exchange, and the true answer still works', async () => {
    const heard: (readonly [string, number])[] = []
    for (const [name, , question] of others()) heard.push([name, (await ask(flow.port, question)).status])
    expect(heard).toEqual(others().map(([name, status]) => [name, status]))
    expect(flow.fronts()).toBe(0)
    await trueAnswerStillWorks()
  })

  test('no answer gives anything of the request back, or anything to another origin', async () => {
    for (const [, , question] of others()) {
      const { body, headers } = await ask(flow.port, {
        ...question,
        headers: { ...question.headers, origin: 'https://evil.example' },
      })
      expect(body).not.toMatch(/f0reign|rebound|evil/)
      expect(body).not.toContain(state)
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
      expect(headers['cache-control']).toBe('no-store')
    }
    expect((await ask(flow.port, { method: 'OPTIONS', target: '/callback' })).headers.allow).toBe('GET')
  })

  test('64 KiB of query', async () => {
    const target = callback(`code=f0reign&state=${state}&x=${'x'.repeat(65_536)}`)
    const heard = await rawAsk(flow.port, `GET ${target} HTTP/1.1\r\nHost: localhost:${flow.port}\r\n\r\n`)
    expect(heard).toMatch(/^HTTP\/1\.1 431 /)
    await trueAnswerStillWorks()
  })

  test('a request that never ends is dropped', async () => {
    const heard = await rawAsk(
      flow.port,
      `GET ${callback(`code=f0reign&state=${state}`)} HTTP/1.1\r\nHost: loc`,
    )
    expect(heard).toMatch(/^HTTP\/1\.1 408 /)
    await trueAnswerStillWorks()
  })

  test.for([
    ['what is no HTTP', 'SSH-2.0-OpenSSH_9\r\n\r\n'],
    ['a request without a host', 'GET /callback HTTP/1.1\r\n\r\n'],
    ['two hosts', 'GET /callback HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n'],
  ] as const)('%s', async ([, bytes]) => {
    expect(await rawAsk(flow.port, bytes)).toMatch(/^HTTP\/1\.1 400 /)
    await trueAnswerStillWorks()
  })
})

describe('more than once', () => {
  test('two true answers at the same time are one exchange', async () => {
    const heard = await Promise.all(
      ['one', 'two'].map((code) => ask(flow.port, { target: callback(`code=${code}&state=${state}`) })),
    )
    expect(heard.map((each) => each.status)).toEqual([303, 303])
    await flow.until('connected')
    expect(flow.exchanges).toHaveLength(1)
    expect(flow.stored).toHaveLength(1)
  })

  test('a reload shows the same page and exchanges nothing', async () => {
    const target = callback(`code=c0de&state=${state}`)
    await ask(flow.port, { target })
    expect((await ask(flow.port, { target })).headers.location).toBe('/answered')
    await flow.until('connected')
    expect(flow.exchanges).toHaveLength(1)
  })

  test('an error after the true answer changes nothing', async () => {
    await ask(flow.port, { target: callback(`code=c0de&state=${state}`) })
    await ask(flow.port, { target: callback(`error=access_denied&state=${state}`) })
    expect((await flow.until('connected')).kind).toBe('connected')
  })

  test('the state of an earlier flow is worth nothing in the next', async () => {
    await flow.connect.cancel()
    await flow.begin()
    const old = state
    state = flow.state()
    expect(state).not.toBe(old)
    expect((await ask(flow.port, { target: callback(`code=old&state=${old}`) })).status).toBe(400)
    await trueAnswerStillWorks()
  })

  test('after a finished flow its state is worth nothing in the next', async () => {
    await ask(flow.port, { target: callback(`code=c0de&state=${state}`) })
    await flow.until('connected')
    await flow.begin()
    expect((await ask(flow.port, { target: callback(`code=again&state=${state}`) })).status).toBe(400)
    expect(flow.exchanges.map((each) => each.code)).toEqual(['c0de'])
  })
})

describe('errors of the authorization server', () => {
  const answer = async (query: string) => {
    const heard = await ask(flow.port, { target: callback(`${query}&state=${state}`) })
    expect(heard.status).toBe(303)
    const shown = await flow.until('failed')
    if (shown.kind !== 'failed') throw new Error(shown.kind)
    expect(flow.exchanges).toEqual([])
    return shown.sentence
  }

  test('a declined authorisation ends the flow, says so, and brings the app to the front', async () => {
    expect(await answer('error=access_denied')).toMatch(/declined/)
    expect(flow.fronts()).toBe(1)
  })

  test('a missing scope names the scope and where to tick it', async () => {
    expect(await answer('error=invalid_scope')).toMatch(/spark:applications_token.*developer portal/)
  })

  test('an error beside a code is an error', async () => {
    expect(await answer('code=c0de&error=server_error')).toMatch(/right now/)
  })

  test('Webex’s own words are shown when they are plain', async () => {
    expect(await answer('error=odd_thing&error_description=The%20user%20is%20inactive.')).toMatch(
      /odd_thing.*“The user is inactive\.”/,
    )
  })

  test.for(['<img src=x>', 'see https://evil.example', 'x'.repeat(40), 'a\u0000b', 'y '.repeat(150)])(
    'words that are not plain are left out: %j',
    async (words) => {
      const sentence = await answer(`error=server_error&error_description=${encodeURIComponent(words)}`)
      expect(sentence).not.toContain('Webex says')
    },
  )

  test('an error that is no name is not repeated', async () => {
    expect(await answer('error=%3Cscript%3E')).toContain('unknown_error')
  })
})

describe('the last page', () => {
  test('is static, of our own style, and lets nothing in or out', async () => {
    await ask(flow.port, { target: callback(`code=c0de&state=${state}`) })
    const { status, body, headers } = await ask(flow.port, { target: '/answered' })
    expect(status).toBe(200)
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['referrer-policy']).toBe('no-referrer')
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['content-type']).toBe('text/html; charset=utf-8')
    expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-[\w+/=]+'; /)
    expect(headers['content-security-policy']).not.toContain('unsafe')
    expect(body).toContain('You can close this page.')
    expect(body).not.toMatch(/c0de|<script|http:|https:/)
    expect(body).not.toContain(state)
  })

  test('keeps its address whatever is put behind it', async () => {
    await ask(flow.port, { target: callback(`code=c0de&state=${state}`) })
    const { body } = await ask(flow.port, { target: '/answered?code=zzz' })
    expect(body).not.toContain('zzz')
  })

  test('says that it was not authorised when it was not', async () => {
    await ask(flow.port, { target: callback(`error=access_denied&state=${state}`) })
    const { body } = await ask(flow.port, { target: '/answered' })
    expect(body).toContain('not authorized')
    expect(body).toContain('You can close this page.')
  })
})
