import type { DataSourceParts, DataSources } from './data-source.ts'
import type {
  Attempt,
  Fleet,
  FleetChange,
  Instant,
  KeptDataSource,
  ManagerId,
  ProfileId,
  StoredDrills,
  Subject,
  Trigger,
} from './model.ts'
import type { EngineSettings } from './policy.ts'
import type { Clock, Random, StoreFailure, Vault, Webex } from './ports.ts'
import type { FleetView, TestResult } from './view-model.ts'

export interface EngineParts {
  readonly clock: Clock
  readonly random: Random
  readonly webex: Webex
  readonly vault: Vault
  readonly settings: EngineSettings
  /** As the vault loaded it. */
  readonly fleet: Fleet
  /** The newest attempt of each profile and token manager, for "last outcome" after a restart. */
  readonly lastAttempts: readonly Attempt[]
  /** Those of a profile since then, oldest first; requested when its refresh token is dead. Missing: none is known. */
  readonly attemptsOf?: (profileId: ProfileId, since: Instant) => Promise<readonly Attempt[]>
  /** As the vault loaded them. Missing: none is requested. */
  readonly drills?: StoredDrills
  /** As the vault loaded it: when a person last stopped the other copy. Missing: never. */
  readonly otherCopyStoppedAt?: Instant | null
  /** Missing: no data source is renewed. */
  readonly dataSources?: DataSourceParts
  /** Unique ids for history rows. */
  readonly newId: () => string
  /**
   * The vault is shared, and another process may renew what this one shows. Missing: this one renews. It does not before
   * `renewHere(true)`.
   */
  readonly elsewhere?: Elsewhere
}

export interface Elsewhere {
  /** Has the process that renews make this attempt. Rejects where none does, with a sentence for the person. */
  attempt(request: RequestedAttempt): Promise<Attempt>
  /** Takes back what was requested for these, each of which rejects: what has not begun there does not begin. */
  cancel(subjects: readonly Subject[]): void
}

export interface RequestedAttempt {
  readonly subject: Subject
  readonly trigger: Trigger
  /** Test of all tiers, instead of a refresh. */
  readonly drill: boolean
  readonly asker: Asker
}

/** What a vault holds, as it was loaded. */
export interface StoredState {
  readonly fleet: Fleet
  readonly lastAttempts: readonly Attempt[]
  readonly drills: StoredDrills
  readonly keptDataSources: readonly KeptDataSource[]
  /** When a person last stopped the other copy. Missing: never. */
  readonly otherCopyStoppedAt?: Instant | null
  /** IDs of records that are there and cannot be read: what is known of them stays. Missing: none. */
  readonly unread?: ReadonlySet<string>
}

/** Without what was attempted. */
export type KnownState = Omit<StoredState, 'lastAttempts'>

/** See `engine/renewal/stored-changes.ts`. */
export type ChangesBetween = (known: KnownState, stored: KnownState) => readonly FleetChange[]

export type EngineEvent =
  | { readonly kind: 'view-changed' }
  /** Stored durably, or marked unsaved: never before. */
  | { readonly kind: 'attempt'; readonly attempt: Attempt }
  /** Others have stored this; it is taken over right after. */
  | { readonly kind: 'followed'; readonly changes: readonly FleetChange[] }

