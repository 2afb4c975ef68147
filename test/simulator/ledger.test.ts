// What the simulator saw: every request, by fingerprints, and the refreshes that should not have been.
import { describe, expect, test } from 'vitest'
import { fingerprint } from '#base/node/fingerprint.ts'
import { KnownSecrets } from '#simulator/identifiers.ts'
import { type LedgerEntry, makeLedger } from '#simulator/ledger.ts'
import {
  authorizeUrl,
  exchange,
  first,
  get,
  newCode,
  refresh,
  send,
  stringIn,
  tier2,
  VERIFIER,
} from './support/calls.ts'
import { DAY, running, START } from './support/running.ts'

describe('an entry', () => {
  test('tells of tier 1 who refreshed what, and what came of it', async () => {
    const simulator = await running()
    const { app, org } = first(simulator)
    simulator.pass(10)
    const answer = await refresh(simulator, app, org.refreshToken)
    expect(simulator.ledger.entries).toEqual([
      {
        at: START + 10_000,
        endpoint: 'tier1',
        method: 'POST',
        status: 200,
        trackingId: answer.headers.get('Trackingid'),
        grantType: 'refresh_token',
        client: app.name,
        orgId: org.orgId,
        presentedFingerprint: fingerprint(org.refreshToken),
        issuedFingerprint: fingerprint(stringIn(answer, 'access_token')),
        issuedRefreshFingerprint: fingerprint(stringIn(answer, 'refresh_token')),
        outcome: 'issued',
        replay: 'no',
        concurrentWithSameGrant: false,
      },
    ])
  })

  test('tells of tier 2 for whom it was, and by which bearer', async () => {
    const simulator = await running()
    const { app, org } = first(simulator)
    await tier2(simulator)
    expect(simulator.ledger.entries).toEqual([
      expect.objectContaining({
        endpoint: 'tier2',
        client: app.name,
        orgId: org.orgId,
        presentedFingerprint: fingerprint(simulator.integration.accessToken),
        outcome: 'issued',
      }),
    ])
  })

  test('tells the integration’s calls apart: the consent, the code, tier 3', async () => {
    const simulator = await running()
    const pair = await exchange(simulator, await newCode(simulator))
    await refresh(simulator, simulator.integration, stringIn(pair, 'refresh_token'))
    const seen = simulator.ledger.entries.map(({ endpoint, outcome, client }) => [endpoint, outcome, client])
    expect(seen).toEqual([
      ['authorize', 'consent shown', undefined],
      ['authorize', 'code issued', undefined],
      ['code', 'issued', 'integration'],
      ['tier3', 'issued', 'integration'],
    ])
  })

  test('names the fault and has no status if there was no answer', async () => {
    const simulator = await running()
    simulator.control.fault({ kind: 'reset', endpoint: 'rooms' })
    await get(simulator, '/rooms').catch(() => null)
    expect(simulator.ledger.entries).toEqual([
      expect.objectContaining({ status: null, outcome: 'fault', faultApplied: 'reset' }),
    ])
  })

  test('tells what was done behind a fault', async () => {
    const simulator = await running()
    const { app, org } = first(simulator)
    simulator.control.fault({ kind: 'status', endpoint: 'tier1', status: 504, effect: 'done' })
    await refresh(simulator, app, org.refreshToken)
    expect(simulator.ledger.entries).toEqual([
      expect.objectContaining({ status: 504, outcome: 'issued', faultApplied: 'status' }),
    ])
  })

  test('is there as soon as the answer is', async () => {
    const simulator = await running()
    for (let count = 1; count <= 50; count += 1) {
      await get(simulator, '/rooms')
      expect(simulator.ledger.entries).toHaveLength(count)
    }
  })
})

