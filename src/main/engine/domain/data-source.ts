// Data sources (BYODS): what Webex shows of one, the calls it takes, and what a person sees of those that are kept alive.
import type { DataSourceId, Duration, Instant, KeptDataSource, ProfileId } from './model.ts'
import type { Answer } from './ports.ts'
import type { Secret } from './secret.ts'
import type { Owner } from './view-model.ts'

/** As Webex answers it, without its token (a JWS), which nothing here needs. null: the answer does not say. */
export interface RemoteDataSource {
  readonly id: DataSourceId | null
  /** Character for character: Webex compares it so. */
  readonly url: string | null
  readonly schemaId: string | null
  readonly audience: string | null
  readonly subject: string | null
  readonly lifetime: Duration | null
  /** `active` or `disabled`. */
  readonly status: string | null
  readonly issuedAt: Instant | null
  readonly expiresAt: Instant | null
}

/** `next`: what the page after it is asked for with; null: there is none. */
export interface DataSourcePage {
  readonly items: readonly RemoteDataSource[]
  readonly next: string | null
}

/** The body of a renewal; a new nonce is what makes Webex issue a new token. */
export interface DataSourceRenewal {
  readonly schemaId: string
  readonly url: string
  readonly audience: string
  readonly subject: string
  readonly nonce: string
  readonly tokenLifetimeMinutes: number
  readonly status: 'active'
}

/** With the service app's own access token. Never rejects; null: Webex answered something else than was asked for. */
export interface DataSourceCalls {
  /** `GET /dataSources` */
  list(accessToken: Secret, next: string | null): Promise<Answer<DataSourcePage | null>>
  /** `GET /dataSources/{id}` */
  read(accessToken: Secret, id: DataSourceId): Promise<Answer<RemoteDataSource | null>>
  /** `PUT /dataSources/{id}` */
  renew(
    accessToken: Secret,
    id: DataSourceId,
    renewal: DataSourceRenewal,
  ): Promise<Answer<RemoteDataSource | null>>
}

/** One that is kept alive, as it is shown. */
export interface KeptDataSourceView extends KeptDataSource {
  /** Webex sends it no data, so it is not renewed. */
  readonly isDisabled: boolean
  readonly isRenewing: boolean
  /** null: its service app is paused. */
  readonly nextRenewal: Instant | null
  readonly failure: {
    readonly kind: string
    readonly sentence: string
    /** A person is needed. */
    readonly isRefusal: boolean
    readonly owner: Owner
    readonly since: Instant
    readonly failures: number
    readonly trackingId: string | null
  } | null
}

export type DataSourceListing =
  | { readonly kind: 'listed'; readonly sources: readonly RemoteDataSource[] }
  | {
      readonly kind: 'failed'
      readonly sentence: string
      readonly trackingId: string | null
      /** A person is needed. */
      readonly isRefusal: boolean
    }

export interface DataSourceOutcome {
  readonly id: DataSourceId
  readonly result: 'renewed' | 'unchanged' | 'failed'
  /** Why not; null where there is nothing to say. */
  readonly sentence: string | null
  /** It failed, and a person is needed. */
  readonly isRefusal: boolean
  readonly expiresAt: Instant | null
}

/** The data sources of the fleet, of which those are renewed that a person chose. Each rejects for an unknown profile. */
export interface DataSources {
  /** Another one: `kept` has changed. */
  readonly revision: number
  /** The same list as long as nothing in it has changed. */
  kept(): readonly KeptDataSourceView[]
  /** As Webex has them now. */
  list(profileId: ProfileId): Promise<DataSourceListing>
  /** These and no others of the profile are kept alive from now on. Rejects with `StoreFailure`, changing nothing. */
  choose(
    profileId: ProfileId,
    chosen: readonly { readonly id: DataSourceId; readonly url: string | null }[],
  ): Promise<void>
  /** At once, one after another, whatever their times say; null: all that are kept. */
  renew(profileId: ProfileId, ids: readonly DataSourceId[] | null): Promise<readonly DataSourceOutcome[]>
}

/** What the engine needs for them. */
export interface DataSourceParts {
  readonly calls: DataSourceCalls
  /** As the vault loaded them. */
  readonly kept: readonly KeptDataSource[]
}
