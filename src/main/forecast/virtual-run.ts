// Virtual run: the renewal engine in virtual time from a snapshot of a running one, with what happens meanwhile, and what
// comes of it: renewals, and tokens that end before they are replaced.
import { orgKey } from '#base/common/webex-id.ts'
import type {
  Attempt,
  Duration,
  FleetChange,
  Instant,
  ManagerId,
  ProfileId,
  Tier,
} from '#engine/domain/model.ts'
import type { EngineSettings } from '#engine/domain/policy.ts'
import { type Random, UNSHARED, type Vault } from '#engine/domain/ports.ts'
import type { FleetView } from '#engine/domain/view-model.ts'
import type { FleetSnapshot } from '#engine/renewal/fleet-state.ts'
import { createEngine } from '#engine/renewal-engine.ts'
import { SimulatedWebex } from './simulated-webex.ts'
import { VirtualClock } from './virtual-clock.ts'

/** Something that happens to a fleet. */
export type Happening =
  | { readonly kind: 'computer-off'; readonly duration: Duration }
  | { readonly kind: 'webex-down'; readonly duration: Duration }
  | { readonly kind: 'integration-ends'; readonly managerId: ManagerId }
  /** By one customer, of all service apps. */
  | { readonly kind: 'authorization-withdrawn'; readonly targetOrgId: string }

export interface Scheduled {
  readonly at: Instant
  readonly happening: Happening
}

/** A token that ended before a new one took its place. */
export interface TokenEnd {
  readonly profileId: ProfileId
  readonly at: Instant
  /** When a new one came; null: none did. */
  readonly until: Instant | null
}

export interface Renewal {
  readonly at: Instant
  readonly tier: Tier
}

export interface VirtualRunInput {
  readonly snapshot: FleetSnapshot
  /** Of the snapshot. */
  readonly now: Instant
  readonly settings: EngineSettings
  readonly pausedUntil: Instant | null
  readonly random?: Random
  /** In the order of their times. */
  readonly schedule: readonly Scheduled[]
  readonly attempted?: (attempt: Attempt) => void
}

export interface VirtualRun {
  readonly renewals: readonly Renewal[]
  /** So far, with those that failed. */
  attempts(): number
  advanceTo(at: Instant): Promise<void>
  /** Those until now, the earliest first; a token of unknown end counts for none. */
  ends(): readonly TokenEnd[]
  /** When each token manager's refresh token ends, as it was given last; null: it does not, or that is not known. */
  managerEnds(): ReadonlyMap<ManagerId, Instant | null>
  view(): FleetView
}

export function createVirtualRun(input: VirtualRunInput): VirtualRun {
  const { snapshot, schedule } = input
  const { fleet } = snapshot
  const clock = new VirtualClock(input.now)
  const webex = new SimulatedWebex(clock, snapshot)
  const tokens = trackTokens(snapshot)
  const renewals: Renewal[] = []
  const troubled = rememberTroubled(snapshot)
  const vault: Vault = {
    prove: async () => {},
    begin: async () => UNSHARED,
    async commit(changes, attempts) {
      tokens.take(changes, clock.now())
      for (const attempt of attempts) {
        if (attempt.outcome === 'renewed' && attempt.tier !== null)
          renewals.push({ at: attempt.endedAt, tier: attempt.tier })
        troubled.note(attempt)
        input.attempted?.(attempt)
      }
    },
  }
  let serial = 0
  const engine = createEngine(
    {
      clock,
      random: input.random ?? seeded(1),
      webex,
      vault,
      settings: input.settings,
      fleet,
      lastAttempts: [],
      attemptsOf: async (id, since) => troubled.since(id, since),
      newId: () => {
        serial += 1
        return `attempt-${serial}`
      },
    },
    snapshot,
  )
  if (input.pausedUntil !== null) engine.pauseAll(input.pausedUntil)
  engine.start()

  const happen = (happening: Happening) => {
    switch (happening.kind) {
      case 'computer-off':
        clock.sleep(happening.duration)
        return engine.reconsider('resume')
      case 'webex-down':
        return webex.goDown(clock.now() + happening.duration)
      case 'integration-ends':
        return webex.endIntegration(happening.managerId)
      case 'authorization-withdrawn': {
        const org = orgKey(happening.targetOrgId)
        for (const { id, serviceAppId, targetOrgId } of engine.fleet().profiles.values()) {
          const app = fleet.serviceApps.get(serviceAppId)
          if (app === undefined || orgKey(targetOrgId) !== org) continue
          webex.withdraw(app.appId, targetOrgId)
          tokens.revoke(id, clock.now())
        }
      }
    }
  }
  let happened = 0
  return {
    renewals,
    attempts: () => serial,
    async advanceTo(at) {
      for (let next = schedule[happened]; next !== undefined && next.at <= at; next = schedule[happened]) {
        await clock.advance(Math.max(0, next.at - clock.now()))
        happened += 1
        happen(next.happening)
      }
      await clock.advance(Math.max(0, at - clock.now()))
    },
    ends: () => tokens.ends(clock.now()),
    managerEnds: () =>
      new Map([...engine.fleet().managers].map(([id, { pair }]) => [id, pair?.refresh?.expiresAt ?? null])),
    view: () => engine.view(),
  }
}

