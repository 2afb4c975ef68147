// Import of service apps: a file or a pasted text becomes a dry run; confirming stores all of it or nothing. Secrets stay
// here, the window gets names and reasons.
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isUuid, orgKey } from '#base/common/webex-id.ts'
import { replaceFile } from '#base/node/whole-file.ts'
import type {
  ImportDryRun,
  ImportedManager,
  ImportedRow,
  Input,
  LackingField,
  Replies,
} from '#contract/contract.ts'
import type { TokenConfigManager } from '#contract/token-config.ts'
import type { FileFilter } from '#desktop/system/file-dialogs.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { Fleet, FleetChange } from '#engine/domain/model.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import { CSV_TEMPLATE } from '#import/csv-reader.ts'
import { type ImportChoices, type ImportContent, NO_CHOICES } from '#import/import-dialect.ts'
import { IMPORT_FILES } from '#import/import-file.ts'
import { type ImportPlan, type ImportRow, planImport } from '#import/import-plan.ts'
import { pastedPair } from '#import/pasted-pair.ts'
import { UserFacingError } from './errors.ts'
import type { FileReader, ImportSource } from './file-reader.ts'
import { type IdClock, knownProfile } from './fleet-input.ts'
import { planConfigManager } from './token-managers.ts'

export interface Imports {
  choose(): Promise<Replies['import.choose']>
  paste(text: string): Promise<Replies['import.paste']>
  complete(input: Input<'import.complete'>): Promise<Replies['import.complete']>
  /** Goes on with what was read elsewhere. */
  take(read: { readonly content: ImportContent; readonly source: ImportSource }): ImportDryRun
  rows(page: Input<'import.rows'>): Replies['import.rows']
  confirm(input: Input<'import.confirm'>): Promise<Replies['import.confirm']>
  /** Ends what is being read, too. */
  forget(): void
  writeTemplate(): Promise<Replies['import.template']>
}

const ROWS_AT_ONCE = 100
/** Longer without a blank is no name; in a column that was mixed up it may be a secret. */
const LONGEST_WORD = 40

type ProfilesContent = Extract<ImportContent, { kind: 'profiles' }>
type Offered =
  | Extract<ImportContent, { kind: 'tokens' | 'unclear' }>
  | (ProfilesContent & { readonly plan: ImportPlan })

interface Current {
  readonly id: string
  readonly source: ImportSource
  readonly choices: ImportChoices
  readonly offered: Offered
}

export function createImports(parts: {
  /** Throws a `UserFacingError` while the vault is closed. */
  readonly engine: () => Engine
  readonly reader: Pick<FileReader, 'importContent'>
  readonly idClock: IdClock
  /** The path a person chose; null: none. */
  readonly dialogs: {
    fileToOpen(filter: FileFilter): Promise<string | null>
    fileToSave(filter: FileFilter, name: string): Promise<string | null>
  }
}): Imports {
  const { reader, idClock, dialogs } = parts
  let current: Current | null = null
  let underWay = new AbortController()

  const planned = (content: ProfilesContent) =>
    planImport(content.candidates, {
      fleet: parts.engine().fleet(),
      tokenManager: content.tokenManager,
      unreadable: parts
        .engine()
        .view()
        .profiles.filter(({ unreadable }) => unreadable !== undefined),
      now: idClock.now(),
      newId: idClock.newId,
    })
  const offer = (content: ImportContent, from: Pick<Current, 'source' | 'choices'>): ImportDryRun => {
    if (content.kind === 'refused') throw new UserFacingError('invalid', content.sentence, { field: 'text' })
    const offered = content.kind === 'profiles' ? { ...content, plan: planned(content) } : content
    current = { ...from, id: idClock.newId(), offered }
    return dryRunOf(current, parts.engine().fleet())
  }
  const read = async (source: ImportSource, choices: ImportChoices): Promise<ImportContent> => {
    underWay.abort()
    underWay = new AbortController()
    const { signal } = underWay
    const content = await reader.importContent(source, choices, signal)
    if (signal.aborted) throw new UserFacingError('refused', 'Canceled. Nothing was changed.')
    return content
  }
  const begin = async (source: ImportSource) => {
    forget()
    return offer(await read(source, NO_CHOICES), { source, choices: NO_CHOICES })
  }
  const forget = () => {
    underWay.abort()
    underWay = new AbortController()
    current = null
  }
  const known = (id: string): Current => {
    if (current?.id === id) return current
    throw new UserFacingError('not-found', 'This import has ended. Choose the file again.')
  }
  const store = async (changes: Parameters<Engine['apply']>[0]) => {
    try {
      await parts.engine().apply(changes)
    } catch (error) {
      if (error instanceof StoreFailure)
        throw new UserFacingError('storage', `${error.message} Nothing was imported.`)
      throw error
    }
    current = null
  }

  return {
    async choose() {
      parts.engine()
      const file = await dialogs.fileToOpen(IMPORT_FILES)
      return file === null ? null : begin({ file })
    },
    paste: (text) => begin({ text }),
    async complete({ id, roles, serviceApp, targetOrgId }) {
      const { source, choices } = known(id)
      const named = {
        ...choices.serviceApp,
        ...serviceAppOf(parts.engine().fleet(), serviceApp),
        ...(targetOrgId === null ? {} : { targetOrgId }),
      }
      const all = { roles: { ...choices.roles, ...roles }, serviceApp: named }
      const content = await read(source, all)
      const isNamed = serviceApp !== null || targetOrgId !== null
      if (isNamed && content.kind === 'profiles') refuseIncomplete(content.lacking, named)
      return offer(content, { source, choices: all })
    },
    take: ({ content, source }) => offer(content, { source, choices: NO_CHOICES }),
    rows({ id, only, from }) {
      const { offered } = known(id)
      const all = offered.kind === 'profiles' ? offered.plan.rows : []
      const rows = only === 'all' ? all : all.filter(({ kind }) => kind === only)
      return { rows: rows.slice(from, from + ROWS_AT_ONCE).map(shownRow), total: rows.length }
    },
    async confirm({ id, profileId }) {
      const { offered, ...from } = known(id)
      if (offered.kind === 'unclear') {
        throw new UserFacingError('invalid', 'Choose what each set of variables is for.')
      }
      const { tokenManager } = offered
      let connected: TokenConfigManager['kind'] | null = null
      const managerChanges = (fleet: Fleet) => {
        const connects = managerIn(fleet, tokenManager)?.connects === true
        connected = connects && tokenManager !== null ? tokenManager.kind : null
        return planConfigManager(fleet, connects ? tokenManager : null, idClock)
      }
      if (offered.kind === 'tokens') {
        const profile = profileId === null ? undefined : parts.engine().fleet().profiles.get(profileId)
        if (profile === undefined) {
          throw new UserFacingError('invalid', 'Choose the service app these tokens belong to.', {
            field: 'profileId',
          })
        }
        const { accessToken, refreshToken } = offered
        const pair = pastedPair(accessToken, refreshToken, idClock.now(), profile.pair)
        const given: FleetChange[] =
          pair === null ? [] : [{ kind: 'profile-pair', profileId: profile.id, pair }]
        await store((fleet) => [...given, ...managerChanges(fleet)])
        return { kind: 'imported', profiles: 1, tokenManager: connected }
      }
      let { plan } = offered
      const isChanged = () => plan.comingIn !== offered.plan.comingIn
      await store((fleet) => {
        plan = planned(offered)
        return isChanged() ? [] : [...plan.changes, ...managerChanges(fleet)]
      })
      if (isChanged()) return { kind: 'changed', dryRun: offer(offered, from) }
      return { kind: 'imported', profiles: plan.comingIn, tokenManager: connected }
    },
    forget,
    async writeTemplate() {
      const file = await dialogs.fileToSave({ name: 'CSV', extensions: ['csv'] }, 'service-apps-template.csv')
      if (file === null) return null
      try {
        await replaceFile(file, (stream) => pipeline(Readable.from([CSV_TEMPLATE]), stream))
      } catch {
        throw new UserFacingError('refused', 'The template could not be written there. Choose another place.')
      }
      return { path: file }
    },
  }
}

