// Forecast: what a fleet comes to in the days ahead, and what it would come to if something happened. Runs in a thread.
import { orgKey } from '#base/common/webex-id.ts'
import type {
  EndsOfDay,
  EndsView,
  ForecastDay,
  ForecastView,
  RehearsalView,
  WhatIf,
} from '#contract/forecast.ts'
import type { Duration, Instant } from '#engine/domain/model.ts'
import type { EngineSettings } from '#engine/domain/policy.ts'
import type { FleetSnapshot } from '#engine/renewal/fleet-state.ts'
import { unpackFleet } from './fleet-packing.ts'
import { createVirtualRun, type Happening, type TokenEnd, type VirtualRun } from './virtual-run.ts'

export interface ForecastRequest {
  /** Packed fleet. */
  readonly pieces: readonly Uint8Array[]
  readonly now: Instant
  readonly settings: EngineSettings
  readonly pausedUntil: Instant | null
  /** Local midnights: of today, of the days that follow, and the end. */
  readonly midnights: readonly Instant[]
  /** null: nothing but what is planned. */
  readonly whatIf: WhatIf | null
  /** When it happens; left out is now. */
  readonly begins?: Instant
}

export type ForecastPortion =
  | { readonly done: number; readonly total: number }
  | { readonly forecast: ForecastView; readonly rehearsal: RehearsalView | null }

const HOUR: Duration = 3_600_000
const DAY: Duration = 24 * HOUR
/** A fleet of short-lived tokens is not looked ahead of as far: this many take about a minute. */
const MOST_ATTEMPTS = 400_000
const STEP: Duration = 6 * HOUR
/** A token that ends so much sooner does so because of what happened. */
const SOONER: Duration = HOUR

export async function* performForecast(request: ForecastRequest): AsyncGenerator<ForecastPortion> {
  const { midnights, whatIf, now, settings, pausedUntil } = request
  const begins = Math.max(now, request.begins ?? now)
  const snapshot = unpackFleet(request.pieces)
  const runs = whatIf === null ? 1 : 2
  const play = async function* (happening: Happening | null, before: number, days: readonly Instant[]) {
    const schedule = happening === null ? [] : [{ at: begins, happening }]
    const run = createVirtualRun({ snapshot, now, settings, pausedUntil, schedule })
    let until = now
    for (const [day, end] of days.entries()) {
      while (until < end && run.attempts() < MOST_ATTEMPTS) {
        until = Math.min(end, until + STEP)
        await run.advanceTo(until)
      }
      if (until < end) break
      yield { done: before + day + 1, total: runs * days.length }
    }
    return { run, until }
  }
  const days = midnights.slice(1)
  const { run, until } = yield* play(null, 0, days)
  const forecast = forecastOf(run, { snapshot, midnights, now, until })
  if (whatIf === null) return yield { forecast, rehearsal: null }
  const happened = yield* play(
    happeningOf(whatIf),
    days.length,
    days.filter((end) => end <= until),
  )
  const ends = [...firstOfEach(happened.run.ends().filter(({ at }) => at >= now)).values()]
  const caused = causedEnds(run.ends(), ends)
  const isCaused = new Set(caused.map(({ profileId }) => profileId))
  const inAnyCase = ends.filter(({ profileId }) => !isCaused.has(profileId))
  const rehearsal: RehearsalView = {
    ...endsView(happened.run, snapshot, caused),
    from: now,
    until: happened.until,
    recoveredAt: recoveredAt(caused),
    inAnyCase: scopeOf(snapshot, inAnyCase),
    days: daysOf(ends, isCaused, midnights),
  }
  yield { forecast, rehearsal }
}

/** Named in all: the window draws no more. */
const MOST_NAMED = 500

function daysOf(
  ends: readonly TokenEnd[],
  isCaused: ReadonlySet<string>,
  midnights: readonly Instant[],
): readonly EndsOfDay[] {
  let left = MOST_NAMED
  return midnights.slice(0, -1).flatMap((start, day) => {
    const next = midnights[day + 1] ?? Number.POSITIVE_INFINITY
    const own = ends.filter(({ at }) => at >= start && at < next)
    if (own.length === 0) return []
    const named = own.slice(0, left).map(({ profileId, at }) => ({ profileId, at }))
    left -= named.length
    const inAnyCase = own.filter(({ profileId }) => !isCaused.has(profileId)).length
    return [{ start, tokens: own.length, inAnyCase, named }]
  })
}

