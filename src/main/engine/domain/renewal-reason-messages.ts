// Messages of the renewal reasons, for the plan, the history and the command line.
import { isolated } from '#base/common/display-text.ts'
import { HOUR, NEEDS_YOU_RETRY } from './policy.ts'
import type { DrillRequester, ReasonCode, RenewalReason, Requester } from './renewal-reason.ts'

const requests: Readonly<Record<Requester, string>> = {
  person: 'Requested manually',
  program: 'Requested by a program',
  'unauthorized-seen': 'Webex rejected the access token (401)',
  added: 'First token of a new service app',
}

const drills: Readonly<Record<DrillRequester, string>> = {
  person: 'Test of all tiers',
  schedule: 'Monthly test of all tiers',
}

const messages: { readonly [K in ReasonCode]: (reason: RenewalReason<K>) => string } = {
  'no-token': () => 'No access token yet',
  'end-not-asked': () => 'Its expiry is unknown: Webex is checked first',
  'end-unknown': () => 'Its expiry is unknown',
  'lifetime-share': ({ share }) => `At ${shareWords(share)}`,
  'retry-after-failure': () => 'The last attempt failed: retried automatically',
  'same-token-last-time': () => 'Webex returned the same token last time',
  'refused-bearer': () => 'Webex rejected its access token',
  'needs-attention-recheck': () => `Needs attention: checked again every ${NEEDS_YOU_RETRY / HOUR} hours`,
  'other-copy': () => 'Renewed late: another copy uses these credentials',
  'needed-by-service-app': ({ name }) => `Needed to renew "${isolated(name)}"`,
  requested: ({ by }) => requests[by],
  'data-source': ({ id, url }) => `Data source ${isolated(url ?? id)}`,
  drill: ({ by, share }) => `${drills[by]}${share === null ? '' : `, at ${shareWords(share)}`}`,
}

function shareWords(share: number): string {
  return `${Math.round(100 * share)} % of its lifetime`
}

export function reasonMessage<C extends ReasonCode>(reason: RenewalReason<C>): string {
  const message: (of: RenewalReason<C>) => string = messages[reason.code]
  const { fallback } = reason
  if (fallback === undefined) return message(reason)
  const { name, insteadOf } = fallback
  return `${message(reason)}. Tier 2 used the fallback "${isolated(name)}" instead of "${isolated(insteadOf.name)}"`
}

/** null where no reason is known, as for an attempt of an older version. */
export function messageOrNull(reason: RenewalReason | null): string | null {
  return reason === null ? null : reasonMessage(reason)
}