function serviceAppOf(
  fleet: Fleet,
  named: Input<'import.complete'>['serviceApp'],
): ImportChoices['serviceApp'] {
  if (named === null) return {}
  if (named.kind === 'typed') {
    const { kind: _, ...typed } = named
    return Object.fromEntries(Object.entries(typed).filter(([, value]) => value !== null))
  }
  const app = fleet.serviceApps.get(knownProfile(fleet, named.profileId).serviceAppId)
  if (app === undefined) return {}
  return { appId: app.appId, clientId: app.clientId, clientSecret: app.clientSecret.reveal() }
}

function refuseIncomplete([field]: readonly LackingField[], named: ImportChoices['serviceApp']): void {
  if (field === undefined) return
  const sentence =
    named[field] === undefined
      ? 'Fill in every field.'
      : 'The rows name another service app. Choose that one, or enter the missing values.'
  throw new UserFacingError('invalid', sentence, { field })
}

/** There is one token manager in use: that of a file is connected only where none is. */
function managerIn(fleet: Fleet, config: TokenConfigManager | null): ImportedManager | null {
  return config === null ? null : { kind: config.kind, connects: fleet.managers.size === 0 }
}

function dryRunOf({ id, source, offered }: Current, fleet: Fleet): ImportDryRun {
  const common = { id, file: 'file' in source ? path.basename(source.file) : null, found: offered.found }
  switch (offered.kind) {
    case 'unclear':
      return { ...common, kind: 'unclear', sets: offered.sets }
    case 'tokens': {
      const [accessToken, refreshToken] = [offered.accessToken !== null, offered.refreshToken !== null]
      const tokenManager = managerIn(fleet, offered.tokenManager)
      return { ...common, kind: 'tokens', accessToken, refreshToken, tokenManager }
    }
    case 'profiles': {
      const { comingIn, refused } = offered.plan
      const tokenManager = managerIn(fleet, offered.tokenManager)
      return { ...common, kind: 'profiles', comingIn, refused, tokenManager, lacking: offered.lacking }
    }
  }
}

function shownRow(row: ImportRow): ImportedRow {
  const comesIn = row.kind === 'comes-in'
  return {
    line: row.line,
    name: row.name === '' ? HIDDEN : shownName(row.name),
    customer: shownName(row.orgName),
    org: shownOrg(row.targetOrgId),
    comesIn,
    remarks: comesIn ? row.warnings : [row.sentence],
  }
}

const HIDDEN = '••••••••'

function shownName(name: string): string {
  return new RegExp(`\\S{${LONGEST_WORD}}`).test(name) ? HIDDEN : name
}

/** The end of an org's id; what is none may be a secret in the wrong column. */
function shownOrg(targetOrgId: string): string {
  const key = orgKey(targetOrgId)
  return isUuid(key) ? `…${key.slice(-8)}` : ''
}
