// Delivery spec: what a target of each kind consists of, and the rules for one that is typed, stored or restored.
import { isVariableName } from '#base/common/dotenv.ts'
import type { Duration } from './model.ts'
import { SECOND } from './policy.ts'

/** What a person confirmed about a file that is odd. Anything else about it is refused. */
export type FileOddity = (typeof FILE_ODDITIES)[number]

const FILE_ODDITIES = [
  'git',
  'symlink',
  'hard-links',
  'other-owner',
  'readable-by-others',
  'open-folder',
  'attributes',
  /** The file itself is mounted, as into a container. Stored as `inPlace`, since older versions read no other oddity. */
  'mounted',
  /** It is no longer as it was when it was confirmed. Asked for each time, so no spec has it. */
  'changed',
] as const

/** Whose something on a disk is, and who may do what: IDs, 0 where the system has none, and permission bits. */
export interface SeenAccess {
  readonly owner: number
  readonly group: number
  readonly mode: number
}

/**
 * An env file as it was when a person confirmed it, or when it was first written; one that was not there, as it is made.
 * Nothing wider is written.
 */
export interface SeenFile extends SeenAccess {
  /** Its path without links. */
  readonly target: string
  /** The access control list that goes with the mode; null: none, or nobody else may do anything. */
  readonly list: string | null
  /** The folders on the way that other users can change. */
  readonly openFolders: readonly (SeenAccess & { readonly path: string })[]
}

/** What a target of each kind consists of. A new kind is an entry here and one in `specRules`. */
interface SpecFields {
  'env-file': {
    /** Absolute. */
    readonly path: string
    readonly accessTokenName: string
    /** null: the refresh token stays here; programs need none, and a copy of it could be spent elsewhere. */
    readonly refreshTokenName: string | null
    readonly confirmed: readonly FileOddity[]
    /** Missing: of an older version, or from a backup. */
    readonly seen?: SeenFile
    /** It was confirmed as mounted: written into the file itself, so that what it is mounted to has the new token. */
    readonly inPlace?: boolean
  }
  hook: {
    /** Run by the system's shell. The token is never part of it. */
    readonly command: string
    readonly pass: 'environment' | 'stdin'
    readonly timeLimit: Duration
    /** Prints what is stored, which is compared with the token. */
    readonly readBack?: string
    /** The secret store it was made for, by its key in the contract's `STORES`. */
    readonly store?: string
    /** Why the last token that was written could not be read back. */
    readonly unverified?: string
  }
}

export type DeliveryKind = keyof SpecFields

/** Of one kind, or of any. */
export type DeliverySpec<K extends DeliveryKind = DeliveryKind> = {
  [P in K]: { readonly kind: P } & SpecFields[P]
}[K]

/** What main finds: nobody types it. */
const FOUND_FIELDS = ['seen', 'inPlace', 'unverified'] as const
type FoundField = (typeof FOUND_FIELDS)[number]

/** As a person types it: `timeLimit` in seconds. */
export type TypedSpec = {
  [K in DeliveryKind]: { readonly kind: K } & {
    [F in keyof Omit<SpecFields[K], FoundField> as F extends 'timeLimit'
      ? 'timeLimitSeconds'
      : F]: SpecFields[K][F]
  }
}[DeliveryKind]

/** `field`: of the `TypedSpec`. */
export interface SpecFlaw {
  readonly field: string
  readonly sentence: string
}

type Check<T> = (value: unknown) => value is T

interface SpecRules<K extends DeliveryKind> {
  /** The type of each field, also of what comes from a file. */
  readonly shape: { readonly [F in keyof SpecFields[K]]-?: Check<SpecFields[K][F]> }
  /** What no target of this kind has, typed or restored; null: nothing is wrong. */
  flaw(spec: DeliverySpec<K>): SpecFlaw | null
  wantsRefreshToken(spec: DeliverySpec<K>): boolean
  /** Whether it is known of a token that was delivered that it is there. */
  isProven(spec: DeliverySpec<K>): boolean
  /** As a person would type it, with what was confirmed. */
  typed(spec: DeliverySpec<K>): TypedSpec
  /** Without what somebody confirmed on another computer. */
  unconfirmed(spec: DeliverySpec<K>): DeliverySpec<K>
}

