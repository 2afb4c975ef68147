import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { READ_GRACE } from '#base/common/timer.ts'
import { messagesOf, testMessage, type WebhookMessage } from '#delivery/webhook/webhook-message.ts'
import { WebhookSender } from '#delivery/webhook/webhook-queue.ts'
import { readWebhookAddress, shownSecret } from '#delivery/webhook/webhook-request.ts'
import { webhookRetryDelay } from '#engine/delivery-schedule/delivery-schedule.ts'
import type { WebhookSettings } from '#engine/domain/delivery-model.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { Alert, FleetView, ProfileView } from '#engine/domain/view-model.ts'
import { FakeClock, START } from '../../engine/support/fake-clock.ts'
import { incident } from '../../engine/support/incidents.ts'

const KEY = Buffer.alloc(32, 7)
const SECRET = new Secret(KEY.toString('base64'))
const HOUR = 3_600_000
/** ms. A machine may be busy with other tests. */
const LONG = 20_000

interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A receiver of the test's own. `answer`: what it does with the nth message. */
async function receiver(answer: (response: ServerResponse, nth: number) => void) {
  const received: Received[] = []
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString('utf8') })
      answer(response, received.length)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { received, url: `http://127.0.0.1:${port}/hook?key=canary-in-url` }
}

const status = (code: number) => (response: ServerResponse) => void response.writeHead(code).end('x')

function sender(url: string | null) {
  const clock = new FakeClock()
  let settings: WebhookSettings | null = {
    url: url === null ? null : new Secret(url),
    secret: SECRET,
    held: false,
  }
  const logged: object[] = []
  const webhook = new WebhookSender({
    clock,
    now: () => clock.now(),
    fetch,
    whyNoAnswer: (error) =>
      error instanceof Error && String(error.cause).includes('redirect') ? 'redirected' : 'refused',
    userAgent: 'test/1',
    settings: () => settings,
    changed: () => {},
    log: (_event, fields) => void logged.push(fields),
  })
  onTestFinished(() => webhook.stop())
  return { clock, webhook, logged, set: (next: WebhookSettings | null) => (settings = next) }
}

let made = 0
const parts = { now: () => START, newId: () => `message-${++made}` }

const cause = incident({
  key: 'manager-dead:m1',
  level: 'critical',
  title: 'Reconnect the integration',
  sentence: 'Its refresh token is refused.',
  profileIds: ['p1', 'p2'],
  trackingId: 'ROUTER_9',
  since: START,
})

const profile = (id: string) => ({ id, name: `Profile ${id}`, targetOrgId: `org-${id}` }) as ProfileView

const fleet: FleetView = {
  now: START,
  clockSkew: 0,
  profiles: ['p1', 'p2', 'p3'].map(profile),
  managers: [],
  incidents: [cause],
  allPausedUntil: null,
}

const alert: Alert = {
  ...cause,
  about: 'Profile p1 and 1 more',
  body: 'Profile p1 and 1 more: Its refresh token is refused.',
}

const aMessage = (): WebhookMessage => {
  const [message] = messagesOf({ raise: [alert], recovered: [] }, fleet, parts)
  if (message === undefined) throw new Error('there is one')
  return message
}

describe('a message', () => {
  test('names what happened, to whom, and why, in fields of its own', () => {
    expect(aMessage()).toEqual({
      id: `message-${made}`,
      event: 'alert.raised',
      createdAt: new Date(START).toISOString(),
      rootCause: 'manager-dead:m1',
      level: 'critical',
      title: 'Reconnect the integration',
      sentence: 'Its refresh token is refused.',
      trackingId: 'ROUTER_9',
      profiles: [
        { name: 'Profile p1', orgId: 'org-p1' },
        { name: 'Profile p2', orgId: 'org-p2' },
      ],
      profileCount: 2,
    })
  })

  test('of a recovery has the root cause of what it ends', () => {
    const over = { ...alert, title: 'Resolved: token renewal was continued', body: 'Renewed again.' }
    const [message] = messagesOf({ raise: [], recovered: [over] }, { ...fleet, incidents: [] }, parts)
    expect(message).toMatchObject({
      event: 'alert.recovered',
      rootCause: 'manager-dead:m1',
      sentence: 'Renewed again.',
    })
  })

  test('about hundreds of service apps names the first and counts all', () => {
    const profiles = Array.from({ length: 300 }, (_, n) => profile(`p${n}`))
    const many = { ...alert, profileIds: profiles.map(({ id }) => id) }
    const [message] = messagesOf({ raise: [many], recovered: [] }, { ...fleet, profiles }, parts)
    expect([message?.profiles.length, message?.profileCount]).toEqual([20, 300])
  })
})

