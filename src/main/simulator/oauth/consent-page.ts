// The pages a person sees at /authorize: the consent, and the refusal of a request that cannot be trusted.
import { escapeHtml, makePage, type Page } from '../portal/page.ts'

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
  return makePage('Allow access?', body, `'self' ${new URL(consent.redirectUri).origin}`)
}

export function refusalPage(why: string): Page {
  return makePage('Request refused', `<h1>This request was refused</h1><p>${escapeHtml(why)}</p>`, "'none'")
}
