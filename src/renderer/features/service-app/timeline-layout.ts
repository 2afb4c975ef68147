// Timeline layout: tokens, attempts and plans of a service app as shares of the width. Pure; the picture only draws it.
import type { Attempt, ProfileView, Tier } from '#contract/contract.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** ms, and its name on the button. */
export const zooms = [
  [10 * MINUTE, '10 min'],
  [DAY, '24 h'],
  [7 * DAY, '7 d'],
  [30 * DAY, '30 d'],
  [90 * DAY, '90 d'],
  [365 * DAY, '1 y'],
] as const

/** Where "now" is; everything right of it is in the future. */
const NOW_AT = 0.62

export interface Span {
  readonly from: number
  readonly to: number
}

export interface Mark {
  readonly at: number
  readonly kind: 'renewed' | 'unchanged' | 'failed'
  readonly tier: Tier | null
  readonly when: number
}

export interface TimelineLayout {
  /** All as shares of the width, 0–1. */
  readonly now: number
  readonly used: readonly Span[]
  readonly current: Span | null
  readonly refreshToken: Span | null
  readonly marks: readonly Mark[]
  readonly planned: number | null
  readonly expiry: number | null
  readonly ticks: readonly { readonly at: number; readonly when: number }[]
}

/** The nearest zoom that holds about three lifetimes; a month where no lifetime is known. */
export function fittingZoom(profile: ProfileView): number {
  const { accessToken } = profile
  const lifetime = accessToken?.expiresAt == null ? null : accessToken.expiresAt - accessToken.issuedAt
  if (lifetime === null) return 30 * DAY
  return (zooms.find(([length]) => length >= lifetime * 2) ?? zooms[zooms.length - 1] ?? zooms[0])[0]
}

export function layOut(
  profile: ProfileView,
  attempts: readonly Attempt[],
  now: number,
  length: number,
): TimelineLayout {
  const start = now - length * NOW_AT
  const share = (time: number) => (time - start) / length
  const visible = (time: number) => time >= start && time <= start + length
  const span = (from: number, to: number): Span | null => {
    const cut = { from: Math.max(0, share(from)), to: Math.min(1, share(to)) }
    return cut.to > cut.from ? cut : null
  }

  const { accessToken, refreshToken, nextRefresh } = profile
  const renewals = attempts
    .filter(({ outcome }) => outcome === 'renewed')
    .map(({ endedAt }) => endedAt)
    .sort((a, b) => a - b)
  const used = renewals.flatMap((from, i) => span(from, renewals[i + 1] ?? Math.min(now, from)) ?? [])

  return {
    now: NOW_AT,
    used,
    current: accessToken?.expiresAt == null ? null : span(accessToken.issuedAt, accessToken.expiresAt),
    refreshToken:
      refreshToken?.expiresAt == null || refreshToken.dead
        ? null
        : span(refreshToken.issuedAt, refreshToken.expiresAt),
    marks: attempts
      .filter(({ endedAt }) => visible(endedAt))
      .map(({ endedAt, outcome, tier }) => ({ at: share(endedAt), kind: outcome, tier, when: endedAt })),
    planned: nextRefresh !== null && visible(nextRefresh.at) ? share(nextRefresh.at) : null,
    expiry:
      accessToken?.expiresAt != null && visible(accessToken.expiresAt) ? share(accessToken.expiresAt) : null,
    ticks: [0.08, 0.26, 0.44, NOW_AT, 0.8, 0.95].map((at) => ({ at, when: start + at * length })),
  }
}