test('is posted as JSON, signed as Standard Webhooks has it', async () => {
  const { received, url } = await receiver(status(204))
  const { webhook } = sender(url)
  const message = aMessage()
  webhook.tell([message])
  await vi.waitFor(() => expect(webhook.last?.delivered).toBe(true), LONG)
  const [{ headers, body } = { headers: {}, body: '' }] = received
  expect(JSON.parse(body)).toEqual(message)
  expect(headers['content-type']).toBe('application/json')
  expect(headers['webhook-id']).toBe(message.id)
  expect(headers['webhook-timestamp']).toBe(String(START / 1000))
  // What a receiver computes, from the secret as it was given to it.
  const key = Buffer.from(shownSecret(SECRET).replace(/^whsec_/, ''), 'base64')
  expect(key).toEqual(KEY)
  const expected = createHmac('sha256', key)
    .update(`${message.id}.${START / 1000}.${body}`)
    .digest('base64')
  expect(headers['webhook-signature']).toBe(`v1,${expected}`)
})

test('the signature is the one of the published example', async () => {
  // Standard Webhooks' own: the secret, id, time and payload of its libraries' tests.
  const { signedHeaders } = await import('#delivery/webhook/webhook-request.ts')
  const headers = signedHeaders(new Secret('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'), {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    at: 1_614_265_330_000,
    body: '{"test": 2432232314}',
  })
  expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=')
})

