// The page at `/`: a developer portal of our own, where a person finds what to put into an app that uses Webex.
import type { FirstTokens, IntegrationCredentials, ServiceAppCredentials } from '../oauth/first-tokens.ts'
import { escapeHtml, makePage, type Page } from './page.ts'

export function portalPage({ integration, serviceApps }: FirstTokens): Page {
  const body = `<h1>Developer portal</h1>
<p>Nothing here is real, and all of it is gone when the simulated Webex ends.</p>
<h2>Token manager integration</h2>
${facts([
  ['Client ID', integration.clientId],
  ['Client secret', integration.clientSecret],
  ['Redirect URI', integration.redirectUri],
])}
${serviceApps.map((app) => section(app, integration)).join('\n')}`
  return makePage('Developer portal', body, "'none'")
}

function section(app: ServiceAppCredentials, integration: IntegrationCredentials): string {
  const orgs = app.orgs.map(
    ({ orgId, name }) => `<h3>${escapeHtml(app.name)} in ${escapeHtml(name)}</h3>
${facts([['Target org ID', orgId]])}
<details><summary>token-config.json for ${escapeHtml(app.name)} in ${escapeHtml(name)}</summary>
<pre tabindex="0">${escapeHtml(tokenConfig(app, orgId, integration))}</pre></details>`,
  )
  return `<h2>Service app ${escapeHtml(app.name)}</h2>
${facts([
  ['App ID', app.appId],
  ['Client ID', app.clientId],
  ['Client secret', app.clientSecret],
])}
${orgs.join('\n')}`
}

function facts(pairs: readonly (readonly [term: string, value: string])[]): string {
  const items = pairs.map(([term, value]) => `<dt>${term}</dt><dd><code>${escapeHtml(value)}</code></dd>`)
  return `<dl>${items.join('')}</dl>`
}

/** As people keep it on disk, ready to be pasted. */
function tokenConfig(app: ServiceAppCredentials, targetOrgId: string, integration: IntegrationCredentials) {
  const { appId, clientId, clientSecret } = app
  const { clientId: managerId, clientSecret: managerSecret, refreshToken } = integration
  const config = {
    serviceApp: { appId, clientId, clientSecret, targetOrgId },
    tokenManager: { integration: { clientId: managerId, clientSecret: managerSecret, refreshToken } },
  }
  return JSON.stringify(config, null, 2)
}
