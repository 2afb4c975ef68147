// Kept data source: what is known of one that a person chose, and how it is shown.
import type { DataSourceOutcome, KeptDataSourceView } from '../domain/data-source.ts'
import type { Instant, KeptDataSource, Lapse, Profile, Trigger } from '../domain/model.ts'
import { type DataSourceFailure, isRefusal, ownerOf, sentenceOf } from './data-source-failure.ts'
import { renewalDue } from './renewal-times.ts'

export interface TrackedDataSource {
  source: KeptDataSource
  failures: number
  failure: DataSourceFailure | null
  /** Since when it fails, as long as it does. */
  failingSince: Instant | null
  isDisabled: boolean
  /** When the token ended that Webex had when it was last read; null: it lived. */
  ended: Instant | null
  due: Instant
  trigger: Trigger
  running: Promise<DataSourceOutcome> | null
  /** As it is shown; null: it has changed since. */
  view: KeptDataSourceView | null
}

export function trackedFrom(source: KeptDataSource): TrackedDataSource {
  return {
    source,
    failures: 0,
    failure: null,
    failingSince: null,
    isDisabled: false,
    ended: null,
    due: renewalDue(source),
    trigger: 'scheduled',
    running: null,
    view: null,
  }
}

export function endOf({ source }: TrackedDataSource): Instant {
  return source.expiresAt ?? Number.NEGATIVE_INFINITY
}

/** null: nothing was in between, or it was not kept yet. */
export function lapseOf({ ended, source }: TrackedDataSource, renewedAt: Instant | null): Lapse | null {
  if (ended === null || renewedAt === null || renewedAt <= ended || ended < source.keptSince) return null
  return { from: ended, until: renewedAt }
}

/** As it is shown. */
export function viewOf(
  { source, failure, failures, failingSince, isDisabled, due, running }: TrackedDataSource,
  profile: Profile,
): KeptDataSourceView {
  return {
    ...source,
    isDisabled,
    isRenewing: running !== null,
    nextRenewal: profile.paused || !Number.isFinite(due) ? null : due,
    failure:
      failure === null
        ? null
        : {
            kind: failure.kind,
            sentence: sentenceOf(failure, profile),
            isRefusal: isRefusal(failure),
            owner: ownerOf(failure),
            since: failingSince ?? failure.at,
            failures,
            trackingId: failure.trackingId,
          },
  }
}
