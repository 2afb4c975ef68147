// Who can fix what is wrong with a profile, and what to write to them. What happened and what to do is the engine's sentence.

import { rawOrgId } from '#base/common/webex-id.ts'
import type { FixAction, Owner, ProfileView, ShownCall } from '#contract/contract.ts'
import { OWNER_WORDS, rejectedAt } from '#contract/view-changes.ts'

const OWNERS: Readonly<Record<FixAction['kind'], Owner>> = {
  'authorise-in-control-hub': 'customer-admin',
  'connect-integration': 'integration-owner',
  'end-other-copy': 'other-copy',
  'replace-secret': 'app-owner',
  'paste-personal-token': 'you',
  'edit-service-app': 'you',
  deliver: 'you',
  resume: 'you',
  'show-data-sources': 'you',
  'test-tiers': 'you',
  'check-storage': 'you',
  'repair-record': 'you',
  'check-network': 'network',
  'set-proxy': 'network',
  'show-shared-vault': 'database',
  refresh: 'nobody',
}

/** What is said of a button that fixes something; who can fix a failed attempt comes with the attempt. */
export function whoMendsByFix(fix: FixAction): string {
  const isFirst = fix.kind === 'connect-integration' && fix.managerId === null
  return OWNER_WORDS[isFirst ? 'you' : OWNERS[fix.kind]]
}

/** How long a profile can be left alone: a date, or a word in its place, and what happens then. */
export interface UnattendedWords {
  readonly until: number | null
  readonly word: string
  readonly isStopped: boolean
  readonly sentence: string
}

/** `isOver`: the access token has expired. */
export function unattendedWords(profile: ProfileView, isOver: boolean): UnattendedWords {
  const { isUnattended, unattendedUntil: until, accessToken, state } = profile
  if (isUnattended) {
    return until === null
      ? {
          until,
          word: 'Not known',
          isStopped: false,
          sentence: 'Webex did not say when the refresh token ends.',
        }
      : { until, word: '', isStopped: false, sentence: 'If nobody intervenes, renewal stops then.' }
  }
  const stopped = { until: null, word: 'Stopped', isStopped: true }
  const why = state === 'paused' ? 'Renewal is paused.' : 'Renewal has stopped.'
  if (accessToken === null) return { ...stopped, sentence: `${why} There is no token.` }
  if (rejectedAt(profile) !== null) return { ...stopped, sentence: `${why} Webex rejects the current token.` }
  const ends = accessToken.expiresAt
  if (ends === null) return { ...stopped, sentence: `${why} It is not known when the current token expires.` }
  if (isOver) return { ...stopped, sentence: `${why} The token has expired.` }
  return { ...stopped, until: ends, sentence: `${why} The current token works until then.` }
}

/** A ready e-mail to the admin of an org that does not authorize the service app (any more). */
export function adminEmail(profile: ProfileView, now: number): string {
  const { name, appId, clientId, targetOrgId, orgName, last, accessToken } = profile
  const org = rawOrgId(targetOrgId)
  const end = accessToken?.expiresAt ?? null
  return [
    `To: a full administrator of ${orgName ?? `organization ${org}`}`,
    `Subject: ${orgName === null ? '' : `${orgName}: `}please authorize the service app "${name}" in Webex Control Hub`,
    '',
    'Hello,',
    '',
    `Webex no longer issues access tokens to our service app "${name}" for your organization${orgName === null ? '' : ` ${orgName}`}, because the app is not authorized there.`,
    ...(end === null ? [] : [deadlineOf(end, now)]),
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

/** In UTC: it is read in another time zone. */
const emailMoment = new Intl.DateTimeFormat('en-US', {
  dateStyle: 'long',
  timeStyle: 'short',
  hourCycle: 'h23',
  timeZone: 'UTC',
})

function deadlineOf(end: number, now: number): string {
  const moment = `${emailMoment.format(end)} UTC`
  return end > now
    ? `The last access token works until ${moment}. Please authorize the app before then; otherwise it stops working for you.`
    : `The last access token ended on ${moment}, so the app does not work for you until it is authorized.`
}

/** Several of them can be told apart, and each goes to another recipient, whose address is not known here. */
export function adminEmails(profiles: readonly ProfileView[], now: number): string {
  if (profiles.length === 1) return profiles.map((profile) => adminEmail(profile, now)).join('')
  return profiles
    .map((profile, i) => {
      const { orgName, targetOrgId } = profile
      const whose = orgName ?? rawOrgId(targetOrgId)
      return `===== E-mail ${i + 1} of ${profiles.length}: ${whose} =====\n${adminEmail(profile, now)}`
    })
    .join('\n\n\n')
}

const results: Readonly<Record<string, string>> = { ok: ' ✓', unchanged: ': unchanged' }

/**
 * The tiers an attempt went through, to be joined by a space: "Tier 1: invalid_grant", "→ Tier 2 ✓". A line may break
 * between them only.
 */
export function tierSteps(calls: readonly ShownCall[]): readonly string[] {
  return calls.map(
    ({ tier, result, resultName }, i) =>
      `${i === 0 ? '' : '→ '}Tier ${tier}${results[result] ?? `: ${resultName}`}`,
  )
}
