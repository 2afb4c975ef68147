// Who can mend a failure, and what to write to them. What happened and what to do is the engine's own sentence.
import type { Call, FixAction, ProfileView } from '#contract/contract.ts'
import { rawOrgId } from '#contract/webex-id.ts'

/** Short words for a call's result, where the table has room for one or two. Others are shown as they are. */
const shortWords: Readonly<Record<string, string>> = {
  transient: 'no answer',
  throttled: 'throttled',
  interference: 'not Webex',
  'answer-lost': 'answer lost',
  'token-limit': 'token limit',
  'manager-token-limit': 'token limit',
  'grant-dead': 'invalid_grant',
  unclear: 'refused',
  unexpected: 'odd answer',
  'client-refused': 'wrong secret',
  'bearer-refused': '401',
  'not-authorised': 'not authorized',
  'wrong-field': 'wrong value',
  'manager-grant-dead': 'invalid_grant',
  'manager-client-refused': 'wrong secret',
  'manager-refused': '401',
  'no-manager': 'not connected',
  store: 'not stored',
  'nothing-to-try': 'no way left',
}

export const shortResult = (result: string): string => shortWords[result] ?? result

const YOU = 'You'
const ITSELF = 'Nobody has to: it is tried again by itself'

const whoByResult: Readonly<Record<string, string>> = {
  transient: `${ITSELF}. If it stays, whoever runs your network, or Cisco`,
  throttled: ITSELF,
  interference: 'You, or whoever runs the network or proxy between you and Webex',
  'answer-lost': ITSELF,
  'token-limit': 'You, or whoever else requests tokens for this service app',
  'manager-token-limit': 'You, or whoever else requests tokens for the integration',
  'grant-dead': 'Nobody has to, as long as tier 2 works',
  unclear: `${ITSELF}. If it stays, you`,
  unexpected: `${ITSELF}. If it stays, Cisco: give them the tracking ID`,
  'client-refused': 'You, with the client secret of the service app',
  'bearer-refused': ITSELF,
  'not-authorised': 'A full admin of the customer’s org, in Control Hub',
  'wrong-field': YOU,
  'manager-grant-dead': 'You, or whoever owns the integration',
  'manager-client-refused': 'You, or whoever owns the integration',
  'manager-refused': 'You, or whoever owns the integration',
  'no-manager': YOU,
  store: YOU,
  'nothing-to-try': YOU,
}

/** null: nothing is known of that result. */
export const whoMends = (result: string): string | null => whoByResult[result] ?? null

export function whoMendsByFix(fix: FixAction): string {
  switch (fix.kind) {
    case 'authorise-in-control-hub':
      return 'A full admin of the customer’s org, in Control Hub'
    case 'connect-integration':
      return 'You, or whoever owns the integration'
    case 'edit-service-app':
    case 'resume':
    case 'check-storage':
      return YOU
    case 'check-network':
      return 'You, or whoever runs your network'
    case 'refresh':
      return ITSELF
  }
}

/** A ready e-mail to the admin of an org that does not authorize the service app (any more). */
export function adminEmail(profile: ProfileView): string {
  const { name, appId, clientId, targetOrgId, orgName, last } = profile
  const org = rawOrgId(targetOrgId)
  return [
    `Subject: Please authorize the service app "${name}" in Webex Control Hub`,
    '',
    'Hello,',
    '',
    `Webex no longer issues access tokens to our service app "${name}" for your organization${orgName === null ? '' : ` ${orgName}`}, because the app is not authorized there.`,
    '',
    'As a full administrator, please:',
    '1. Sign in to Control Hub, https://admin.webex.com',
    '2. Open Apps, then Service Apps.',
    `3. Choose "${name}" (client ID ${clientId}).`,
    '4. Turn on Authorize, and save.',
    '',
    'Nothing else is needed: we get a new token by ourselves afterwards.',
    '',
    `Organization ID: ${org}`,
    `App ID: ${appId}`,
    ...(last?.trackingId == null ? [] : [`Webex tracking ID: ${last.trackingId}`]),
    '',
    'Thank you.',
  ].join('\n')
}

const signs: Readonly<Record<string, string>> = { ok: '✓', unchanged: '=' }

/** The tiers an attempt went through, to be joined by a space: "1 ✗ invalid_grant", "→ 2 ✓". A line may break between them only. */
export function tierSteps(calls: readonly Call[]): readonly string[] {
  return calls.map(
    ({ tier, result }, i) => `${i === 0 ? '' : '→ '}${tier} ${signs[result] ?? `✗ ${shortResult(result)}`}`,
  )
}
