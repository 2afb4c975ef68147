// What was tried, for the window: pages of it, counts per day, and all of it as a file.

import type { Input, Replies } from '#contract/contract.ts'
import { orgKey } from '#contract/value-rules.ts'
import type { Attempt, Fleet, Instant } from '#engine/domain/model.ts'
import { messageOrNull } from '#engine/domain/renewal-reason-messages.ts'
import { resultInfo } from '#engine/failure/failure-catalogue.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { exportHistory } from '#vault/repositories/history-export.ts'
import type { FileKind } from './backup-restore.ts'
import { UserFacingError } from './errors.ts'

/** Each rejects with a `UserFacingError` when the vault is not open. */
export interface HistoryQueries {
  page(query: Input<'history.page'>): Promise<Replies['history.page']>
  days(query: Input<'history.days'>): Promise<Replies['history.days']['days']>
  export(query: Input<'history.export'>): Promise<Replies['history.export']>
}

export function createHistory(parts: {
  /** Throws a `UserFacingError` while it is closed. */
  readonly vault: () => Pick<OpenVault, 'history' | 'historyDays'>
  /** null while nothing runs. */
  readonly fleet: () => Fleet | null
  readonly now: () => Instant
  /** The path a person chose; null: none. */
  readonly fileToSave: (kind: FileKind, name: string) => Promise<string | null>
}): HistoryQueries {
  return {
    async page(query) {
      const { attempts, next } = await parts.vault().history(query)
      const orgName = orgNamesIn(parts.fleet())
      const shown = attempts.map((attempt) => ({
        ...attempt,
        calls: attempt.calls.map((call) => ({
          ...call,
          resultName: resultInfo(call.result)?.shortName ?? call.result,
        })),
        owner: ownerOf(attempt),
        orgName: orgName(attempt),
        reasonMessage: messageOrNull(attempt.reason),
      }))
      return { attempts: shown, next }
    },
    days: async (filter) => parts.vault().historyDays(filter),
    async export({ format, ...filter }) {
      const vault = parts.vault()
      const day = new Date(parts.now()).toISOString().slice(0, 10)
      const kind = { name: format.toUpperCase(), extensions: [format] }
      const path = await parts.fileToSave(kind, `token-history-${day}.${format}`)
      if (path === null) return null
      try {
        return {
          path,
          attempts: await exportHistory(vault.history, path, {
            format,
            filter,
            orgName: orgNamesIn(parts.fleet()),
          }),
        }
      } catch {
        throw new UserFacingError('refused', 'The history could not be written there. Choose another place.')
      }
    },
  }
}

/** Of the last call that failed. */
function ownerOf({ outcome, calls }: Attempt): string | null {
  const failed = calls.findLast(({ result }) => result !== 'ok' && result !== 'unchanged')
  return outcome !== 'failed' || failed === undefined ? null : (resultInfo(failed.result)?.owner ?? null)
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