test('all secrets so far can be had, for searches that must not find one', async () => {
  const simulator = await running()
  const { app, org } = first(simulator)
  const code = await newCode(simulator)
  const pair = await exchange(simulator, code)
  const renewed = simulator.control.regenerateSecret(app.name)
  const expected = [
    simulator.integration.clientSecret,
    app.clientSecret,
    renewed,
    org.accessToken,
    org.refreshToken,
  ]
  expected.push(code, VERIFIER, stringIn(pair, 'access_token'), stringIn(pair, 'refresh_token'))
  expect(simulator.secrets()).toEqual(expect.arrayContaining(expected))
})

test('no secret, token, code or verifier is in it', async () => {
  const simulator = await running()
  const { app, org } = first(simulator)
  const { integration } = simulator
  const code = await newCode(simulator)
  const answers = [
    await exchange(simulator, code),
    await refresh(simulator, app, org.refreshToken),
    await refresh(simulator, app, org.refreshToken),
    await tier2(simulator),
    await get(simulator, '/rooms', org.accessToken),
    await send(authorizeUrl(simulator)),
  ]
  const written = JSON.stringify(simulator.ledger.entries)
  const issued = answers.flatMap(({ body }) => [body.access_token, body.refresh_token])
  const secrets = [
    ...issued.filter((token) => typeof token === 'string'),
    ...[app.clientSecret, org.accessToken, org.refreshToken],
    ...[integration.clientSecret, integration.accessToken, integration.refreshToken, code],
    'a-verifier-of',
  ]
  expect(secrets.length).toBeGreaterThan(12)
  expect(secrets.filter((secret) => written.includes(secret.slice(0, 12)))).toEqual([])
})

test('a request that is being served counts among those under a grant only with one', async () => {
  let release = () => {}
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  const simulator = await running({ latency: 1, delay: () => held })
  const { app, org } = first(simulator)
  const pending = () => [simulator.ledger.pending, simulator.ledger.pendingGrants]
  const withoutToken = fetch(`${simulator.baseUrl}/people/me`)
  await expect.poll(pending).toEqual([1, 0])
  const renewal = refresh(simulator, app, org.refreshToken)
  await expect.poll(pending).toEqual([2, 1])
  release()
  await Promise.all([withoutToken, renewal])
  await expect.poll(pending).toEqual([0, 0])
})

describe('duplicates', () => {
  test('are none after refreshes that each use the token of the one before', async () => {
    const simulator = await running()
    const { app, org } = first(simulator)
    const pair = await refresh(simulator, app, org.refreshToken)
    await refresh(simulator, app, stringIn(pair, 'refresh_token'))
    await tier2(simulator)
    expect(simulator.ledger.duplicates()).toEqual([])
  })

  test('are refreshes with a token that was rotated away', async () => {
    const simulator = await running()
    const { app, org } = first(simulator)
    await refresh(simulator, app, org.refreshToken)
    await refresh(simulator, app, org.refreshToken)
    expect(simulator.ledger.duplicates()).toEqual([
      expect.objectContaining({ outcome: 'invalid_grant', replay: 'yes' }),
    ])
  })

  test('say if the answer that rotated it was lost', async () => {
    const simulator = await running()
    const { app, org } = first(simulator)
    simulator.control.fault({ kind: 'reset', endpoint: 'tier1', effect: 'done' })
    await refresh(simulator, app, org.refreshToken).catch(() => null)
    await refresh(simulator, app, org.refreshToken)
    expect(simulator.ledger.duplicates()).toEqual([
      expect.objectContaining({ replay: 'after a lost answer' }),
    ])
  })

  test('are not: a token kept, unchanged, killed, expired, or met by a fault before its effect', async () => {
    const simulator = await running({ rotate: false, refreshTtl: 10 * DAY })
    const { app, org } = first(simulator)
    const again = () => refresh(simulator, app, org.refreshToken)
    await again()
    await again()
    simulator.control.setBehaviour({ rotate: true, unchangedWithin: 3600 })
    await again()
    simulator.control.setBehaviour({ unchangedWithin: 0 })
    simulator.control.fault({ kind: 'status', endpoint: 'tier1', status: 503 })
    await again()
    simulator.control.killRefreshToken(app.name, org.orgId)
    await again()
    simulator.pass(10 * DAY)
    await again()
    expect(simulator.ledger.refreshes(app.name, org.orgId)).toHaveLength(6)
    expect(simulator.ledger.duplicates()).toEqual([])
  })

  test('are calls under one grant that overlap, whatever their tier', async () => {
    const simulator = await running({ rotate: false })
    const { app, org } = first(simulator)
    simulator.control.fault({ kind: 'hang', endpoint: 'tier1' })
    const gaveUp = new AbortController()
    const hanging = fetch(`${simulator.baseUrl}/access_token`, {
      method: 'POST',
      signal: gaveUp.signal,
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: app.clientId,
        client_secret: app.clientSecret,
        refresh_token: org.refreshToken,
      }),
    }).catch(() => null)
    await expect.poll(() => simulator.ledger.pending).toBe(1)
    await refresh(simulator, app, org.refreshToken)
    await tier2(simulator)
    const overlapping = simulator.ledger.duplicates().map(({ endpoint }) => endpoint)
    expect(overlapping).toEqual(['tier1', 'tier2'])
    gaveUp.abort()
    await hanging
  })

  test('are not: calls that overlap for two orgs of one app', async () => {
    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    const simulator = await running({ latency: 1, delay: () => held })
    const { app } = first(simulator)
    const both = app.orgs.map(({ refreshToken }) => refresh(simulator, app, refreshToken))
    await expect.poll(() => simulator.ledger.pending).toBe(2)
    release()
    await Promise.all(both)
    expect(simulator.ledger.duplicates()).toEqual([])
  })
})