/** Follows the token of each profile; one that ended before the run is no news. */
function trackTokens({ fleet }: FleetSnapshot) {
  const held = new Map<ProfileId, { readonly fingerprint: string; readonly expiresAt: Instant }>()
  const past: TokenEnd[] = []
  const hold = (id: ProfileId, pair: Extract<FleetChange, { kind: 'profile-pair' }>['pair'] | null) => {
    if (pair?.fingerprint == null || pair.accessToken === null) return
    held.set(id, { fingerprint: pair.fingerprint, expiresAt: pair.expiresAt ?? Number.POSITIVE_INFINITY })
  }
  for (const { id, pair } of fleet.profiles.values()) hold(id, pair)
  return {
    take(changes: readonly FleetChange[], now: Instant) {
      for (const change of changes) {
        if (change.kind !== 'profile-pair') continue
        const { profileId, pair } = change
        const before = held.get(profileId)
        if (before !== undefined && before.fingerprint !== pair.fingerprint && before.expiresAt < now)
          past.push({ profileId, at: before.expiresAt, until: now })
        // A revoked one stays so, whatever its own end is.
        if (before?.fingerprint !== pair.fingerprint) hold(profileId, pair)
      }
    },
    revoke(profileId: ProfileId, now: Instant) {
      const before = held.get(profileId)
      if (before !== undefined && before.expiresAt > now) held.set(profileId, { ...before, expiresAt: now })
    },
    ends(now: Instant): readonly TokenEnd[] {
      const open: TokenEnd[] = []
      for (const [profileId, { expiresAt: at }] of held)
        if (at <= now) open.push({ profileId, at, until: null })
      return [...past, ...open].sort((a, b) => a.at - b.at)
    },
  }
}

/** The attempts of profiles that have met a failure, for the engine's question whether another copy is at work. */
function rememberTroubled({ profileStates }: FleetSnapshot) {
  const attempts = new Map<ProfileId, Attempt[]>()
  const hasFailed = ({ calls }: Attempt) =>
    calls.some(({ result }) => result !== 'ok' && result !== 'unchanged')
  const note = (attempt: Attempt) => {
    if (attempt.subject.kind !== 'profile') return
    const { profileId } = attempt.subject
    const known = attempts.get(profileId)
    if (known !== undefined) known.push(attempt)
    else if (hasFailed(attempt)) attempts.set(profileId, [attempt])
  }
  for (const { last } of profileStates.values()) if (last !== null) note(last)
  return {
    note,
    since: (id: ProfileId, since: Instant) =>
      (attempts.get(id) ?? []).filter(({ startedAt }) => startedAt >= since),
  }
}

/** The same numbers in every run, evenly spread in [0, 1) (mulberry32). */
function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
