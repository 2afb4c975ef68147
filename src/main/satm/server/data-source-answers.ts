// Data sources for the command line: listed as Webex has them, and renewed at once.
import type { DataSourceList } from '#contract/contract.ts'
import type { DataSourceOutcome } from '#engine/domain/data-source.ts'
import type { Instant, ProfileId } from '#engine/domain/model.ts'
import { type DataSourceReply, Refused } from '../protocol.ts'
import type { SatmRequest } from './request-parser.ts'

/** The same that the window asks. */
export interface DataSourceAccess {
  list(input: { readonly profileId: ProfileId; readonly refresh: boolean }): Promise<DataSourceList>
  renew(input: {
    readonly profileId: ProfileId
    readonly ids: string[]
  }): Promise<{ readonly outcomes: readonly DataSourceOutcome[] }>
}

export async function answerDataSources(
  access: DataSourceAccess,
  profileId: ProfileId,
  { action, ids }: Extract<SatmRequest, { kind: 'data-sources' }>,
  now: () => Instant,
): Promise<DataSourceReply> {
  const { sources, problem } = await access.list({ profileId, refresh: action === 'list' })
  if (action === 'list') {
    if (problem !== null)
      throw new Refused(problem.isRefusal ? 'needs-person' : 'failed', problem.sentence, problem.trackingId)
    return { kind: 'listed', now: now(), sources }
  }
  const kept = sources.filter(({ isKept }) => isKept).map(({ id }) => id)
  const wanted = ids.length === 0 ? kept : ids
  if (wanted.length === 0)
    throw new Refused(
      'failed',
      'None of its data sources is kept alive. Name one by its ID, or choose them in the app.',
    )
  const { outcomes } = await access.renew({ profileId, ids: wanted })
  return { kind: 'renewed', now: now(), outcomes }
}
