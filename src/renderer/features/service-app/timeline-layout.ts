// Timeline layout: tokens, attempts and plans of a service app in pixels. Pure; the picture only draws it.
import type { Attempt, Outcome, ProfileView } from '#contract/contract.ts'
import { type Ticks, ticksIn } from '#renderer/features/shared/axis.ts'

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

/** Pixels of a mark, with the room around it; a group of marks is wider by its number. */
const MARK = 14
const GROUP = 16
const DIGIT = 7
/** Pixels between two labels of the axis, at least. */
const LABEL = 76
/** Of the width, left and right of "now" at least. */
const LEAST_SIDE = 0.1

export interface Span {
  readonly from: number
  readonly to: number
}

/** `integration`: renewed by tier 2 after tier 3. */
export type MarkKind = 'tier-1' | 'tier-2' | 'integration' | 'unchanged' | 'failed'

/** One attempt, or several that would lie over each other. */
export interface Mark {
  readonly x: number
  readonly width: number
  /** Of all in it, where they are alike; null: of several kinds. */
  readonly kind: MarkKind | null
  /** Oldest first. */
  readonly attempts: readonly Attempt[]
}

export interface TimelineLayout {
  /** Where the picture begins and ends, epoch ms. */
  readonly span: Span
  /** Pixels, as everything below. */
  readonly now: number
  readonly used: readonly Span[]
  readonly current: Span | null
  readonly refreshToken: Span | null
  /** What gave a token. */
  readonly renewals: readonly Mark[]
  readonly failures: readonly Mark[]
  readonly planned: number | null
  readonly expiry: number | null
  readonly refreshExpiry: number | null
  readonly ticks: readonly { readonly x: number; readonly when: number }[]
  readonly step: number
}

/** The nearest zoom that holds about two lifetimes; a month where no lifetime is known. */
export function fittingZoom(profile: Pick<ProfileView, 'accessToken'>): number {
  const { accessToken } = profile
  const lifetime = accessToken?.expiresAt == null ? null : accessToken.expiresAt - accessToken.issuedAt
  if (lifetime === null) return 30 * DAY
  return (zooms.find(([length]) => length >= lifetime * 2) ?? zooms[zooms.length - 1] ?? zooms[0])[0]
}

type Shown = Pick<ProfileView, 'accessToken' | 'refreshToken' | 'nextRefresh'>

/** `length` ms in `width` pixels. "Now" stands where most is to be seen of what was and of what will be. */
export function layOut(
  profile: Shown,
  attempts: readonly Attempt[],
  { now, length, width }: { readonly now: number; readonly length: number; readonly width: number },
): TimelineLayout {
  const { accessToken, nextRefresh } = profile
  const refreshToken = profile.refreshToken?.dead === true ? null : profile.refreshToken
  const future = [nextRefresh?.at, accessToken?.expiresAt, refreshToken?.expiresAt].filter((at) => at != null)
  const past = attempts.map(({ endedAt }) => endedAt)
  const share = nowShare(
    past.map((at) => now - at),
    future.map((at) => at - now),
    length,
  )
  const from = now - length * share
  const to = from + length
  const x = (time: number) => ((time - from) / length) * width
  const isVisible = (time: number | null | undefined): time is number =>
    time != null && time >= from && time <= to
  const span = (begin: number, end: number): Span | null => {
    const cut = { from: Math.max(0, x(begin)), to: Math.min(width, x(end)) }
    return cut.to > cut.from ? cut : null
  }
  const place = (time: number | null | undefined) => (isVisible(time) ? x(time) : null)
  const seen = attempts.filter(({ endedAt }) => isVisible(endedAt))
  const ticks: Ticks = ticksIn(from, to, Math.max(2, Math.floor(width / LABEL)))
  return {
    span: { from, to },
    now: x(now),
    used: usedTokens(attempts, accessToken?.issuedAt ?? now).flatMap(
      ({ from: begin, to: end }) => span(begin, end) ?? [],
    ),
    current: accessToken?.expiresAt == null ? null : span(accessToken.issuedAt, accessToken.expiresAt),
    refreshToken:
      refreshToken?.expiresAt == null ? null : span(refreshToken.issuedAt, refreshToken.expiresAt),
    renewals: marksOf(
      seen.filter(({ outcome }) => outcome !== 'failed'),
      x,
      width,
    ),
    failures: marksOf(
      seen.filter(({ outcome }) => outcome === 'failed'),
      x,
      width,
    ),
    planned: place(nextRefresh?.at),
    expiry: place(accessToken?.expiresAt),
    refreshExpiry: place(refreshToken?.expiresAt),
    ticks: ticks.times.map((when) => ({ x: x(when), when })),
    step: ticks.step,
  }
}

