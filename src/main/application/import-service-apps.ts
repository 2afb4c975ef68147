// Import of service apps: a file or a pasted text becomes a dry run; confirming stores all of it or nothing. Secrets stay
// here, the window gets names and reasons.
import path from 'node:path'
import { isUuid, orgKey } from '#base/common/webex-id.ts'
import type { ImportDryRun, ImportedRow, Input, Replies } from '#contract/contract.ts'
import type { FileFilter } from '#desktop/system/file-dialogs.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import type { ImportContent } from '#import/import-dialect.ts'
import { IMPORT_FILES } from '#import/import-file.ts'
import { type ImportPlan, type ImportRow, planImport } from '#import/import-plan.ts'
import { pastedPair } from '#import/pasted-pair.ts'
import { UserFacingError } from './errors.ts'
import type { FileReader, ImportSource } from './file-reader.ts'
import type { IdClock } from './fleet-input.ts'
import { planConfigManager } from './token-managers.ts'

export interface Imports {
  choose(): Promise<Replies['import.choose']>
  paste(text: string): Promise<Replies['import.paste']>
  /** Goes on with what was read elsewhere. */
  take(content: ImportContent): ImportDryRun
  rows(page: Input<'import.rows'>): Replies['import.rows']
  confirm(input: Input<'import.confirm'>): Promise<Replies['import.confirm']>
  /** Ends what is being read, too. */
  forget(): void
}

const ROWS_AT_ONCE = 100
/** Longer without a blank is no name; in a column that was mixed up it may be a secret. */
const LONGEST_WORD = 40

type ProfilesContent = Extract<ImportContent, { kind: 'profiles' }>
type Offered = Extract<ImportContent, { kind: 'tokens' }> | (ProfilesContent & { readonly plan: ImportPlan })

interface Current {
  readonly id: string
  readonly file: string | null
  readonly offered: Offered
}

export function createImports(parts: {
  /** Throws a `UserFacingError` while the vault is closed. */
  readonly engine: () => Engine
  readonly reader: Pick<FileReader, 'importContent'>
  readonly idClock: IdClock
  readonly fileToOpen: (filter: FileFilter) => Promise<string | null>
}): Imports {
  const { reader, idClock } = parts
  let current: Current | null = null
  let underWay = new AbortController()

  const planned = (content: ProfilesContent) =>
    planImport(content.candidates, {
      fleet: parts.engine().fleet(),
      unreadable: parts
        .engine()
        .view()
        .profiles.filter(({ unreadable }) => unreadable !== undefined),
      now: idClock.now(),
      newId: idClock.newId,
    })
  const offer = (content: ImportContent, file: string | null): ImportDryRun => {
    if (content.kind === 'refused') throw new UserFacingError('invalid', content.sentence, { field: 'text' })
    const offered = content.kind === 'tokens' ? content : { ...content, plan: planned(content) }
    current = { id: idClock.newId(), file, offered }
    return dryRunOf(current, parts.engine().fleet().managers.size === 0)
  }
  const read = async (source: ImportSource): Promise<ImportDryRun> => {
    forget()
    const { signal } = underWay
    const content = await reader.importContent(source, signal)
    if (signal.aborted) throw new UserFacingError('refused', 'Canceled. Nothing was changed.')
    return offer(content, 'file' in source ? path.basename(source.file) : null)
  }
  const forget = () => {
    underWay.abort()
    underWay = new AbortController()
    current = null
  }
  const known = (id: string): Current => {
    if (current?.id === id) return current
    throw new UserFacingError('not-found', 'This import is over. Choose the file again.')
  }
  const store = async (changes: Parameters<Engine['apply']>[0]) => {
    try {
      await parts.engine().apply(changes)
    } catch (error) {
      if (error instanceof StoreFailure)
        throw new UserFacingError('storage', `${error.message} Nothing came in.`)
      throw error
    }
    current = null
  }

  return {
    async choose() {
      parts.engine()
      const file = await parts.fileToOpen(IMPORT_FILES)
      return file === null ? null : read({ file })
    },
    paste: (text) => read({ text }),
    take: (content) => offer(content, null),
    rows({ id, only, from }) {
      const { offered } = known(id)
      const all = offered.kind === 'profiles' ? offered.plan.rows : []
      const rows = only === 'all' ? all : all.filter(({ kind }) => kind === only)
      return { rows: rows.slice(from, from + ROWS_AT_ONCE).map(shownRow), total: rows.length }
    },
    async confirm({ id, profileId }) {
      const { offered, file } = known(id)
      if (offered.kind === 'tokens') {
        const profile = profileId === null ? undefined : parts.engine().fleet().profiles.get(profileId)
        if (profile === undefined) {
          throw new UserFacingError('invalid', 'Choose the service app these tokens belong to.', {
            field: 'profileId',
          })
        }
        const { accessToken, refreshToken } = offered
        const pair = pastedPair(accessToken, refreshToken, idClock.now(), profile.pair)
        await store(pair === null ? [] : [{ kind: 'profile-pair', profileId: profile.id, pair }])
        return { kind: 'imported', profiles: 1 }
      }
      let { plan } = offered
      const isChanged = () => plan.comingIn !== offered.plan.comingIn
      await store((fleet) => {
        plan = planned(offered)
        return isChanged()
          ? []
          : [...plan.changes, ...planConfigManager(fleet, offered.tokenManager, idClock)]
      })
      if (isChanged()) return { kind: 'changed', dryRun: offer(offered, file) }
      return { kind: 'imported', profiles: plan.comingIn }
    },
    forget,
  }
}

function dryRunOf({ id, file, offered }: Current, noManager: boolean): ImportDryRun {
  if (offered.kind === 'tokens') {
    const [accessToken, refreshToken] = [offered.accessToken !== null, offered.refreshToken !== null]
    return { kind: 'tokens', id, file, accessToken, refreshToken }
  }
  const { comingIn, refused } = offered.plan
  const withManager = noManager && offered.tokenManager !== null
  return { kind: 'profiles', id, file, comingIn, refused, withManager }
}

function shownRow(row: ImportRow): ImportedRow {
  const comesIn = row.kind === 'comes-in'
  return {
    line: row.line,
    name: row.name === '' || new RegExp(`\\S{${LONGEST_WORD}}`).test(row.name) ? '••••••••' : row.name,
    org: shownOrg(row.targetOrgId),
    comesIn,
    remarks: comesIn ? row.warnings : [row.sentence],
  }
}

/** The end of an org's id; what is none may be a secret in the wrong column. */
function shownOrg(targetOrgId: string): string {
  const key = orgKey(targetOrgId)
  return isUuid(key) ? `…${key.slice(-8)}` : ''
}
