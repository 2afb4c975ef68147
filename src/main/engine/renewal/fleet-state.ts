// Fleet state: the fleet as the engine holds it, with the subject state of each record. The only place where either changes.

import type { StoredState } from '../domain/engine-api.ts'
import {
  type Attempt,
  type DrillRequest,
  defaultManagerId,
  type Fleet,
  type FleetChange,
  type Instant,
  type ManagerId,
  type Profile,
  type ProfileId,
  type ServiceApp,
  type ServiceAppId,
  type StoredDrills,
  type Subject,
  type TokenManager,
  type TokenPair,
} from '../domain/model.ts'
import { learnAttempt, oldestFirst } from './learned-attempt.ts'
import { ServingManagers } from './serving-managers.ts'
import {
  afterAdoption,
  type ExpiryAsked,
  type ManagerSubjectState,
  newManagerSubjectState,
  newProfileSubjectState,
  type ProfileSubjectState,
} from './subject-state.ts'
import type { Stop, TierInputs } from './tier-plan.ts'
import { withPossibleTimes } from './token-lifetime.ts'
import { profileAccount, TokenLimits } from './token-limit.ts'

/** A fleet as it was known at a moment: its records, and what was learned of each. Its values never change. */
export interface FleetSnapshot {
  readonly fleet: Fleet
  readonly profileStates: ReadonlyMap<ProfileId, ProfileSubjectState>
  readonly managerStates: ReadonlyMap<ManagerId, ManagerSubjectState>
  readonly appStops: ReadonlyMap<ServiceAppId, Stop>
  /** By account. */
  readonly tokenLimits: ReadonlyMap<string, Stop>
  /** Whose monthly drills have been requested. */
  readonly drillMonth: string | null
}

function withPossiblePairs<R extends Profile | TokenManager>(
  records: ReadonlyMap<string, R>,
): Map<string, R> {
  const all = new Map(records)
  for (const [id, record] of records) {
    const pair = withPossibleTimes(record.pair)
    if (pair !== record.pair) all.set(id, { ...record, pair })
  }
  return all
}

export class FleetState {
  readonly serviceApps: Map<ServiceAppId, ServiceApp>
  readonly profiles: Map<ProfileId, Profile>
  readonly managers: Map<ManagerId, TokenManager>
  /** Service apps whose client secret was refused. */
  readonly appStops: Map<ServiceAppId, Stop>
  /** Accounts that have reached Webex's limit of live access tokens. */
  readonly tokenLimits: TokenLimits
  /** Which token manager serves whom. */
  readonly serving: ServingManagers
  readonly #profileStates: Map<ProfileId, ProfileSubjectState>
  readonly #managerStates: Map<ManagerId, ManagerSubjectState>
  #defaultManager: ManagerId | null
  /** Whose monthly drills have been requested. */
  drillMonth: string | null
  /** When a person last stopped the other copy; null: never. */
  #otherCopyStoppedAt: Instant | null

  /** `lastAttempts`: the newest of each profile and token manager; `learned`: what else is known. */
  constructor(
    fleet: Fleet,
    lastAttempts: readonly Attempt[],
    now: Instant,
    learned: Omit<FleetSnapshot, 'fleet'> | null = null,
    {
      drills,
      otherCopyStoppedAt = null,
    }: Pick<StoredState, 'otherCopyStoppedAt'> & { readonly drills?: StoredDrills } = {},
  ) {
    this.#otherCopyStoppedAt = otherCopyStoppedAt
    this.appStops = new Map(learned?.appStops)
    this.tokenLimits = new TokenLimits(learned?.tokenLimits)
    this.#profileStates = new Map(learned?.profileStates)
    this.#managerStates = new Map(learned?.managerStates)
    this.serviceApps = new Map(fleet.serviceApps)
    this.profiles = withPossiblePairs(fleet.profiles)
    this.managers = withPossiblePairs(fleet.managers)
    this.#defaultManager = defaultManagerId(this.managers)
    this.serving = new ServingManagers(this)
    for (const attempt of oldestFirst(lastAttempts)) learnAttempt(this, attempt, now)
    this.drillMonth = learned?.drillMonth ?? drills?.month ?? null
    for (const [id, drill] of drills?.requests ?? []) {
      if (this.profiles.has(id)) this.setSubjectState(id, { drill })
    }
  }