describe('a message that does not get through', () => {
  test('is sent again with the same id and a new time, five times in about an hour, and then given up', async () => {
    const { received, url } = await receiver(status(500))
    const { clock, webhook, logged } = sender(url)
    webhook.tell([aMessage()])
    for (let tries = 1; tries <= 5; tries++) {
      await vi.waitFor(() => expect(logged).toHaveLength(tries), LONG)
      // Exactly the wait: the next try begins, and its own deadline does not come.
      await clock.advance(webhookRetryDelay(tries) ?? 0)
    }
    await clock.advance(5 * HOUR)
    expect(received).toHaveLength(5)
    expect(new Set(received.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
    expect(new Set(received.map(({ headers }) => headers['webhook-timestamp'])).size).toBe(5)
    expect(new Set(received.map(({ headers }) => headers['webhook-signature'])).size).toBe(5)
    expect(webhook.last).toMatchObject({ delivered: false, sentence: 'The address answered HTTP 500.' })
  })

  test('is sent again in time though the clock is set back', async () => {
    const { url } = await receiver((response, nth) => status(nth === 1 ? 503 : 200)(response))
    const { clock, webhook, logged } = sender(url)
    webhook.tell([aMessage()])
    await vi.waitFor(() => expect(logged).toHaveLength(1), LONG)
    clock.setWall(clock.now() - 24 * HOUR)
    await clock.advance(10_000)
    await vi.waitFor(() => expect(logged).toHaveLength(2), LONG)
    expect(webhook.last).toMatchObject({ delivered: true })
  })

  test('does not hold up those that follow, and is delivered in the end', async () => {
    const { received, url } = await receiver((response, nth) => status(nth === 1 ? 503 : 200)(response))
    const { clock, webhook, logged } = sender(url)
    const [first, second] = [aMessage(), aMessage()]
    webhook.tell([first])
    webhook.tell([second])
    await vi.waitFor(() => expect(logged).toHaveLength(2), LONG)
    await clock.advance(10_000)
    await vi.waitFor(() => expect(logged).toHaveLength(3), LONG)
    expect(received.map(({ headers }) => headers['webhook-id'])).toEqual([first.id, second.id, first.id])
    expect(clock.armed).toEqual([])
  })

  test('says nothing of the address or the secret', async () => {
    const { url } = await receiver(status(403))
    const { webhook, logged } = sender(url)
    const sent = await webhook.test(testMessage(parts))
    expect(sent).toEqual({
      delivered: false,
      sentence: 'The address refused the message (HTTP 403). Look at its signing secret.',
    })
    expect(JSON.stringify([logged, webhook.last])).not.toMatch(/canary|127\.0\.0\.1|BwcH/)
  })

  test('is not sent where a redirect leads', async () => {
    const elsewhere = await receiver(status(200))
    const { url } = await receiver(
      (response) => void response.writeHead(307, { location: elsewhere.url }).end(),
    )
    const { webhook } = sender(url)
    expect(await webhook.test(testMessage(parts))).toEqual({
      delivered: false,
      sentence: 'The address leads elsewhere, which is not followed. Set the address it leads to.',
    })
    expect(elsewhere.received).toEqual([])
  })

  test('waits ten seconds for an answer and no longer', async () => {
    const { received, url } = await receiver(() => {})
    const { clock, webhook } = sender(url)
    const sent = webhook.test(testMessage(parts))
    await vi.waitFor(() => expect(received).toHaveLength(1), LONG)
    await clock.advance(10_000 + READ_GRACE)
    expect(await sent).toEqual({ delivered: false, sentence: 'No answer came within 10 seconds.' })
  })

  test('is told when nothing listens', async () => {
    const { webhook } = sender('http://127.0.0.1:9/')
    expect(await webhook.test(testMessage(parts))).toMatchObject({ delivered: false })
  })
})

describe('messages that wait', () => {
  test('are the newest hundred', async () => {
    const ids = () => received.map(({ headers }) => headers['webhook-id'])
    const { received, url } = await receiver(() => {})
    const { clock, webhook, set } = sender(url)
    const messages = Array.from({ length: 150 }, aMessage)
    webhook.tell(messages)
    await vi.waitFor(() => expect(received).toHaveLength(1), LONG)
    expect(ids()).toEqual([messages[50]?.id])
    set(null)
    webhook.settingsChanged()
    await clock.advance(10_000)
    await clock.advance(HOUR)
    expect(received).toHaveLength(1)
  })

  test('go to the new address at once', async () => {
    const bad = await receiver(status(500))
    const good = await receiver(status(200))
    const { webhook, logged, set } = sender(bad.url)
    webhook.tell([aMessage()])
    await vi.waitFor(() => expect(logged).toHaveLength(1), LONG)
    set({ url: new Secret(good.url), secret: SECRET, held: false })
    webhook.settingsChanged()
    await vi.waitFor(() => expect(good.received).toHaveLength(1), LONG)
  })

  test('are none while it is off', async () => {
    const { webhook, clock } = sender(null)
    webhook.tell([aMessage()])
    expect(await webhook.test(testMessage(parts))).toBeNull()
    expect(clock.armed).toEqual([])
  })
})

describe('an address', () => {
  test.each([
    'https://hooks.example/x?key=1',
    'http://localhost:8080/',
    'http://127.0.0.1/',
    'http://[::1]:1/',
  ])('%s may be set', (url) => {
    expect(readWebhookAddress(` ${url} `)).toEqual({ kind: 'ok', url })
  })

  test.each([
    ['hooks.example', 'This is not a URL'],
    ['http://hooks.example/', 'Plain http'],
    ['http://127.0.0.1.evil.example/', 'Plain http'],
    ['ftp://hooks.example/', 'begins with https'],
    ['file:///etc/passwd', 'begins with https'],
    ['https://me:secret@hooks.example/', 'user name and password'],
    ['https://hooks.example/#part', 'never sent'],
  ])('%s may not', (url, why) => {
    expect(readWebhookAddress(url)).toMatchObject({ kind: 'invalid', sentence: expect.stringContaining(why) })
  })
})