test('questions: by app and org, by client, by endpoint; and it can be cleared', async () => {
  const simulator = await running()
  const { app, org } = first(simulator)
  for (const { refreshToken } of app.orgs) await refresh(simulator, app, refreshToken)
  await tier2(simulator)
  const { ledger } = simulator
  expect(ledger.refreshes(app.name)).toHaveLength(2)
  expect(ledger.refreshes(app.name, org.orgId)).toHaveLength(1)
  expect(ledger.refreshes('nobody')).toEqual([])
  expect(ledger.of(app.name, org.orgId).map(({ endpoint }) => endpoint)).toEqual(['tier1', 'tier2'])
  expect(ledger.at('tier2')).toHaveLength(1)
  ledger.clear()
  expect(ledger.entries).toEqual([])
  expect(ledger.of(app.name)).toEqual([])
})

describe('one that runs for weeks keeps its size', () => {
  const entry = (at: number): LedgerEntry => ({
    at,
    endpoint: 'tier1',
    method: 'POST',
    status: 200,
    trackingId: `${at}`,
    client: at % 2 === 0 ? 'even' : 'anomalous',
    outcome: 'issued',
    replay: 'no',
    concurrentWithSameGrant: false,
  })

  test('the last requests are there, by client too, and it is told how many are not', () => {
    const ledger = makeLedger(10)
    for (let at = 0; at < 1000; at += 1) {
      ledger.record(entry(at))
      const least = Math.min(10, at + 1)
      expect(ledger.entries.length).toBeGreaterThanOrEqual(least)
      expect(ledger.entries.length).toBeLessThan(20)
      expect(ledger.entries.length + ledger.forgotten).toBe(at + 1)
      expect(ledger.entries.at(-1)?.at).toBe(at)
      expect(ledger.of('even').length + ledger.of('anomalous').length).toBe(ledger.entries.length)
    }
    ledger.clear()
    expect(ledger.forgotten).toBe(0)
  })

  test('the last tokens are known, and every client secret', () => {
    const secrets = new KnownSecrets(3)
    secrets.keep('client secret')
    for (let at = 0; at < 10; at += 1) secrets.add(`token ${at}`)
    expect(secrets.all()).toEqual(['client secret', 'token 7', 'token 8', 'token 9'])
  })
})