const LONGEST_PATH = 4096
const LONGEST_COMMAND = 4096
const LONGEST_STORE = 40
const HOOK_TIME_LIMIT = { least: SECOND, most: 600 * SECOND } as const
const VARIABLE_NAME = 'A variable name has letters, digits and _, and begins with no digit.'

const isText: Check<string> = (value) => typeof value === 'string'
const isNumber: Check<number> = (value) => typeof value === 'number'
const isFlag: Check<boolean | undefined> = (value) => value === undefined || typeof value === 'boolean'
const isTextIfThere: Check<string | undefined> = (value) => value === undefined || isText(value)
const isTextOrNull: Check<string | null> = (value) => value === null || isText(value)
const isOneOf =
  <const T extends string>(...all: readonly T[]): Check<T> =>
  (value): value is T =>
    all.some((one) => one === value)
const isListOf =
  <T>(check: Check<T>): Check<readonly T[]> =>
  (value): value is readonly T[] =>
    Array.isArray(value) && value.every(check)

const isSeenAccess = (value: unknown): value is SeenAccess & Readonly<Record<string, unknown>> =>
  isObject(value) && isNumber(value.owner) && isNumber(value.group) && isNumber(value.mode)
const isSeenFolder: Check<SeenFile['openFolders'][number]> = (
  value,
): value is SeenFile['openFolders'][number] => isSeenAccess(value) && isText(value.path)
const areSeenFolders = isListOf(isSeenFolder)
const isSeen: Check<SeenFile | undefined> = (value): value is SeenFile | undefined =>
  value === undefined ||
  (isSeenAccess(value) &&
    isText(value.target) &&
    isTextOrNull(value.list) &&
    areSeenFolders(value.openFolders))

const specRules: { readonly [K in DeliveryKind]: SpecRules<K> } = {
  'env-file': {
    shape: {
      path: isText,
      accessTokenName: isText,
      refreshTokenName: isTextOrNull,
      confirmed: isListOf(isOneOf(...FILE_ODDITIES)),
      seen: isSeen,
      inPlace: isFlag,
    },
    flaw({ path, accessTokenName, refreshTokenName }) {
      if (path === '') return { field: 'path', sentence: 'Choose a file.' }
      if (!isWholePath(path)) return { field: 'path', sentence: 'Give the whole path, from the root on.' }
      if (!isVariableName(accessTokenName)) return { field: 'accessTokenName', sentence: VARIABLE_NAME }
      if (refreshTokenName === null) return null
      if (!isVariableName(refreshTokenName)) return { field: 'refreshTokenName', sentence: VARIABLE_NAME }
      return refreshTokenName === accessTokenName
        ? { field: 'refreshTokenName', sentence: 'The two tokens need two names.' }
        : null
    },
    wantsRefreshToken: ({ refreshTokenName }) => refreshTokenName !== null,
    isProven: () => true,
    typed: ({ seen: _, inPlace, ...spec }) =>
      inPlace === true ? { ...spec, confirmed: [...spec.confirmed, 'mounted'] } : spec,
    unconfirmed: ({ seen: _, inPlace: _mounted, ...spec }) => ({ ...spec, confirmed: [] }),
  },
  hook: {
    shape: {
      command: isText,
      pass: isOneOf('environment', 'stdin'),
      timeLimit: isNumber,
      readBack: isTextIfThere,
      store: isTextIfThere,
      unverified: isTextIfThere,
    },
    flaw({ command, timeLimit, readBack, store = '' }) {
      const flaw = commandFlaw('command', command)
      if (flaw !== null) return flaw
      const readBackFlaw = readBack === undefined ? null : commandFlaw('readBack', readBack)
      if (readBackFlaw !== null) return readBackFlaw
      if (store.length > LONGEST_STORE)
        return { field: 'store', sentence: `A secret store has at most ${LONGEST_STORE} characters.` }
      const { least, most } = HOOK_TIME_LIMIT
      if (Number.isInteger(timeLimit / SECOND) && timeLimit >= least && timeLimit <= most) return null
      return {
        field: 'timeLimitSeconds',
        sentence: `The time limit is a whole number of seconds from ${least / SECOND} to ${most / SECOND}.`,
      }
    },
    wantsRefreshToken: () => false,
    // Of a command of one's own nobody expects a proof.
    isProven: ({ store, readBack, unverified }) =>
      unverified === undefined && (store === undefined || readBack !== undefined),
    typed: ({ unverified: _, timeLimit, ...spec }) => ({ ...spec, timeLimitSeconds: timeLimit / SECOND }),
    unconfirmed: ({ unverified: _, ...spec }) => spec,
  },
}

