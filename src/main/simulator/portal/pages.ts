// The simulator's pages: the developer portal at `/`, and consent and refusal at /authorize. One style, no script,
// nothing loaded, never framed.
import { createHash } from 'node:crypto'
import type { Page } from '../api/answers.ts'
import type { AuthorizationRequest } from '../oauth/codes.ts'
import type { FirstTokens, IntegrationCredentials, ServiceAppCredentials } from '../oauth/first-tokens.ts'

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; }
main { max-width: 30rem; margin: 1rem; padding: 1.5rem 2rem; border: 1px solid; border-radius: 1rem; overflow-wrap: anywhere; }
.badge { display: inline-block; margin: 0; padding: 0 .75rem; border: 1px solid; border-radius: 1rem; font-size: .875rem; }
form { display: flex; gap: 1rem; margin-top: 1.5rem; }
button { font: inherit; padding: .5rem 1.5rem; border-radius: 1.5rem; border: 1px solid #0353a8; background: #fff; color: #0353a8; }
button.accept { background: #0353a8; color: #fff; }
pre { white-space: pre-wrap; padding: .75rem; border: 1px solid; border-radius: .5rem; font-size: .875rem; }
button:focus-visible, pre:focus-visible { outline: 3px solid; outline-offset: 2px; }
`

/** `formAction` are the sources a form's submission may reach, redirects included (CSP form-action). */
function makePage(title: string, body: string, formAction: string): Page {
  const styleHash = createHash('sha256').update(STYLE).digest('base64')
  const policy = [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    `form-action ${formAction}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ]
  return {
    text: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title} – Simulated Webex</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<p class="badge">Simulated Webex</p>
${body}
</main>
</body>
</html>
`,
    headers: {
      'Content-Security-Policy': policy.join('; '),
      'Referrer-Policy': 'no-referrer',
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-store',
    },
  }
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** A developer portal, where a person finds what to put into an app that uses Webex. */
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

/** Asks whether the integration may act for the person. `Accept` and `Decline` are plain submit buttons. */
export function consentPage(id: string, { redirectUri, scope }: AuthorizationRequest): Page {
  const scopes = scope.split(' ').map((word) => `<li><code>${escapeHtml(word)}</code></li>`)
  const body = `<h1>Allow the token manager integration?</h1>
<p>It asks for this, in the name of <strong>Ada Admin</strong>:</p>
<ul>${scopes.join('')}</ul>
<p>Afterwards you return to <code>${escapeHtml(redirectUri)}</code>.</p>
<form method="post" action="/v1/authorize">
<input type="hidden" name="consent" value="${escapeHtml(id)}">
<button class="accept" name="decision" value="accept">Accept</button>
<button name="decision" value="decline">Decline</button>
</form>`
  // Browsers hold the redirect after a form's submission to form-action too.
  return makePage('Allow access?', body, `'self' ${new URL(redirectUri).origin}`)
}

export function refusalPage(why: string): Page {
  return makePage('Request refused', `<h1>This request was rejected</h1><p>${escapeHtml(why)}</p>`, "'none'")
}
