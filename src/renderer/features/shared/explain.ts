// Who can fix what is wrong with a profile, and what to write to them. What happened and what to do is the engine's sentence.

import { rawOrgId } from '#base/common/webex-id.ts'
import type { FixAction, ProfileView, ShownCall } from '#contract/contract.ts'

const YOU = 'You'

/** What is said of a button that fixes something; who can fix a failed attempt comes with the attempt. */
export function whoMendsByFix(fix: FixAction): string {
  switch (fix.kind) {
    case 'authorise-in-control-hub':
      return 'A full admin of the customer’s org, in Control Hub'
    case 'connect-integration':
      return fix.managerId === null ? YOU : 'You, or whoever owns the integration'
    case 'end-other-copy':
      return 'You, or whoever runs the other copy'
    case 'paste-personal-token':
    case 'edit-service-app':
    case 'resume':
    case 'check-storage':
    case 'repair-record':
      return YOU
    case 'check-network':
    case 'set-proxy':
      return 'You, or whoever runs your network'
    case 'refresh':
      return 'Nobody has to: it is tried again by itself'
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
export function tierSteps(calls: readonly ShownCall[]): readonly string[] {
  return calls.map(
    ({ tier, result, resultName }, i) =>
      `${i === 0 ? '' : '→ '}${tier} ${signs[result] ?? `✗ ${resultName}`}`,
  )
}
