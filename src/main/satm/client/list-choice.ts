// List choice: which service apps are listed, and in which order.
import { foldText } from '#base/common/fold-text.ts'
import { appKey, orgKey } from '#base/common/webex-id.ts'
import type { ListedProfile } from '../protocol.ts'
import type { SortKey } from './option-table.ts'
import type { ListChoice } from './option-values.ts'

/** An ID counts in every spelling that Webex has for it. */
export function chosen(
  profiles: readonly ListedProfile[],
  { states, app, customer, sort }: ListChoice,
): readonly ListedProfile[] {
  const isInName = (name: string | null, wanted: string) => foldText(name ?? '').includes(foldText(wanted))
  const found = profiles.filter(
    (profile) =>
      (states === null || states.includes(profile.state)) &&
      (app === null || isInName(profile.name, app) || appKey(profile.appId ?? '') === appKey(app)) &&
      (customer === null ||
        isInName(profile.orgName, customer) ||
        orgKey(profile.orgId) === orgKey(customer)),
  )
  return sort === null ? found : found.toSorted(ORDERS[sort])
}

type Order = (one: ListedProfile, other: ListedProfile) => number

const byText =
  (text: (profile: ListedProfile) => string): Order =>
  (one, other) =>
    text(one).localeCompare(text(other), 'en', { numeric: true })

/** What has none comes last. */
const byTime =
  (time: (profile: ListedProfile) => number | null): Order =>
  (one, other) =>
    (time(one) ?? Number.MAX_VALUE) - (time(other) ?? Number.MAX_VALUE)

/** The worst first, as in the window. */
const URGENCY = [
  'expired',
  'needs-attention',
  'retrying',
  'not-yet-issued',
  'refreshing',
  'healthy',
  'paused',
]

const ORDERS: Readonly<Record<SortKey, Order>> = {
  name: byText(({ name }) => name),
  customer: byText(({ orgName, orgId }) => orgName ?? orgId),
  state: (one, other) => URGENCY.indexOf(one.state) - URGENCY.indexOf(other.state),
  expires: byTime(({ expiresAt }) => expiresAt),
  next: byTime(({ nextRefreshAt }) => nextRefreshAt),
}
