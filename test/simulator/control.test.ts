// What admins, people and time do to the cloud, and what a caller then meets at each tier.
import { describe, expect, test } from 'vitest'
import { exchange, first, get, newCode, refresh, stringIn, tier2 } from './support/calls.ts'
import { present } from './support/present.ts'
import { DAY, type Running, running } from './support/running.ts'

const tier1 = (simulator: Running) => {
  const { app, org } = first(simulator)
  return refresh(simulator, app, org.refreshToken)
}
const tier3 = (simulator: Running) =>
  refresh(simulator, simulator.integration, simulator.integration.refreshToken)

test('a killed refresh token: tier 1 is dead, tier 2 issues a pair that lives', async () => {
  const simulator = await running()
  const { app, org } = first(simulator)
  simulator.control.killRefreshToken(app.name, org.orgId)
  expect((await tier1(simulator)).body).toMatchObject({ error: 'invalid_grant' })
  expect((await get(simulator, '/dataSources', org.accessToken)).status).toBe(200)
  const pair = await tier2(simulator)
  expect((await refresh(simulator, app, stringIn(pair, 'refresh_token'))).status).toBe(200)
})

test('a killed access token is a 401, and tier 1 works', async () => {
  const simulator = await running()
  const { app, org } = first(simulator)
  simulator.control.killAccessToken(app.name, org.orgId)
  expect((await get(simulator, '/dataSources/schemas', org.accessToken)).status).toBe(401)
  const pair = await tier1(simulator)
  expect((await get(simulator, '/dataSources', stringIn(pair, 'access_token'))).status).toBe(200)
})

test('one org’s trouble is not the other’s', async () => {
  const simulator = await running()
  const { app, org } = first(simulator)
  const other = present(app.orgs[1], 'the second org')
  simulator.control.killAccessToken(app.name, org.orgId)
  simulator.control.killRefreshToken(app.name, org.orgId)
  simulator.control.deauthoriseOrg(org.orgId)
  expect((await get(simulator, '/dataSources', other.accessToken)).status).toBe(200)
  expect((await refresh(simulator, app, other.refreshToken)).status).toBe(200)
})

describe('a dead integration', () => {
  test('is 401 at tier 2, dead at tier 3, and leaves tier 1 alone', async () => {
    const simulator = await running()
    simulator.control.killIntegration()
    expect((await tier2(simulator)).status).toBe(401)
    expect((await tier3(simulator)).body).toMatchObject({ error: 'invalid_grant' })
    expect((await tier1(simulator)).status).toBe(200)
  })

  test('lives again once revived', async () => {
    const simulator = await running()
    simulator.control.killIntegration()
    simulator.control.reviveIntegration()
    expect((await tier2(simulator)).status).toBe(200)
    expect((await tier3(simulator)).status).toBe(200)
  })

  test('can be connected anew by a person', async () => {
    const simulator = await running()
    simulator.control.killIntegration()
    const pair = await exchange(simulator, await newCode(simulator))
    expect((await tier2(simulator, { bearer: stringIn(pair, 'access_token') })).status).toBe(200)
  })
})

test('an expired bearer of the integration: tier 2 answers 401 until tier 3 gives a new one', async () => {
  const simulator = await running()
  simulator.control.expireIntegrationAccess()
  expect((await tier2(simulator)).status).toBe(401)
  const pair = await tier3(simulator)
  expect((await tier2(simulator, { bearer: stringIn(pair, 'access_token') })).status).toBe(200)
})

describe('an org that withdraws its authorisation', () => {
  test('is 403 at tier 2, and its tokens die', async () => {
    const simulator = await running()
    const { org } = first(simulator)
    simulator.control.deauthoriseOrg(org.orgId)
    expect((await tier2(simulator)).status).toBe(403)
    expect((await tier1(simulator)).status).toBe(400)
    expect((await get(simulator, '/dataSources', org.accessToken)).status).toBe(401)
  })

  test('works by tier 2 once it authorises again', async () => {
    const simulator = await running()
    const { app, org } = first(simulator)
    simulator.control.deauthoriseOrg(org.orgId, app.name)
    simulator.control.authoriseOrg(org.orgId, app.name)
    expect((await tier1(simulator)).status).toBe(400)
    expect((await tier2(simulator)).status).toBe(200)
  })
})

