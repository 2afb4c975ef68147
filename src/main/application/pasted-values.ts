// Pasted values: a text of several values that was pasted into a form is read as the import would read it. The window gets
// what it may show; the secrets stay here until the form is saved or closed.
import type { Input, PastedView, SecretField } from '#contract/contract.ts'
import { isPlaceholder, type TokenConfigManager } from '#contract/token-config.ts'
import {
  PLAIN_FIELDS,
  type PlainField,
  secretIn,
  type ValueField,
  valueProblem,
} from '#contract/value-rules.ts'
import type { Secret } from '#engine/domain/secret.ts'
import { DERIVED, type ImportCandidate } from '#import/candidate.ts'
import { type ImportContent, NO_CHOICES } from '#import/import-dialect.ts'
import { UserFacingError } from './errors.ts'
import type { FileReader } from './file-reader.ts'

type Ids<F extends string> = Readonly<Partial<Record<F, string | undefined>>> | undefined

export interface PastedValues {
  read(input: Input<'paste.read'>): Promise<PastedView>
  /** What was typed, or else the pasted secret that the window names. Throws when that reading is over. */
  secret<F extends SecretField>(typed: string | null, field: F, ids: Ids<F>): string | null
  manager(id: string): TokenConfigManager | null
  /** For the import, which may have to read it again. */
  reading(id: string): Pick<Reading, 'content' | 'source'>
  /** Ends what is being read, too. */
  forget(): void
}

/** What a text has for one form. */
interface Found {
  readonly texts: Readonly<Partial<Record<PlainField, string>>>
  readonly secrets: Readonly<Partial<Record<SecretField, string>>>
  readonly manager: TokenConfigManager | null
  readonly remarks: readonly string[]
}

interface Reading {
  readonly source: { readonly text: string }
  readonly content: ImportContent
  /** null: it is for the import. */
  readonly found: Found | null
}

const SERVICE_APP_SECRETS = ['clientSecret', 'accessToken', 'refreshToken'] as const

export function createPastedValues(dependencies: {
  readonly reader: Pick<FileReader, 'importContent'>
  readonly newId: () => string
  /** A file's token manager is taken over where there is none. */
  readonly hasManager: () => boolean
}): PastedValues {
  const { reader, newId, hasManager } = dependencies
  const readings = new Map<string, Reading>()
  let underWay = new AbortController()
  const reading = (id: string) => {
    const known = readings.get(id)
    if (known !== undefined) return known
    throw new UserFacingError('not-found', 'The pasted text is no longer available. Paste it again.')
  }
  return {
    async read({ form, text }) {
      const taken = hasManager()
      const { signal } = underWay
      const content = await reader.importContent({ text }, NO_CHOICES, signal)
      if (signal.aborted) throw new UserFacingError('refused', 'Canceled. Nothing was changed.')
      const id = newId()
      const rows = content.kind === 'profiles' ? content.candidates.length : null
      const isForImport =
        content.kind === 'unclear' || ((form === 'add' || form === 'edit') && rows !== null && rows !== 1)
      const found = isForImport ? null : foundIn(content, form, taken)
      readings.set(id, { source: { text }, content, found })
      if (found === null) return { kind: 'import', id, rows }
      const { texts, secrets, manager, remarks } = found
      const filled = Object.keys(secrets) as SecretField[]
      return { kind: 'values', id, texts, secrets: filled, withManager: manager !== null, remarks }
    },
    secret(typed, field, ids) {
      const id = ids?.[field]
      return typed ?? (id === undefined ? null : (reading(id).found?.secrets[field] ?? null))
    },
    manager: (id) => reading(id).found?.manager ?? null,
    reading,
    forget() {
      underWay.abort()
      underWay = new AbortController()
      readings.clear()
    },
  }
}