export interface Engine {
  readonly dataSources: DataSources
  /** Begins, or continues after `stop`: with storing what is unsaved as well. */
  start(): void
  /**
   * No new attempt begins; resolves when those under way have ended and been stored or, tried once more, marked unsaved:
   * ask `hasUnsaved` then.
   */
  stop(): Promise<void>
  /**
   * Stores the changes durably, then takes them over. Rejects with `StoreFailure`, or as `changes` throws, changing nothing.
   * What depends on the fleet is a function: it runs when its turn has come, over what the changes before it left.
   */
  apply(changes: readonly FleetChange[] | ((fleet: Fleet) => readonly FleetChange[])): Promise<void>
  /**
   * For what cannot be had a second time, such as a grant: takes the changes over in any case. What could not be stored
   * stays in memory, unsaved, and is tried again; resolves with why, or with null when it is stored. Never rejects.
   */
  keep(changes: readonly FleetChange[]): Promise<StoreFailure | null>
  /**
   * Takes over what other processes have stored. Nothing of this engine's own is stored while `load` runs. Resolves with what
   * was taken over; null: something of its own is not stored yet, so that what is loaded is older than what it knows.
   */
  follow(load: () => Promise<StoredState>): Promise<readonly FleetChange[] | null>
  /** Of a vault that is shared: whether this process renews from now on. */
  renewHere(renews: boolean): void
  /**
   * Never blocked by backoff; a second caller gets the running attempt. Rejects only for an unknown id. A person's
   * (the default) goes out even while something else answers in Webex's place, a program's does not.
   */
  refresh(profileId: ProfileId, trigger: Trigger, asker?: Asker): Promise<Attempt>
  /**
   * Test of all tiers: the next due renewal goes through tiers 3 and 2 instead of tier 1, which still renews the token where
   * they fail. Stored, so it survives a restart. false: cancelled. Rejects with `StoreFailure`, or for an unknown id.
   */
  requestDrill(profileId: ProfileId, wanted: boolean): Promise<void>
  /** The same at once, with one more token. Sends nothing where tier 2 cannot be tried, or at the token limit. */
  drillNow(profileId: ProfileId): Promise<Attempt>
  /** Tier 3, as requested. */
  refreshManager(managerId: ManagerId, trigger: Trigger): Promise<Attempt>
  /**
   * A person has stopped the other copy: the service apps it affected are renewed once more. How many. Rejects with a
   * `StoreFailure` when that could not be stored.
   */
  otherCopyStopped(): Promise<number>
  /** How many attempts were started. */
  refreshAllDue(): number
  /** As `refresh` by a person, of each that is there. How many. */
  refreshAll(profileIds: readonly ProfileId[]): number
  /** Those of `refreshAllDue` and `refreshAll` that have not begun do not begin; they stay due by their own time. */
  cancelRefresh(): void
  /** Resolves when those of `refreshAllDue` and `refreshAll` have ended. */
  refreshAllEnded(): Promise<BulkEnd>
  /** What another process has requested of this one. Rejects for an unknown id. */
  carryOut(request: RequestedAttempt): Promise<Attempt>
  /** The other process has taken it back: as `cancelRefresh`, unless this one has requested the same. */
  cancelRequested(subject: Subject): void
  /**
   * The sentence of what keeps every attempt from sending anything, looked at anew; null: nothing. Asked before many are
   * begun. While the network is in doubt it takes as long as a call to Webex may.
   */
  blocker(): Promise<string | null>
  /** Whether Webex itself answers; at once while nothing but Webex has answered. Asked before a credential leaves. */
  webexIsThere(): Promise<boolean>
  /** Something else answered in Webex's place: the circuit opens (see `circuit-breaker.ts`). */
  doubtWebex(): void
  /** Something outside changed: everything is checked again at once. */
  reconsider(reason: 'resume' | 'unlock' | 'network-back'): void
  /**
   * null resumes. Manual refreshes still work. Throws a `StoreFailure` where another process renews: what it does is not
   * paused from here. A pause of this one holds again when it renews again.
   */
  pauseAll(until: Instant | null): void
  configure(settings: EngineSettings): void
  /** Calls the profile's probe; a 401 starts a refresh with trigger `unauthorized-seen`. */
  test(profileId: ProfileId): Promise<Verdict>
  /** Calls it before the token is given out: whether Webex answered 401. Renews nothing. */
  isRejected(profileId: ProfileId): Promise<boolean>
  /** The wall clock corrected by the server's `Date`, as `view().now`: what stored instants are compared with. */
  now(): Instant
  fleet(): Fleet
  view(): FleetView
  /** True while a pair is only in memory. */
  hasUnsaved(): boolean
  /** Why what was to be stored last could not be, with what to do; null: nothing is wrong. */
  storeTrouble(): string | null
  subscribe(listener: (event: EngineEvent) => void): () => void
}

/** What became of those that were refreshed together. */
export interface BulkEnd {
  /** How many came to no attempt, without having been canceled. */
  readonly missed: number
  /** Why the last of these did; null: there is none. */
  readonly why: string | null
}

/** Who wants a token now. Programs ask in loops. */
export type Asker = 'person' | 'program'

export interface Verdict {
  readonly result: TestResult
  readonly sentence: string
  readonly status: number | null
  readonly trackingId: string | null
}
