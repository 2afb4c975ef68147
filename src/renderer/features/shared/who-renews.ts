// Who renews the shared vault, in words.
import type { SharedVaultView } from '#contract/contract.ts'
import type { Moments } from './moments.ts'

export type JoinedView = Extract<SharedVaultView, { kind: 'joined' }>

/** Without what tells it from another worker of the same computer. */
export function computerName(node: string): string {
  return node.replace(/ \([0-9a-f]{4}\)$/, '')
}

export function whoRenews(
  view: JoinedView,
  moments: Pick<Moments, 'dateOf' | 'timeOfDay'>,
  now: number,
): string {
  const { leader, leadsHere, trouble, agreedAt, leaderlessSince } = view
  if (trouble !== null && trouble.kind !== 'not-usable') return OUTSIDE[trouble.kind]
  if (trouble !== null)
    return agreedAt === null ? 'Offline' : `Offline: as of ${shortly(agreedAt, moments, now)}`
  if (leadsHere) return 'This computer renews'
  if (leader !== null) return `${computerName(leader)} renews`
  if (leaderlessSince === null) return 'Connecting …'
  return isUnrenewed(view, now) ? 'No computer renews' : 'No computer renews yet'
}

/** The database answers, and does not let this computer read. */
const OUTSIDE = {
  removed: 'Removed from the shared vault',
  'not-yet-a-member': 'Waiting to be added',
} as const

/** ms. Until then another one takes over, if any may; afterwards it is a problem. */
const TAKEN_OVER_WITHIN = 5 * 60 * 1000

/** No computer renews, and for longer than a handover takes. */
export function isUnrenewed({ leaderlessSince }: JoinedView, now: number): boolean {
  return leaderlessSince !== null && now - leaderlessSince >= TAKEN_OVER_WITHIN
}

const HALF_A_DAY = 12 * 60 * 60 * 1000

/** Of today the time alone. */
function shortly(
  at: number,
  { dateOf, timeOfDay }: Pick<Moments, 'dateOf' | 'timeOfDay'>,
  now: number,
): string {
  return now - at < HALF_A_DAY ? timeOfDay(at) : dateOf(at, at)
}
