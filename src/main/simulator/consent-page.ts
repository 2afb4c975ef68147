// The pages a person sees at /authorize: the consent, and the refusal of a request that cannot be trusted.
import { createHash } from 'node:crypto'

export type Page = { readonly text: string; readonly headers: Record<string, string> }

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; }
main { max-width: 30rem; margin: 1rem; padding: 1.5rem 2rem; border: 1px solid; border-radius: 1rem; overflow-wrap: anywhere; }
.badge { display: inline-block; margin: 0; padding: 0 .75rem; border: 1px solid; border-radius: 1rem; font-size: .875rem; }
form { display: flex; gap: 1rem; margin-top: 1.5rem; }
button { font: inherit; padding: .5rem 1.5rem; border-radius: 1.5rem; border: 1px solid #0353a8; background: #fff; color: #0353a8; }
button.accept { background: #0353a8; color: #fff; }
button:focus-visible { outline: 3px solid; outline-offset: 2px; }
`

export type Consent = {
  readonly id: string
  readonly action: string
  readonly redirectUri: string
  readonly scopes: readonly string[]
}

/** Asks whether the integration may act for the person. `Accept` and `Decline` are plain submit buttons. */
export function consentPage(consent: Consent): Page {
  const scopes = consent.scopes.map((scope) => `<li><code>${escapeHtml(scope)}</code></li>`).join('')
  const body = `<h1>Allow the token manager integration?</h1>
<p>It asks for this, in the name of <strong>Ada Admin</strong>:</p>
<ul>${scopes}</ul>
<p>Afterwards you return to <code>${escapeHtml(consent.redirectUri)}</code>.</p>
<form method="post" action="${escapeHtml(consent.action)}">
<input type="hidden" name="consent" value="${escapeHtml(consent.id)}">
<button class="accept" name="decision" value="accept">Accept</button>
<button name="decision" value="decline">Decline</button>
</form>`
  // Browsers hold the redirect after a form's submission to form-action too.
  return page('Allow access?', body, `'self' ${new URL(consent.redirectUri).origin}`)
}

export function refusalPage(why: string): Page {
  return page('Request refused', `<h1>This request was refused</h1><p>${escapeHtml(why)}</p>`, "'none'")
}

function page(title: string, body: string, formAction: string): Page {
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
