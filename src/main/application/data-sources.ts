// Data sources: listed as Webex has them with what is kept alive, chosen, and renewed at once.
import type { Input } from '#contract/contract.ts'
import type {
  DataSourceList,
  DataSourceReplies,
  DataSourceTotals,
  DataSourceView,
} from '#contract/data-sources.ts'
import type { DataSources, KeptDataSourceView, RemoteDataSource } from '#engine/domain/data-source.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { Instant, ProfileId } from '#engine/domain/model.ts'
import { DAY } from '#engine/domain/policy.ts'
import { UserFacingError } from './errors.ts'

/** Each rejects with a `UserFacingError` where the service app is not there. */
export interface DataSourceRequests {
  list(input: Input<'data-sources.list'>): Promise<DataSourceList>
  choose(input: Input<'data-sources.choose'>): Promise<void>
  renew(input: Input<'data-sources.renew'>): Promise<DataSourceReplies['data-sources.renew']>
}

interface Listed {
  readonly sources: readonly RemoteDataSource[]
  readonly at: Instant | null
  readonly problem: DataSourceList['problem']
}

export function createDataSources(engineOf: () => Engine): DataSourceRequests {
  /** What Webex answered last, by service app and org; of another session nothing counts. */
  const listings = new WeakMap<DataSources, Map<ProfileId, Listed>>()
  const known = (profileId: ProfileId) => {
    const engine = engineOf()
    if (!engine.fleet().profiles.has(profileId))
      throw new UserFacingError('not-found', 'This service app is no longer here.')
    const { dataSources } = engine
    const listed = listings.get(dataSources) ?? new Map<ProfileId, Listed>()
    listings.set(dataSources, listed)
    return { engine, dataSources, listed }
  }
  const refresh = async (profileId: ProfileId) => {
    const { engine, dataSources, listed } = known(profileId)
    const answer = await dataSources.list(profileId)
    const before = listed.get(profileId)
    listed.set(profileId, {
      sources: answer.kind === 'listed' ? answer.sources : (before?.sources ?? []),
      at: answer.kind === 'listed' ? engine.now() : (before?.at ?? null),
      problem: answer.kind === 'failed' ? answer : null,
    })
  }

  return {
    async list({ profileId, refresh: isFresh }) {
      const { engine, dataSources, listed } = known(profileId)
      if (isFresh) await refresh(profileId)
      const { sources, at, problem } = listed.get(profileId) ?? { sources: [], at: null, problem: null }
      const kept = dataSources.kept().filter((source) => source.profileId === profileId)
      return {
        sources: merged(sources, kept, engine.now()),
        unnamed: sources.filter(({ id }) => id === null).length,
        listedAt: at,
        problem,
      }
    },
    async choose({ profileId, ids }) {
      const { dataSources, listed } = known(profileId)
      const urls = new Map(listed.get(profileId)?.sources.map(({ id, url }) => [id, url]))
      await dataSources.choose(
        profileId,
        [...new Set(ids)].map((id) => ({ id, url: urls.get(id) ?? null })),
      )
    },
    async renew({ profileId, ids }) {
      const outcomes = await known(profileId).dataSources.renew(profileId, ids)
      await refresh(profileId)
      return { outcomes }
    },
  }
}

/** How many this app keeps alive, and when the first lapses if it stops now. */
export function dataSourceTotals(
  dataSources: Pick<DataSources, 'revision' | 'kept'> | null,
  now: Instant,
): DataSourceTotals {
  const kept = (dataSources?.kept() ?? []).filter((one) => isKeptAlive(one, now))
  const ends = kept.flatMap(({ expiresAt }) => expiresAt ?? [])
  const firstEnd = ends.reduce((first, end) => Math.min(first, end), Number.POSITIVE_INFINITY)
  return {
    revision: dataSources?.revision ?? 0,
    kept: kept.length,
    firstEnd: firstEnd === Number.POSITIVE_INFINITY ? null : firstEnd,
  }
}

/** One that Webex has no more, gives no data, or that has lapsed for long loses nothing when the app stops. */
function isKeptAlive({ expiresAt, isDisabled, failure }: KeptDataSourceView, now: Instant): boolean {
  const hasLapsed = expiresAt !== null && expiresAt + DAY <= now
  return !isDisabled && failure?.kind !== 'removed' && !hasLapsed
}

/** In the order of their URLs; what is kept has the newer times. */
function merged(
  sources: readonly RemoteDataSource[],
  kept: readonly KeptDataSourceView[],
  now: Instant,
): readonly DataSourceView[] {
  const remotes = new Map(
    sources.flatMap((source) => (source.id === null ? [] : [[source.id, source] as const])),
  )
  const choices = new Map(kept.map((source) => [source.id, source]))
  const ids = [...new Set([...remotes.keys(), ...choices.keys()])]
  const views = ids.map((id) => viewOf(id, remotes.get(id), choices.get(id), now))
  return views.toSorted((a, b) => (a.url ?? '').localeCompare(b.url ?? '') || a.id.localeCompare(b.id))
}

function viewOf(
  id: string,
  remote: RemoteDataSource | undefined,
  kept: KeptDataSourceView | undefined,
  now: Instant,
): DataSourceView {
  const expiresAt = kept?.expiresAt ?? remote?.expiresAt ?? null
  const isLapsed = expiresAt !== null && expiresAt <= now
  const failure = kept?.failure ?? null
  return {
    id,
    url: remote?.url ?? kept?.url ?? null,
    audience: remote?.audience ?? null,
    subject: remote?.subject ?? null,
    state: stateOf(remote, kept, isLapsed),
    isKept: kept !== undefined,
    issuedAt: kept?.issuedAt ?? remote?.issuedAt ?? null,
    expiresAt,
    nextRenewalAt: kept?.nextRenewal ?? null,
    sentence: failure?.sentence ?? null,
    trackingId: failure?.trackingId ?? null,
    lapse: kept?.lapse ?? null,
  }
}

function stateOf(
  remote: RemoteDataSource | undefined,
  kept: KeptDataSourceView | undefined,
  isLapsed: boolean,
): DataSourceView['state'] {
  if (kept?.isRenewing) return 'renewing'
  if (kept?.failure?.isRefusal) return 'needs-attention'
  if (isLapsed) return 'lapsed'
  if (kept === undefined) return remote?.status?.toLowerCase() === 'disabled' ? 'disabled' : 'not-kept'
  if (kept.isDisabled) return 'disabled'
  if (kept.failure !== null) return 'retrying'
  return kept.expiresAt === null ? 'unknown' : 'kept'
}
