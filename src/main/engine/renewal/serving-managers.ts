// Serving managers: which token manager serves tier 2 of a profile now, its own or the fallback of that, and who relies on which.

import type { Instant, ManagerId, Profile, ProfileId, ServiceAppId, TokenManager } from '../domain/model.ts'
import { fallbackOf, fallbackUse, isReplaced, managerFor, managerStatus } from './manager-status.ts'
import type { ManagerSubjectState, ProfileSubjectState } from './subject-state.ts'
import { type ManagerStatus, managerReadyFrom, type TierInputs, type TierTwoStop } from './tier-plan.ts'
import { canRenew, tierThreeState } from './tier-states.ts'

/** What is known of the fleet. */
interface KnownFleet {
  readonly profiles: ReadonlyMap<ProfileId, Profile>
  readonly managers: ReadonlyMap<ManagerId, TokenManager>
  readonly defaultManagerId: ManagerId | null
  subjectState(id: ProfileId): ProfileSubjectState
  managerSubjectState(id: ManagerId): ManagerSubjectState
}

interface KnownStatus {
  readonly subjectState: ManagerSubjectState
  readonly now: Instant
  readonly status: ManagerStatus
}

/** A fallback that can serve. */
export interface StandIn {
  readonly manager: TokenManager
  /** The one that it stands in for cannot serve at the moment. */
  readonly isInUse: boolean
  /** Its access token can be renewed without a person. */
  readonly canLast: boolean
}

export class ServingManagers {
  readonly #fleet: KnownFleet
  /** Nothing of a record outlives it. */
  readonly #statuses = new WeakMap<TokenManager, KnownStatus>()

  constructor(fleet: KnownFleet) {
    this.#fleet = fleet
  }

  /** The one that a profile uses; null: there is none. */
  ownOf(profile: Profile): TokenManager | null {
    return managerFor(profile, this.#fleet.managers, this.#fleet.defaultManagerId)
  }

  /** Its own, then the one that may take its place. */
  managersOf(profile: Profile): readonly TokenManager[] {
    const own = this.ownOf(profile)
    if (own === null) return []
    const fallback = fallbackOf(own, this.#fleet.managers)
    return fallback === null ? [own] : [own, fallback]
  }

  /** The profiles that use this token manager, without those it is only the fallback for. */
  profilesOf(managerId: ManagerId): readonly Profile[] {
    return [...this.#fleet.profiles.values()].filter((profile) => this.ownOf(profile)?.id === managerId)
  }

  /** With those it is the fallback for. */
  reliantOn(managerId: ManagerId): readonly Profile[] {
    return [...this.#fleet.profiles.values()].filter((profile) =>
      this.managersOf(profile).some(({ id }) => id === managerId),
    )
  }

  /** Those that it serves now, or would: its own, and those whose own token manager it stands in for. */
  dependentsOf(managerId: ManagerId, now: Instant): readonly Profile[] {
    const replaced = [...this.#fleet.managers.values()].filter(
      (other) => other.fallbackId === managerId && this.standInOf(other, now)?.isInUse === true,
    )
    return [managerId, ...replaced.map(({ id }) => id)].flatMap((id) => this.profilesOf(id))
  }

  /**
   * For a service app; null: for any. Asked for every profile of a token manager in the same instant, so the last answer is
   * kept.
   */
  statusOf(manager: TokenManager | null, serviceAppId: ServiceAppId | null, now: Instant): ManagerStatus {
    if (manager === null) return managerStatus(null, null, now, null)
    const subjectState = this.#fleet.managerSubjectState(manager.id)
    if (subjectState.refusedFor !== null && subjectState.refusedFor === serviceAppId)
      return managerStatus(manager, subjectState, now, subjectState.refusedFor)
    const kept = this.#statuses.get(manager)
    if (kept?.subjectState === subjectState && kept.now === now) return kept.status
    const status = managerStatus(manager, subjectState, now, null)
    this.#statuses.set(manager, { subjectState, now, status })
    return status
  }

  /**
   * Tier 2 is stopped with one of a profile's two token managers: when the other one, which could not serve, can be tried.
   * null: it could, or not before the stop ends.
   */
  spareFrom(profile: Profile, stop: TierTwoStop | null, now: Instant): Instant | null {
    const other = this.managersOf(profile).find(({ id }) => id !== stop?.managerId)
    if (stop === null || other === undefined) return null
    const from = managerReadyFrom(this.statusOf(other, profile.serviceAppId, now))
    return from > now && from <= stop.until ? from : null
  }

  /** The fallback that can take the place of a token manager now; null: none can. */
  standInOf(manager: TokenManager, now: Instant): StandIn | null {
    const fallback = fallbackOf(manager, this.#fleet.managers)
    if (fallback === null) return null
    const other = this.statusOf(fallback, null, now)
    if (managerReadyFrom(other) > now) return null
    const three = tierThreeState(fallback, this.#fleet.managerSubjectState(fallback.id), now)
    return {
      manager: fallback,
      isInUse: isReplaced(this.statusOf(manager, null, now), other, now),
      canLast: canRenew(three),
    }
  }

  /** The token manager that serves tier 2 of a profile now, as far as one can. */
  servingOf(profile: Profile, { fallback }: Pick<TierInputs, 'fallback'>): TokenManager | null {
    const own = this.ownOf(profile)
    return own === null || fallback === null ? own : fallbackOf(own, this.#fleet.managers)
  }

  inputsOf(
    profile: Profile,
    now: Instant,
  ): Pick<TierInputs, 'manager' | 'fallback' | 'standby' | 'tierTwoStop'> {
    const { serviceAppId } = profile
    const own = this.ownOf(profile)
    const manager = this.statusOf(own, serviceAppId, now)
    const fallback = own === null ? null : fallbackOf(own, this.#fleet.managers)
    if (own === null || fallback === null)
      return { manager, fallback: null, standby: null, tierTwoStop: this.#stopOf(profile, own) }
    const other = this.statusOf(fallback, serviceAppId, now)
    const stop = this.#stopOf(profile, fallback)
    return isReplaced(manager, other, now, stop?.until)
      ? { manager: other, fallback: fallbackUse(own, fallback), standby: manager, tierTwoStop: stop }
      : { manager, fallback: null, standby: other, tierTwoStop: this.#stopOf(profile, own) }
  }

  #stopOf({ id }: Profile, manager: TokenManager | null): TierTwoStop | null {
    const { tierTwoStop } = this.#fleet.subjectState(id)
    return tierTwoStop?.managerId === manager?.id ? tierTwoStop : null
  }
}
