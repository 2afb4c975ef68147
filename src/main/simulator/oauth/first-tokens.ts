// First tokens: at the start the integration is authorised once, and every service app has a pair in every org.
import { newGrant } from '../directory.ts'
import type { Authorisation, Grant, Integration, ServiceApp } from '../model.ts'
import type { World } from '../world.ts'

type FirstPair = { readonly accessToken: string; readonly refreshToken: string }

export type IntegrationCredentials = FirstPair &
  Readonly<Pick<Integration, 'clientId' | 'clientSecret' | 'redirectUri'>>

export type OrgCredentials = FirstPair & Pick<Authorisation, 'orgId' | 'name'>

export type ServiceAppCredentials = Readonly<
  Pick<ServiceApp, 'name' | 'appId' | 'clientId' | 'clientSecret'>
> & { readonly orgs: readonly OrgCredentials[] }

export type FirstTokens = {
  readonly integration: IntegrationCredentials
  readonly serviceApps: readonly ServiceAppCredentials[]
}

/** Issues the first pairs and hands out all credentials. */
export function issueFirstTokens(world: World): FirstTokens {
  const { directory, settings, tokens } = world
  const now = world.clock.now()
  const { accessTtl, refreshTtl, managerAccessTtl, managerRefreshTtl } = settings.lifetimes
  const { integration } = directory
  const managerGrant = newGrant(integration, integration.orgUuid)
  integration.grants.push(managerGrant)
  const pairOf = (grant: Grant, access: number, refresh: number): FirstPair => {
    const pair = tokens.issue(grant, { now, accessTtl: access, refreshTtl: refresh })
    return { accessToken: pair.access.value, refreshToken: pair.refresh?.value ?? '' }
  }
  const { clientId, clientSecret, redirectUri } = integration
  return {
    integration: {
      clientId,
      clientSecret,
      redirectUri,
      ...pairOf(managerGrant, managerAccessTtl, managerRefreshTtl),
    },
    serviceApps: directory.serviceApps.map((app) => ({
      name: app.name,
      appId: app.appId,
      clientId: app.clientId,
      clientSecret: app.clientSecret,
      orgs: [...app.orgs.values()].map(({ orgId, name, grant }) => ({
        orgId,
        name,
        ...pairOf(grant, accessTtl, refreshTtl),
      })),
    })),
  }
}