  get fleet(): Fleet {
    return this
  }

  get defaultManagerId(): ManagerId | null {
    return this.#defaultManager
  }

  get otherCopyStoppedAt(): Instant | null {
    return this.#otherCopyStoppedAt
  }

  snapshot(): FleetSnapshot {
    const { serviceApps, profiles, managers } = this
    return {
      fleet: {
        serviceApps: new Map(serviceApps),
        profiles: new Map(profiles),
        managers: new Map(managers),
      },
      profileStates: new Map(this.#profileStates),
      managerStates: new Map(this.#managerStates),
      appStops: new Map(this.appStops),
      tokenLimits: this.tokenLimits.all(),
      drillMonth: this.drillMonth,
    }
  }

  drills(): StoredDrills {
    const requests = new Map<ProfileId, DrillRequest>()
    for (const [id, { drill }] of this.#profileStates) if (drill !== null) requests.set(id, drill)
    return { requests, month: this.drillMonth }
  }

  /** undefined: it is not in the fleet, or no more. */
  record(subject: Subject): Profile | TokenManager | undefined {
    return subject.kind === 'profile'
      ? this.profiles.get(subject.profileId)
      : this.managers.get(subject.managerId)
  }

  stateOf(subject: Subject): ProfileSubjectState | ManagerSubjectState {
    return subject.kind === 'profile'
      ? this.subjectState(subject.profileId)
      : this.managerSubjectState(subject.managerId)
  }

  subjectState(id: ProfileId): ProfileSubjectState {
    return this.#profileStates.get(id) ?? newProfileSubjectState
  }

  setSubjectState(id: ProfileId, change: Partial<ProfileSubjectState>): void {
    this.#profileStates.set(id, { ...this.subjectState(id), ...change })
  }

  managerSubjectState(id: ManagerId): ManagerSubjectState {
    return this.#managerStates.get(id) ?? newManagerSubjectState
  }

  setManagerSubjectState(id: ManagerId, change: Partial<ManagerSubjectState>): void {
    this.#managerStates.set(id, { ...this.managerSubjectState(id), ...change })
  }

  noteExpiryAsked(subject: Subject, expiryAsked: ExpiryAsked): void {
    if (subject.kind === 'profile') this.setSubjectState(subject.profileId, { expiryAsked })
    else this.setManagerSubjectState(subject.managerId, { expiryAsked })
  }

  /** Its refresh token is not asked for before, unless a person wants it. */
  noteHeld(subject: Subject, heldUntil: Instant): void {
    if (subject.kind === 'profile') this.setSubjectState(subject.profileId, { heldUntil })
    else this.setManagerSubjectState(subject.managerId, { heldUntil })
  }

  /** Takes over the pair that another process got. */
  adopt(subject: Subject, pair: TokenPair): void {
    if (subject.kind === 'profile') {
      const { profileId } = subject
      this.take({ kind: 'profile-pair', profileId, pair })
      this.setSubjectState(profileId, afterAdoption(this.subjectState(profileId)))
    } else {
      const { managerId } = subject
      this.take({ kind: 'manager-pair', managerId, pair })
      const accepted = { refused: null, refusedFor: null, needsYou: null }
      const subjectState = afterAdoption(this.managerSubjectState(managerId))
      this.setManagerSubjectState(managerId, { ...subjectState, ...accepted })
    }
  }

  /** A profile's account, or null where the record of its service app is missing. */
  accountOf(profile: Profile): string | null {
    const serviceApp = this.serviceApps.get(profile.serviceAppId)
    return serviceApp === undefined ? null : profileAccount(profile, serviceApp)
  }

  tierInputs(profile: Profile, now: Instant): TierInputs {
    const { notBefore, last } = this.subjectState(profile.id)
    return {
      now,
      appStop: this.appStops.get(profile.serviceAppId) ?? null,
      tokenLimit: this.tokenLimits.areNone ? null : this.tokenLimits.inForce(this.accountOf(profile), now),
      ...this.serving.inputsOf(profile, now),
      stale: notBefore !== null && last?.tier === 1,
    }
  }

  /**
   * A saved edit never brings back an older pair: while the person typed, a refresh may have replaced it. Only a new
   * record's own pair counts.
   */
  withCurrentPairs(changes: readonly FleetChange[]): readonly FleetChange[] {
    return changes.map((change) => {
      if (change.kind === 'profile-saved') {
        const known = this.profiles.get(change.profile.id)
        return known === undefined ? change : { ...change, profile: { ...change.profile, pair: known.pair } }
      }
      if (change.kind === 'manager-saved') {
        const known = this.managers.get(change.manager.id)
        return known === undefined ? change : { ...change, manager: keepPair(change.manager, known) }
      }
      return change
    })
  }

  take(change: FleetChange): void {
    switch (change.kind) {
      case 'service-app-saved':
        this.serviceApps.set(change.serviceApp.id, change.serviceApp)
        break
      case 'profile-saved':
        this.#takeProfile(change.profile)
        break
      case 'profile-removed':
        this.#removeProfile(change.profileId)
        break
      case 'manager-saved':
        this.#takeManager(change.manager)
        break
      case 'manager-removed':
        this.#removeManager(change.managerId)
        break
      case 'profile-pair': {
        const profile = this.profiles.get(change.profileId)
        if (profile !== undefined) this.profiles.set(profile.id, { ...profile, pair: change.pair })
        break
      }
      case 'manager-pair': {
        const manager = this.managers.get(change.managerId)
        if (manager !== undefined) this.managers.set(manager.id, { ...manager, pair: change.pair })
        break
      }
      case 'drill':
        if (this.profiles.has(change.profileId))
          this.setSubjectState(change.profileId, { drill: change.request })
        break
      case 'drill-month':
        this.drillMonth = change.month
        break
      case 'other-copy-stopped':
        this.#stopOtherCopy(change.at)
        break
      case 'data-source-kept':
      case 'data-source-dropped':
        break
    }
    this.#defaultManager = defaultManagerId(this.managers)
  }

  #stopOtherCopy(at: Instant): void {
    this.#otherCopyStoppedAt = at
    for (const [id, { otherCopy }] of this.#profileStates)
      if (otherCopy.since !== null) this.setSubjectState(id, { otherCopy: { since: null, countsFrom: at } })
  }

  #takeProfile(profile: Profile): void {
    const before = this.profiles.get(profile.id)
    this.profiles.set(profile.id, profile)
    if (before !== undefined) this.#dropUnused(before.serviceAppId)
  }

  #removeProfile(id: ProfileId): void {
    const before = this.profiles.get(id)
    this.profiles.delete(id)
    this.#profileStates.delete(id)
    if (before !== undefined) this.#dropUnused(before.serviceAppId)
  }

  /** As the vault does: a service app goes with the last profile that used it. */
  #dropUnused(id: ServiceAppId): void {
    for (const profile of this.profiles.values()) if (profile.serviceAppId === id) return
    this.serviceApps.delete(id)
    this.appStops.delete(id)
  }

  /** As the vault does: who named it uses the default one, and there is a default as long as there is one. */
  #removeManager(id: ManagerId): void {
    this.managers.delete(id)
    this.#managerStates.delete(id)
    for (const profile of this.profiles.values()) {
      if (profile.managerId === id) this.profiles.set(profile.id, { ...profile, managerId: null })
    }
    for (const manager of this.managers.values()) {
      if (manager.fallbackId === id) this.managers.set(manager.id, { ...manager, fallbackId: null })
    }
    const next = this.managers.get(defaultManagerId(this.managers) ?? '')
    if (next?.isDefault === false) this.managers.set(next.id, { ...next, isDefault: true })
  }

  #takeManager(manager: TokenManager): void {
    if (manager.isDefault) {
      for (const other of this.managers.values()) {
        if (other.isDefault) this.managers.set(other.id, { ...other, isDefault: false })
      }
    }
    this.managers.set(manager.id, manager)
  }
}

function keepPair(saved: TokenManager, known: TokenManager): TokenManager {
  if (saved.kind === 'integration') {
    return known.kind === 'integration' ? { ...saved, pair: known.pair } : saved
  }
  return known.kind === 'personal-access-token' ? { ...saved, pair: known.pair } : saved
}
