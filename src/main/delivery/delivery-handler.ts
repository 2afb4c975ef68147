// Delivery handler: what each kind of delivery implements, with the token it gets and the result it gives.
import type { DeliveryKind, DeliverySpec, SpecFlaw, SpecReading } from '#engine/domain/delivery-spec.ts'
import type { Instant, ProfileId } from '#engine/domain/model.ts'
import type { Secret } from '#engine/domain/secret.ts'

export interface DeliveryHandler<K extends DeliveryKind> {
  /** How many deliveries of this kind run at the same time. */
  readonly atOnce: number
  /**
   * Before a target is saved: the spec as it is stored, or what a person has to change or confirm first. `before`: what is
   * replaced; null: nothing.
   */
  accept(spec: DeliverySpec<K>, before: DeliverySpec<K> | null, shown?: string | null): Promise<SpecReading>
  /** What no two targets may share, by keys that are the same however it is written; none: they may share all. */
  places(spec: DeliverySpec<K>): Promise<readonly string[]>
  /** Whether it cannot be beside one of `others`, which are of its kind and not held; null: it can. */
  conflict(spec: DeliverySpec<K>, others: readonly OtherTarget<K>[]): Promise<SpecFlaw | null>
  /**
   * `signal` breaks it off. `others`: those that lead to a file and are not held, where nothing was delivered before, as far
   * as is known here; null: something was.
   */
  perform(
    spec: DeliverySpec<K>,
    token: DeliverableToken,
    signal: AbortSignal,
    others: ((file: string) => readonly DeliverySpec<K>[]) | null,
  ): Promise<Performed>
  /** After a target was removed: nothing is delivered there any more. */
  forget(spec: DeliverySpec<K>): Promise<void>
}

export interface OtherTarget<K extends DeliveryKind> {
  readonly spec: DeliverySpec<K>
  readonly isSameProfile: boolean
  /** The service app it belongs to, to begin a sentence with. */
  readonly owner: string
}

export interface DeliverableToken {
  readonly profileId: ProfileId
  readonly profileName: string
  readonly orgId: string
  readonly accessToken: Secret
  readonly fingerprint: string
  readonly refreshToken: Secret | null
  /** null as well where the target does not take it. */
  readonly refreshFingerprint: string | null
  /** null: unknown. */
  readonly expiresAt: Instant | null
}

/** `ran`: of a command only; other kinds leave null. */
export type Performed =
  /** `spec`: as it is from now on; missing: unchanged. */
  | { readonly kind: 'delivered'; readonly ran: Ran | null; readonly spec?: DeliverySpec }
  /** `sentence`: what happened and what to do. Stored in clear: nothing of a command's output, no secret. */
  | { readonly kind: 'failed'; readonly sentence: string; readonly ran: Ran | null }
  /** The app stopped it; whether the token got there is not known. */
  | { readonly kind: 'broken-off'; readonly ran: Ran | null }

/** What a command left behind. */
export interface Ran {
  /** null: a signal or the app ended it. */
  readonly exitCode: number | null
  /** How it ended and what to do, without what it said; null: well. */
  readonly sentence: string | null
  /** The end of what it said, without secrets, at most about 2 KiB. */
  readonly output: string
}
