// A fleet for tests that are about something else: added over the bridge, as a pasted token-config.json would be.
import type { Page } from 'playwright'
import type { Simulator } from '#simulator/index.ts'
import { ask } from './ask.ts'

/** Adds every service app of the simulator in each of its orgs; the first brings the integration with it. */
export async function addFleet(page: Page, simulator: Simulator): Promise<readonly string[]> {
  const { clientId, clientSecret, refreshToken } = simulator.integration
  const profileIds: string[] = []
  for (const app of simulator.serviceApps) {
    for (const org of app.orgs) {
      const { profileId, attempt } = await ask(page, 'service-app.add', {
        name: `${app.name} in ${org.name}`,
        appId: app.appId,
        clientId: app.clientId,
        clientSecret: app.clientSecret,
        targetOrgId: org.orgId,
        orgName: org.name,
        probe: { kind: 'data-sources' },
        accessToken: null,
        refreshToken: null,
        tokenManager:
          profileIds.length === 0 ? { kind: 'integration', clientId, clientSecret, refreshToken } : null,
        issueToken: true,
      })
      if (attempt?.outcome !== 'renewed')
        throw new Error(`No first token for ${app.name}: ${attempt?.sentence}`)
      profileIds.push(profileId)
    }
  }
  return profileIds
}

/** Adds a service app in one org with a refresh token that no Webex has given. */
export async function addOrders(page: Page): Promise<string> {
  const { profileId } = await ask(page, 'service-app.add', {
    name: 'Orders',
    appId: 'Y2lzY29zcGFyazovL3VzL0FQUExJQ0FUSU9OL0Mx',
    clientId: 'C0rders',
    clientSecret: 's3cret-of-orders',
    targetOrgId: '5e9d0b54-1c2d-4a3b-9f4e-3a1b2c3d4e5f',
    orgName: 'Soylent',
    probe: { kind: 'data-sources' },
    accessToken: null,
    refreshToken: 'R3fresh-token-of-orders',
    tokenManager: null,
    issueToken: false,
  })
  return profileId
}
