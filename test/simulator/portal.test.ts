// For whoever runs the simulator from outside: the credentials on a page, the control by JSON over HTTP.
import { request } from 'node:http'
import { describe, expect, test } from 'vitest'
import { first, get, refresh, send, tier2 } from './support/calls.ts'
import { type Running, running } from './support/running.ts'

const tier1 = (simulator: Running) => {
  const { app, org } = first(simulator)
  return refresh(simulator, app, org.refreshToken)
}

/** fetch does not let a caller choose the Host, as a rebound name would. */
const statusFor = (url: string, host: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    request(url, { headers: { host } }, (response) => {
      response.resume()
      resolve(response.statusCode)
    })
      .on('error', reject)
      .end()
  })

describe('the page', () => {
  test('shows the credentials and a token-config.json for each org', async () => {
    const simulator = await running({ portal: true })
    const { app, org } = first(simulator)
    const page = await send(simulator.origin)
    expect(page.status).toBe(200)
    for (const value of [simulator.integration.clientSecret, app.appId, app.clientSecret, org.orgId]) {
      expect(page.text).toContain(value)
    }
    expect(page.text.match(/<pre/g)).toHaveLength(3)
    expect(page.headers.get('Content-Security-Policy')).toMatch(/^default-src 'none';/)
  })

  test('is not there unless asked for', async () => {
    expect((await send((await running()).origin)).status).toBe(401)
  })

  test('and the control are not shown under a name that is not this machine’s', async () => {
    const { origin } = await running({ portal: true })
    expect(await statusFor(`${origin}/`, 'evil.invalid')).toBe(401)
    expect(await statusFor(`${origin}/_control/credentials`, 'evil.invalid')).toBe(403)
    expect(await statusFor(`${origin}/_control/credentials`, 'localhost:80')).toBe(200)
  })
})

describe('the control over HTTP', () => {
  const post = (simulator: Running, command: string, body: unknown, headers: Record<string, string> = {}) =>
    send(`${simulator.origin}/_control/${command}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })

  test('is not there unless asked for', async () => {
    const simulator = await running()
    expect((await post(simulator, 'kill-integration', {})).status).toBe(401)
    expect((await tier2(simulator)).status).toBe(200)
  })

  test('does what the control does', async () => {
    const simulator = await running({ portal: true })
    const { app, org } = first(simulator)
    const at = { app: app.name, orgId: org.orgId }
    const commands: readonly (readonly [string, unknown])[] = [
      ['kill-refresh-token', at],
      ['kill-access-token', at],
      ['kill-integration', {}],
      ['revive-integration', {}],
      ['expire-integration-access', {}],
      ['deauthorise-org', { orgId: org.orgId }],
      ['authorise-org', at],
      ['set-scopes', { app: 'integration', scopes: [] }],
      ['set-lifetimes', { accessTtl: 20 }],
      ['set-behaviour', { slide: true, deadGrantAnswer: 'webex-401' }],
      ['set-latency', { ms: 0 }],
      ['set-date-skew', { ms: -5 }],
      ['clear-faults', {}],
    ]
    for (const [command, body] of commands) {
      expect([command, (await post(simulator, command, body)).body]).toEqual([
        command,
        { ok: true, value: null },
      ])
    }
    expect((await tier1(simulator)).status).toBe(401)
    expect((await get(simulator, '/dataSources', org.accessToken)).status).toBe(401)
  })

  test('gives back the new secret, a fault’s id and a personal access token', async () => {
    const simulator = await running({ portal: true })
    const { app, org } = first(simulator)
    const clientSecret = (await post(simulator, 'regenerate-secret', { app: app.name })).body.value
    expect(
      (await refresh(simulator, { ...app, clientSecret: String(clientSecret) }, org.refreshToken)).status,
    ).toBe(200)
    const fault = { kind: 'status', endpoint: 'rooms', status: 503 }
    expect((await post(simulator, 'fault', fault)).body).toEqual({ ok: true, value: 1 })
    expect((await get(simulator, '/rooms')).status).toBe(503)
    const bearer = (await post(simulator, 'issue-personal-access-token', {})).body.value
    expect((await tier2(simulator, { bearer: String(bearer) })).status).not.toBe(401)
  })

  test('gives the credentials', async () => {
    const simulator = await running({ portal: true })
    const { integration, serviceApps } = simulator
    const answer = await send(`${simulator.origin}/_control/credentials`)
    expect(answer.body).toEqual({ ok: true, value: { integration, serviceApps } })
  })

  test('shows the ledger and the duplicates, and is not in them', async () => {
    const simulator = await running({ portal: true })
    await tier1(simulator)
    await tier1(simulator)
    const ledger = await send(`${simulator.origin}/_control/ledger`)
    expect(ledger.body).toEqual({ ok: true, value: { pending: 0, entries: simulator.ledger.entries } })
    const duplicates = await send(`${simulator.origin}/_control/duplicates`)
    expect(duplicates.body).toEqual({ ok: true, value: simulator.ledger.duplicates() })
  })

  test('says what is wrong with a command', async () => {
    const simulator = await running({ portal: true })
    expect((await post(simulator, 'nothing', {})).status).toBe(404)
    const unknown = await post(simulator, 'regenerate-secret', { app: 'nobody' })
    expect(unknown.body).toEqual({ ok: false, error: expect.stringContaining('nobody') })
    const wrong = await post(simulator, 'set-latency', { seconds: 3 })
    expect(wrong.status).toBe(400)
    expect(wrong.body.error).toMatch(/ms/)
  })

  test('turns away pages of a browser', async () => {
    const simulator = await running({ portal: true })
    const fromPage = { Origin: 'http://evil.invalid' }
    expect((await post(simulator, 'kill-integration', {}, fromPage)).status).toBe(403)
    const simple = await post(simulator, 'kill-integration', {}, { 'Content-Type': 'text/plain' })
    expect(simple.status).toBe(415)
    expect((await tier2(simulator)).status).toBe(200)
  })
})
