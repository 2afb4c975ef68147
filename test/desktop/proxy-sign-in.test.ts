import { expect, test } from 'vitest'
import { type ProxyCredentials, ProxySignIn, type SignInTurn } from '#desktop/system/proxy-sign-in.ts'
import { Secret } from '#engine/domain/secret.ts'

const PROXY = 'http://proxy.example:8080'
const asked = { isProxy: true, scheme: 'basic', host: 'proxy.example', port: 8080, realm: 'company' }

function stage(over: Partial<ProxyCredentials> = {}) {
  let now = 0
  let credentials: ProxyCredentials | null = {
    user: 'jane',
    password: new Secret('p4ssword'),
    proxy: PROXY,
    rejected: false,
    ...over,
  }
  const missing: string[] = []
  const late: (() => void)[] = []
  const signIn = new ProxySignIn({
    credentials: () => credentials,
    rejected(rejected) {
      credentials = { ...rejected, rejected: true }
    },
    missing: (proxy) => void missing.push(proxy),
    monotonic: () => now,
    delay: (ms) =>
      new Promise((resolve) =>
        late.push(() => {
          now += ms
          resolve()
        }),
      ),
  })
  return {
    missing,
    turn: (route: readonly string[] = [PROXY]) => signIn.turn(async () => route, null),
    isRejected: () => credentials?.rejected,
    pass: (ms: number) => {
      now += ms
    },
    expireWaiting: () => late.splice(0).forEach((ring) => void ring()),
  }
}

/** What a proxy that asks is given; null: nothing. */
const given = (turn: SignInTurn, info: Partial<typeof asked> = {}): Promise<string | null> =>
  new Promise((resolve) =>
    turn.answer({ ...asked, ...info }, (user, password) =>
      resolve(user === undefined ? null : `${user}:${password}`),
    ),
  )

test('a proxy that asks is given what was saved for it, once for each request', async () => {
  const { turn, isRejected } = stage()
  const first = await turn()
  expect(await given(first)).toBe('jane:p4ssword')
  expect(await given(first)).toBe(null)
  expect(first.isRejected()).toBe(true)
  expect(isRejected()).toBe(true)
})

test.for([
  ['a server', { isProxy: false }, [PROXY]],
  ['a server on the host and port of the proxy', { isProxy: false, scheme: 'ntlm' }, [PROXY]],
  ['another proxy', { host: 'other.example' }, [PROXY]],
  ['another port', { port: 8081 }, [PROXY]],
  ['a name that begins alike', { host: 'proxy.example.attacker' }, [PROXY]],
  ['the same host and port by another scheme', {}, ['https://proxy.example:8080']],
  ['a proxy that is not on the way', {}, []],
] as const)('%s gets nothing, and nothing counts as rejected', async ([, info, route]) => {
  const { turn, isRejected } = stage()
  const one = await turn(route)
  expect(await given(one, info)).toBe(null)
  expect(one.isRejected()).toBe(false)
  expect(isRejected()).toBe(false)
})

test('what was rejected is sent by no later request, and each learns why it failed', async () => {
  const { turn, missing } = stage({ rejected: true })
  for (let each = 0; each < 3; each += 1) {
    const one = await turn()
    expect(await given(one)).toBe(null)
    expect(one.isRejected()).toBe(true)
  }
  expect(missing).toEqual([])
})

test('unproved credentials leave with one request; the others wait, and are not sent when it is rejected', async () => {
  const { turn } = stage()
  const lead = await turn()
  const others = [turn(), turn(), turn()]
  const ends = Promise.allSettled(others)
  await given(lead)
  await given(lead)
  lead.end()
  for (const end of await ends) {
    expect(end).toMatchObject({ status: 'rejected', reason: { code: 'PROXY_SIGN_IN_REJECTED' } })
  }
})

test('once one has passed the others go at once, until there was a pause of 10 s', async () => {
  const { turn, pass } = stage()
  const lead = await turn()
  const waiting = turn()
  await given(lead)
  lead.passed()
  lead.end()
  ;(await waiting).end()
  const [one, other] = [await turn(), await turn()]
  one.passed()
  pass(9_000)
  await turn()
  other.passed()
  pass(10_000)
  const next = await turn()
  let isSent = false
  const later = turn().then(() => {
    isSent = true
  })
  await Promise.resolve()
  expect(isSent).toBe(false)
  next.passed()
  next.end()
  await later
})

test('a request that waits longer than 5 s is known not to have been sent', async () => {
  const { turn, expireWaiting } = stage()
  await turn()
  const waiting = turn()
  const refused = expect(waiting).rejects.toMatchObject({ code: 'PROXY_SIGN_IN_BUSY' })
  await new Promise(setImmediate)
  expireWaiting()
  await refused
})

test('a password that was changed meanwhile is noticed by the first question after it was good', async () => {
  const { turn, isRejected } = stage()
  const lead = await turn()
  await given(lead)
  lead.passed()
  lead.end()
  const one = await turn()
  // Chromium has sent the one it remembers before it asks.
  expect(await given(one)).toBe(null)
  expect(isRejected()).toBe(true)
})

test('of several that are asked at once one answers, and the others follow it', async () => {
  const { turn, isRejected } = stage()
  const lead = await turn()
  // This proxy asked for nothing so far.
  lead.passed()
  lead.end()
  const [one, other] = [await turn(), await turn()]
  expect(await given(one)).toBe('jane:p4ssword')
  const waits = given(other)
  one.passed()
  one.end()
  expect(await waits).toBe('jane:p4ssword')
  expect(isRejected()).toBe(false)
})

test('a proxy without a sign-in of its own is named', async () => {
  const { turn, missing } = stage({ proxy: 'http://elsewhere:1' })
  await given(await turn())
  expect(missing).toEqual(['proxy.example:8080'])
})