function happeningOf(whatIf: WhatIf): Happening {
  switch (whatIf.kind) {
    case 'computer-off':
      return { kind: 'computer-off', duration: whatIf.days * DAY }
    case 'webex-down':
      return { kind: 'webex-down', duration: whatIf.hours * HOUR }
    case 'integration-ends':
    case 'authorization-withdrawn':
      return whatIf
  }
}

function forecastOf(
  run: VirtualRun,
  scope: {
    readonly snapshot: FleetSnapshot
    readonly midnights: readonly Instant[]
    readonly now: Instant
    readonly until: Instant
  },
): ForecastView {
  const { snapshot, midnights, now, until } = scope
  const days = midnights
    .slice(0, -1)
    .filter((start) => start < until)
    .map((start) => ({
      start,
      renewals: { 1: 0, 2: 0, 3: 0 },
      ends: 0,
      integrationEnds: 0,
    }))
  const dayOf = (at: Instant) => days[days.findLastIndex(({ start }) => start <= at)]
  for (const { at, tier } of run.renewals) {
    const day = dayOf(at)
    if (day !== undefined) day.renewals[tier] += 1
  }
  const ends = run.ends().filter(({ at }) => at >= now)
  for (const { at } of ends) {
    const day = dayOf(at)
    if (day !== undefined) day.ends += 1
  }
  const integrationEnds = [...run.managerEnds()]
    .flatMap(([managerId, at]) => (at === null || at < now || at >= until ? [] : [{ managerId, at }]))
    .sort((a, b) => a.at - b.at)
  for (const { at } of integrationEnds) {
    const day = dayOf(at)
    if (day !== undefined) day.integrationEnds += 1
  }
  return {
    ...endsView(run, snapshot, ends),
    from: now,
    until,
    days: days satisfies readonly ForecastDay[],
    integrationEnd: integrationEnds[0] ?? null,
  }
}

function endsView(
  run: VirtualRun,
  snapshot: FleetSnapshot,
  ends: readonly TokenEnd[],
): Omit<EndsView, 'from' | 'until'> {
  const [first] = ends
  return {
    first:
      first === undefined ? null : { profileId: first.profileId, at: first.at, why: whyEnded(run, first) },
    ...scopeOf(snapshot, ends),
  }
}

function scopeOf({ fleet }: FleetSnapshot, ends: readonly TokenEnd[]): RehearsalView['inAnyCase'] {
  const profileIds = new Set(ends.map(({ profileId }) => profileId))
  const orgs = new Set([...profileIds].map((id) => orgKey(fleet.profiles.get(id)?.targetOrgId ?? '')))
  return { tokens: profileIds.size, customers: orgs.size }
}

/** As a person would read it at the end of the run. */
function whyEnded(run: VirtualRun, { profileId, until }: TokenEnd): string | null {
  if (until !== null) return null
  const { incidents, profiles } = run.view()
  const incident = incidents.find((one) => one.level !== 'information' && one.profileIds.includes(profileId))
  return incident?.title ?? profiles.find(({ id }) => id === profileId)?.sentence ?? null
}

/** Those that end in the second run alone, or sooner there. `happened`: the first of each profile. */
function causedEnds(planned: readonly TokenEnd[], happened: readonly TokenEnd[]): readonly TokenEnd[] {
  const before = firstOfEach(planned)
  return happened.filter(
    ({ profileId, at }) => at < (before.get(profileId)?.at ?? Number.POSITIVE_INFINITY) - SOONER,
  )
}

function firstOfEach(ends: readonly TokenEnd[]): ReadonlyMap<string, TokenEnd> {
  const first = new Map<string, TokenEnd>()
  for (const end of ends) if (!first.has(end.profileId)) first.set(end.profileId, end)
  return first
}

function recoveredAt(ends: readonly TokenEnd[]): Instant | null {
  let latest: Instant | null = null
  for (const { until } of ends) {
    if (until === null) return null
    latest = Math.max(latest ?? until, until)
  }
  return latest
}