function commandFlaw(field: string, command: string): SpecFlaw | null {
  if (command.trim() === '') return { field, sentence: 'Type the command.' }
  if (command.includes('\0')) return { field, sentence: 'A command is text.' }
  if (command.length <= LONGEST_COMMAND) return null
  return { field, sentence: `A command has at most ${LONGEST_COMMAND} characters.` }
}

function rulesOf<K extends DeliveryKind>({ kind }: DeliverySpec<K>): SpecRules<K> {
  return specRules[kind]
}

export function wantsRefreshToken(spec: DeliverySpec): boolean {
  return rulesOf(spec).wantsRefreshToken(spec)
}

export function isProven(spec: DeliverySpec): boolean {
  return rulesOf(spec).isProven(spec)
}

export function typedSpec(spec: DeliverySpec): TypedSpec {
  return rulesOf(spec).typed(spec)
}

export function unconfirmed(spec: DeliverySpec): DeliverySpec {
  return rulesOf(spec).unconfirmed(spec)
}

export type SpecReading =
  | { readonly kind: 'read'; readonly spec: DeliverySpec }
  | { readonly kind: 'flawed'; readonly flaw: SpecFlaw }

/** Of a row or a backup; held to the same rules as one that is typed. Fields that are not known here are left out. */
export function readSpec(stored: unknown): SpecReading {
  const fields = new Map<string, unknown>(isObject(stored) ? Object.entries(stored) : [])
  const kind = fields.get('kind')
  if (!isKind(kind)) return flawed('kind', 'There is no such kind of delivery.')
  const checked: Record<string, unknown> = { kind }
  for (const [name, check] of Object.entries(specRules[kind].shape)) {
    const value = fields.get(name)
    if (!check(value)) return flawed(name, 'This is not what belongs here.')
    if (value !== undefined) checked[name] = value
  }
  // Each field has the type that the kind's `shape` gives it.
  const spec = checked as unknown as DeliverySpec
  const flaw = rulesOf(spec).flaw(spec)
  return flaw === null ? { kind: 'read', spec } : { kind: 'flawed', flaw }
}

/** Of a request: nothing may be in it that is no field. */
export function readTypedSpec(typed: unknown): SpecReading {
  if (!isObject(typed)) return flawed('kind', 'There is no such kind of delivery.')
  const { timeLimitSeconds, ...fields } = typed
  const reading = readSpec(
    isNumber(timeLimitSeconds) ? { ...fields, timeLimit: timeLimitSeconds * SECOND } : fields,
  )
  if (reading.kind === 'flawed') return reading
  const isStrict =
    !['timeLimit', ...FOUND_FIELDS].some((field) => field in typed) &&
    Object.keys(typed).length === Object.keys(reading.spec).length
  return isStrict ? reading : flawed('kind', 'The target has parts that do not belong to it.')
}

function flawed(field: string, sentence: string): SpecReading {
  return { kind: 'flawed', flaw: { field, sentence } }
}

function isKind(value: unknown): value is DeliveryKind {
  return isText(value) && Object.hasOwn(specRules, value)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

/** Of any system: a backup may come from another one. */
function isWholePath(path: string): boolean {
  return path.length <= LONGEST_PATH && !path.includes('\0') && /^(\/|[A-Za-z]:[\\/]|\\\\)/.test(path)
}
