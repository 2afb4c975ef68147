// History: pages, counts per day and an export of what was attempted, and its removal after a year.

import { foldText } from '#base/common/fold-text.ts'
import { orgKey } from '#base/common/webex-id.ts'
import type { Input, Replies } from '#contract/contract.ts'
import type { FileFilter } from '#desktop/system/file-dialogs.ts'
import type { Attempt, Duration, Fleet, Instant, Profile } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import { messageOrNull } from '#engine/domain/renewal-reason-messages.ts'
import { callResults, resultInfo } from '#engine/failure/failure-catalogue.ts'
import { exportHistory } from '#vault/repositories/history-export.ts'
import type { HistoryFilter } from '#vault/repositories/history-query.ts'
import type { EngineSupervisor } from './engine-supervisor.ts'
import { UserFacingError } from './errors.ts'
import type { VaultAccess } from './vault-access.ts'

/** Each rejects with a `UserFacingError` when the vault is not open. */
export interface History {
  page(query: Input<'history.page'>): Promise<Replies['history.page']>
  rates(): Promise<Replies['history.rates']>
  days(query: Input<'history.days'>): Promise<Replies['history.days']>
  causes(): Replies['history.causes']
  export(query: Input<'history.export'>): Promise<Replies['history.export']>
}

export function createHistory(dependencies: {
  readonly vaultAccess: Pick<VaultAccess, 'opened'>
  readonly supervisor: Pick<EngineSupervisor, 'current'>
  readonly now: () => Instant
  /** The path a person chose; null: none. */
  readonly fileToSave: (filter: FileFilter, name: string) => Promise<string | null>
}): History {
  const { vaultAccess, supervisor, now, fileToSave } = dependencies
  const fleet = () => supervisor.current()?.engine.fleet() ?? null
  const orgNames = () => orgNamesIn(fleet())
  return {
    async page(query) {
      const { attempts, next } = await vaultAccess.opened().history(withProfiles(query, fleet()))
      const orgName = orgNames()
      const shown = attempts.map((attempt) => ({
        ...attempt,
        calls: attempt.calls.map((call) => ({
          ...call,
          resultName: resultName(call.result),
        })),
        owner: ownerOf(attempt),
        orgName: orgName(attempt),
        reasonMessage: messageOrNull(attempt.reason),
      }))
      return { attempts: shown, next }
    },
    async rates() {
      const since = async (span: Duration) => {
        const days = await vaultAccess.opened().historyDays({ from: now() - span }, 'UTC')
        let [succeeded, failed] = [0, 0]
        for (const day of days) {
          succeeded += day.renewed + day.unchanged
          failed += day.failed
        }
        return { succeeded, failed }
      }
      return { day: await since(DAY), week: await since(7 * DAY) }
    },
    days: async ({ timeZone, ...filter }) => ({
      days: await vaultAccess.opened().historyDays(withProfiles(filter, fleet()), timeZone),
    }),
    causes: () => ({ results: callResults() }),
    async export({ format, ...filter }) {
      const vault = vaultAccess.opened()
      const day = new Date(now()).toISOString().slice(0, 10)
      const kind = { name: format.toUpperCase(), extensions: [format] }
      const path = await fileToSave(kind, `token-history-${day}.${format}`)
      if (path === null) return null
      try {
        const attempts = await exportHistory(vault.history, path, {
          format,
          filter: withProfiles(filter, fleet()),
          orgName: orgNames(),
          resultName,
        })
        return { path, attempts }
      } catch {
        throw new UserFacingError('refused', 'The history could not be written there. Choose another place.')
      }
    },
  }
}

const resultName = (result: string) => resultInfo(result)?.shortName ?? result

/** Of the last call that failed. */
function ownerOf({ outcome, calls }: Attempt): string | null {
  const failed = calls.findLast(({ result }) => result !== 'ok' && result !== 'unchanged')
  return outcome !== 'failed' || failed === undefined ? null : (resultInfo(failed.result)?.owner ?? null)
}

/** A service app, a customer, and the customers whose name has the text, as the profiles that they have today. */
function withProfiles<F extends Pick<Input<'history.export'>, 'appId' | 'orgId' | 'text'>>(
  { appId = null, orgId = null, ...filter }: F,
  fleet: Fleet | null,
): Omit<F, 'appId' | 'orgId'> & Pick<HistoryFilter, 'profileIds' | 'textProfileIds'> {
  const profiles = [...(fleet?.profiles.values() ?? [])]
  const ids = (fits: (profile: Profile) => boolean) => profiles.filter(fits).map(({ id }) => id)
  const org = orgId === null ? null : orgKey(orgId)
  const isOf = ({ serviceAppId, targetOrgId }: Profile) =>
    (appId === null || fleet?.serviceApps.get(serviceAppId)?.appId === appId) &&
    (org === null || orgKey(targetOrgId) === org)
  const wanted = foldText(filter.text ?? '')
  return {
    ...filter,
    profileIds: appId === null && org === null ? null : ids(isOf),
    textProfileIds: wanted === '' ? null : ids(({ orgName }) => foldText(orgName ?? '').includes(wanted)),
  }
}

/** What the customer is called today: by the service app itself, or once that is gone by another one in the same org. */
function orgNamesIn(fleet: Fleet | null): (attempt: Attempt) => string | null {
  const profiles = fleet?.profiles ?? new Map<string, never>()
  let byOrg: ReadonlyMap<string, string> | null = null
  const known = () => {
    byOrg ??= new Map(
      [...profiles.values()].flatMap(({ targetOrgId, orgName }) =>
        orgName === null ? [] : [[orgKey(targetOrgId), orgName] as const],
      ),
    )
    return byOrg
  }
  return ({ subject, orgId }) => {
    if (orgId === null) return null
    const own = subject.kind === 'profile' ? profiles.get(subject.profileId) : undefined
    const sameOrg = own !== undefined && orgKey(own.targetOrgId) === orgKey(orgId)
    return (sameOrg ? own.orgName : null) ?? known().get(orgKey(orgId)) ?? null
  }
}

const DAY: Duration = 86_400_000
const KEPT: Duration = 365 * DAY
/** After the start, which has enough to do. */
const FIRST: Duration = 60_000
const BETWEEN_PARTS: Duration = 1_000

/**
 * Removes rows older than a year, a part at a time. Returns what stops it. A failure is reported and tried again the next
 * day: the removal is never urgent.
 */
export function forgetOldHistory(
  vault: { pruneHistory(before: number): Promise<number> },
  clock: Pick<Clock, 'now' | 'after'>,
  failed: (error: unknown) => void,
): () => void {
  let isStopped = false
  let cancel = () => {}
  const plan = (delay: Duration) => {
    if (!isStopped) cancel = clock.after(delay, () => void part())
  }
  const part = async () => {
    let removed = 0
    try {
      removed = await vault.pruneHistory(clock.now() - KEPT)
    } catch (error) {
      failed(error)
    }
    plan(removed > 0 ? BETWEEN_PARTS : DAY)
  }
  plan(FIRST)
  return () => {
    isStopped = true
    cancel()
  }
}