/** How much of the width is before "now": as the farthest of what was, and of what will be, within this zoom. */
function nowShare(past: readonly number[], future: readonly number[], length: number): number {
  const farthest = (times: readonly number[]) =>
    Math.max(LEAST_SIDE * length, ...times.filter((time) => time > 0 && time <= length))
  const before = farthest(past)
  const share = before / (before + farthest(future))
  return Math.min(1 - LEAST_SIDE, Math.max(LEAST_SIDE, share))
}

/** From each renewal to the next; the last one until the token that is held was issued. */
function usedTokens(attempts: readonly Attempt[], heldSince: number): readonly Span[] {
  const renewals = attempts
    .filter(({ outcome }) => outcome === 'renewed')
    .map(({ endedAt }) => endedAt)
    .filter((at) => at < heldSince)
    .toSorted((a, b) => a - b)
  return renewals.map((from, i) => ({ from, to: renewals[i + 1] ?? heldSince }))
}

export function markKind({ outcome, tier, calls }: Attempt): MarkKind {
  if (outcome !== 'renewed') return outcome
  if (tier !== 2) return 'tier-1'
  return calls.some((call) => call.tier === 3 && call.result === 'ok') ? 'integration' : 'tier-2'
}

interface Group {
  readonly attempts: readonly Attempt[]
  /** Sum of the places of all in it. */
  readonly sum: number
}

/** Those that would lie over each other are one mark, in their middle. */
function marksOf(attempts: readonly Attempt[], x: (time: number) => number, width: number): readonly Mark[] {
  const groups: Group[] = []
  for (const attempt of attempts.toSorted((a, b) => a.endedAt - b.endedAt)) {
    let group: Group = { attempts: [attempt], sum: x(attempt.endedAt) }
    // A group moves when it grows, so it may reach the one before it.
    for (let before = groups.at(-1); before !== undefined; before = groups.at(-1)) {
      const room = (widthOf(before) + widthOf(group)) / 2
      if (placeOf(group, width) - placeOf(before, width) >= room) break
      groups.pop()
      group = { attempts: [...before.attempts, ...group.attempts], sum: before.sum + group.sum }
    }
    groups.push(group)
  }
  return groups.map((group) => ({
    x: placeOf(group, width),
    width: widthOf(group),
    kind: commonKind(group.attempts),
    attempts: group.attempts,
  }))
}

function widthOf({ attempts }: Group): number {
  return attempts.length === 1 ? MARK : GROUP + DIGIT * String(attempts.length).length
}

/** Within the picture. */
function placeOf(group: Group, width: number): number {
  const half = widthOf(group) / 2
  return Math.max(half, Math.min(width - half, group.sum / group.attempts.length))
}

function commonKind(attempts: readonly Attempt[]): MarkKind | null {
  const [first, ...others] = attempts.map(markKind)
  return first !== undefined && others.every((kind) => kind === first) ? first : null
}

/** Each outcome that is there, and how often. */
export function outcomesIn(attempts: readonly Attempt[]): readonly (readonly [Outcome, number])[] {
  return (['renewed', 'unchanged', 'failed'] as const).flatMap((outcome) => {
    const count = attempts.filter((attempt) => attempt.outcome === outcome).length
    return count === 0 ? [] : [[outcome, count] as const]
  })
}