describe('a regenerated secret', () => {
  test('makes the old one wrong at tiers 1 and 2', async () => {
    const simulator = await running()
    simulator.control.regenerateSecret(first(simulator).app.name)
    expect((await tier1(simulator)).body).toMatchObject({ error: 'invalid_client' })
    expect((await tier2(simulator)).body).toMatchObject({ message: 'Invalid client credentials' })
  })

  test('works where it is put in, with the refresh token of before', async () => {
    const simulator = await running()
    const { app, org } = first(simulator)
    const clientSecret = simulator.control.regenerateSecret(app.name)
    expect((await refresh(simulator, { ...app, clientSecret }, org.refreshToken)).status).toBe(200)
  })

  test('can be the integration’s', async () => {
    const simulator = await running()
    simulator.control.regenerateSecret('integration')
    expect((await tier3(simulator)).body).toMatchObject({ error: 'invalid_client' })
  })
})

test('lifetimes and behaviour change for what is issued from then on', async () => {
  const simulator = await running()
  simulator.control.setLifetimes({ accessTtl: 20, managerAccessTtl: 30 })
  simulator.control.setBehaviour({ rotate: false })
  const { org } = first(simulator)
  expect((await tier1(simulator)).body).toMatchObject({ expires_in: 20, refresh_token: org.refreshToken })
  expect((await tier3(simulator)).body).toMatchObject({ expires_in: 30 })
  simulator.pass(DAY)
  expect((await get(simulator, '/dataSources', org.accessToken)).status).toBe(200)
})

test('a personal access token stands in for the integration for twelve hours', async () => {
  const simulator = await running()
  const bearer = simulator.control.issuePersonalAccessToken()
  simulator.pass(12 * 3600 - 1)
  expect((await tier2(simulator, { bearer })).status).toBe(200)
  simulator.pass(1)
  expect((await tier2(simulator, { bearer })).status).toBe(401)
})

test('an app is found by its name, app id or client id; an unknown app or org is an error', async () => {
  const { control, serviceApps } = await running()
  const app = present(serviceApps[0], 'an app')
  for (const name of [app.name, app.appId, app.clientId]) control.regenerateSecret(name)
  expect(() => control.regenerateSecret('nobody')).toThrow(RangeError)
  expect(() => control.killAccessToken(app.name, 'nowhere')).toThrow(RangeError)
  expect(() => control.deauthoriseOrg('nowhere')).toThrow(RangeError)
})

describe('at the start', () => {
  test('there are two apps, with two orgs and one, and ids Webex would give', async () => {
    const { serviceApps, integration } = await running()
    expect(serviceApps.map(({ orgs }) => orgs.length)).toEqual([2, 1])
    for (const { appId, clientId, clientSecret, orgs } of serviceApps) {
      expect(clientId).toMatch(/^C[0-9a-f]{64}$/)
      expect(clientSecret).toMatch(/^[0-9a-f]{64}$/)
      expect(Buffer.from(appId, 'base64').toString()).toBe(`ciscospark://us/APPLICATION/${clientId}`)
      for (const { orgId } of orgs) {
        expect(Buffer.from(orgId, 'base64').toString()).toMatch(
          /^ciscospark:\/\/us\/ORGANIZATION\/[0-9a-f-]{36}$/,
        )
      }
    }
    expect(integration.redirectUri).toBe('http://localhost:3000/callback')
  })

  test('there can be as many of each as one likes, or named ones', async () => {
    const many = await running({ apps: 3, orgs: 4 })
    expect(many.serviceApps.map(({ orgs }) => orgs.length)).toEqual([4, 4, 4])
    const named = await running({ serviceApps: [{ name: 'Mine', orgs: 1, scopes: [] }] })
    expect((await get(named, '/rooms', first(named).org.accessToken)).status).toBe(403)
    expect(named.serviceApps.map(({ name }) => name)).toEqual(['Mine'])
  })

  test('every token works', async () => {
    const simulator = await running()
    for (const app of simulator.serviceApps) {
      for (const org of app.orgs) {
        expect((await get(simulator, '/dataSources', org.accessToken)).status).toBe(200)
        expect((await refresh(simulator, app, org.refreshToken)).status).toBe(200)
      }
    }
    expect((await tier3(simulator)).status).toBe(200)
  })

  test('a taken port is an error', async () => {
    const { origin } = await running()
    await expect(running({ port: Number(new URL(origin).port) })).rejects.toThrow('EADDRINUSE')
  })
})