function foundIn(
  content: Exclude<ImportContent, { kind: 'unclear' }>,
  form: Input<'paste.read'>['form'],
  hasManager: boolean,
): Found {
  if (content.kind === 'refused') throw new UserFacingError('invalid', content.sentence, { field: 'text' })
  const { tokenManager } = content
  switch (form) {
    case 'add':
    case 'edit': {
      const isNew = form === 'add'
      const { texts, secrets, remarks } =
        content.kind === 'profiles' ? valuesOf(content.candidates[0]) : tokensOf(content)
      const { accessToken, ...kept } = secrets
      const isLeftOut = !isNew && accessToken !== undefined
      return {
        texts,
        secrets: isLeftOut ? kept : secrets,
        manager: isNew && !hasManager ? tokenManager : null,
        remarks: [
          ...remarks,
          ...(isLeftOut ? ['Access token ignored: only the refresh token can be replaced here.'] : []),
          ...(tokenManager === null ? [] : [managerRemark(tokenManager, isNew, hasManager)]),
        ],
      }
    }
    case 'connect':
      if (tokenManager?.kind !== 'integration') throw noneFor('an integration', content)
      return {
        texts: { clientId: tokenManager.clientId },
        secrets: { clientSecret: tokenManager.clientSecret },
        manager: null,
        remarks: [
          'Refresh token ignored: authorizing in the browser issues a new one.',
          'Service app ignored: use Add service app for it.',
        ],
      }
    case 'personal-token':
      if (tokenManager?.kind !== 'personal-access-token') throw noneFor('a personal access token', content)
      return {
        texts: {},
        secrets: { token: tokenManager.token },
        manager: null,
        remarks: ['Service app ignored: use Add service app for it.'],
      }
  }
}

function noneFor(wanted: string, { kind }: ImportContent): UserFacingError {
  const there = kind === 'profiles' ? 'a service app' : 'tokens of a service app'
  const message = `The pasted text contains ${there}, not ${wanted}. Use Add service app or Import for it.`
  return new UserFacingError('invalid', message, { field: 'text' })
}

function managerRemark({ kind }: TokenConfigManager, isNew: boolean, hasManager: boolean): string {
  if (!isNew) return 'Token manager ignored: connect it with Connect integration.'
  if (hasManager) return 'Token manager ignored: one is already connected.'
  return kind === 'integration'
    ? 'The integration is connected as token manager when you save.'
    : 'The personal access token is used as token manager when you save. It is valid for 12 hours.'
}

type Values = Pick<Found, 'texts' | 'secrets' | 'remarks'>

function tokensOf(tokens: Extract<ImportContent, { kind: 'tokens' }>): Values {
  const { accessToken, refreshToken } = tokens
  return {
    texts: {},
    secrets: { ...revealed('accessToken', accessToken), ...revealed('refreshToken', refreshToken) },
    remarks: [],
  }
}

function revealed<F extends SecretField>(
  field: F,
  secret: Secret | null,
): Partial<Record<SecretField, string>> {
  return secret === null ? {} : { [field]: secret.reveal() }
}

/** Of a row: each value that its field can take, and what is wrong with the others. */
function valuesOf(candidate: ImportCandidate | undefined): Values {
  if (candidate === undefined) return { texts: {}, secrets: {}, remarks: [] }
  const { flaw } = candidate
  const given = [...PLAIN_FIELDS, ...SERVICE_APP_SECRETS].flatMap((field) => {
    const value = candidate[field] ?? ''
    const text = typeof value === 'string' ? value : value.reveal()
    return text === '' ? [] : [{ field, text, problem: problemIn(field, text, candidate) }]
  })
  const fit = given.filter(({ problem }) => problem === null)
  const wrong = given.filter(({ problem }) => problem !== null)
  const fitting = (fields: readonly ValueField[]) =>
    Object.fromEntries(
      fit.filter(({ field }) => fields.includes(field)).map(({ field, text }) => [field, text]),
    )
  const texts = fitting(PLAIN_FIELDS)
  const remarks = [
    ...new Set(wrong.map(({ problem }) => `Ignored: ${problem}`)),
    ...(flaw === null || wrong.some(({ field }) => field === flaw.field) ? [] : [flaw.sentence]),
    ...candidate.derived.filter((field) => field in texts).map((field) => DERIVED[field]),
  ]
  return { texts, secrets: fitting(SERVICE_APP_SECRETS), remarks }
}

/** What is shown in clear may be none of the secrets beside it. */
function problemIn(field: ValueField, text: string, candidate: ImportCandidate): string | null {
  const secrets = SERVICE_APP_SECRETS.flatMap((name) => candidate[name]?.reveal() ?? [])
  if (isPlaceholder(text) && field !== 'name' && field !== 'orgName') return "A template's placeholder."
  // `secretIn` looks at what is shown in clear alone.
  const found = valueProblem(field, text) ?? secretIn({ [field]: text }, secrets)?.sentence
  return found ?? (candidate.flaw?.field === field ? candidate.flaw.sentence : null)
}
