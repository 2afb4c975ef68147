// Who can fix what is wrong with a profile, and what to write to them. What happened and what to do is the engine's sentence.

import { rawOrgId } from '#base/common/webex-id.ts'
import type { FixAction, Owner, ProfileView, ShownCall } from '#contract/contract.ts'
import { OWNER_WORDS } from '#contract/view-changes.ts'

const OWNERS: Readonly<Record<FixAction['kind'], Owner>> = {
  'authorise-in-control-hub': 'customer-admin',
  'connect-integration': 'integration-owner',
  'end-other-copy': 'other-copy',
  'replace-secret': 'app-owner',
  'paste-personal-token': 'you',
  'edit-service-app': 'you',
  deliver: 'you',
  resume: 'you',
  'test-tiers': 'you',
  'check-storage': 'you',
  'repair-record': 'you',
  'check-network': 'network',
  'set-proxy': 'network',
  refresh: 'nobody',
}

/** What is said of a button that fixes something; who can fix a failed attempt comes with the attempt. */
export function whoMendsByFix(fix: FixAction): string {
  const isFirst = fix.kind === 'connect-integration' && fix.managerId === null
  return OWNER_WORDS[isFirst ? 'you' : OWNERS[fix.kind]]
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
    'Nothing else is needed: a new token is issued automatically afterwards.',
    '',
    `Organization ID: ${org}`,
    `App ID: ${appId}`,
    ...(last?.trackingId == null ? [] : [`Webex tracking ID: ${last.trackingId}`]),
    '',
    'Thank you.',
  ].join('\n')
}

/** Between two e-mails that are copied together. */
const NEXT_EMAIL = `\n\n${'-'.repeat(72)}\n\n`

export function adminEmails(profiles: readonly ProfileView[]): string {
  return profiles.map(adminEmail).join(NEXT_EMAIL)
}

const signs: Readonly<Record<string, string>> = { ok: '✓', unchanged: '=' }

/** The tiers an attempt went through, to be joined by a space: "1 ✗ invalid_grant", "→ 2 ✓". A line may break between them only. */
export function tierSteps(calls: readonly ShownCall[]): readonly string[] {
  return calls.map(
    ({ tier, result, resultName }, i) =>
      `${i === 0 ? '' : '→ '}${tier} ${signs[result] ?? `✗ ${resultName}`}`,
  )
}
