// Import file: a file or a pasted text, read within limits by the dialect it is in.
import { extname } from 'node:path'
import { readWholeFile } from '#base/node/whole-file.ts'
import { csv } from './csv-reader.ts'
import { envFile } from './env-reader.ts'
import {
  IMPORT_LIMITS,
  type ImportChoices,
  type ImportContent,
  type ImportDialect,
  NO_CHOICES,
  type RefusedImport,
  refusedImport,
} from './import-dialect.ts'
import { json, tokenConfig } from './json-reader.ts'

/** The last ones are the most particular and are asked first; the first one takes what is left. */
const DIALECTS: readonly [ImportDialect, ...ImportDialect[]] = [csv, json, tokenConfig, envFile]

/** Of the file dialog. */
export const IMPORT_FILES = {
  name: DIALECTS.map(({ name }) => name).join(', '),
  extensions: [...new Set([...DIALECTS.flatMap(({ extensions }) => extensions), 'txt'])],
} as const

export function readImportFile(path: string, choices: ImportChoices = NO_CHOICES): ImportContent {
  const text = unreadFormat('', extensionOf(path)) ?? readText(path)
  return typeof text === 'string' ? readImport(text, path, choices) : text
}

/** `name`: the file's, for its extension; empty for a pasted text. */
export function readImport(given: string, name: string, choices: ImportChoices = NO_CHOICES): ImportContent {
  const text = withoutFence(given)
  const extension = extensionOf(name)
  return unreadFormat(text, extension) ?? dialectOf(text, extension).read(text, choices)
}

/** A code block of Markdown, as chats and documents have it. Lines keep their numbers. */
function withoutFence(text: string): string {
  const block = text.trim()
  const from = block.indexOf('\n')
  return from !== -1 && block.startsWith('```') && block.endsWith('```') ? block.slice(from, -3) : text
}

/** Formats that people try and that are not worth a parser. */
const UNREAD: readonly (Pick<ImportDialect, 'name' | 'extensions'> & {
  readonly looksLike: RegExp | null
})[] = [
  {
    name: 'YAML',
    extensions: ['yaml', 'yml'],
    looksLike:
      /^(?:---|[\w-]{1,64}:)[ \t]{0,8}\r?\n(?: {1,8}(?:- )?|- )[\w-]{1,64}:|^[\w-]{1,64}: {1,8}[^\s,;][^\r\n]{0,8192}\r?\n[\w-]{1,64}: {1,8}\S/m,
  },
  {
    name: 'TOML',
    extensions: ['toml'],
    looksLike: /^\[[\w.-]{1,64}\][ \t]{0,8}\r?\n[\w-]{1,64} ?= ?["'\d]/m,
  },
  { name: 'XML', extensions: ['xml', 'html', 'htm', 'plist'], looksLike: /^\s{0,64}<[?!a-z]/i },
  { name: 'A workbook', extensions: ['xlsx', 'xlsm', 'xls', 'ods', 'numbers'], looksLike: null },
]

/** null: it is none of them. */
function unreadFormat(text: string, extension: string): RefusedImport | null {
  const isNamed = DIALECTS.some(({ extensions }) => extensions.includes(extension))
  const unread = UNREAD.find(
    ({ extensions, looksLike }) =>
      extensions.includes(extension) || (!isNamed && looksLike?.test(text) === true),
  )
  return unread === undefined ? null : refusedImport(`${unread.name} cannot be read. Save it as JSON or CSV.`)
}

/** By the extension, and by the text where that leaves several or says nothing. */
function dialectOf(text: string, extension: string): ImportDialect {
  const named = DIALECTS.filter(({ extensions }) => extensions.includes(extension))
  const [last = DIALECTS[0], ...others] = named.length > 0 ? named : DIALECTS
  return others.findLast((dialect) => dialect.recognises(text)) ?? last
}

/** In lower case without the dot. The name of an env file often has a part of its own after it: `.env.local`. */
function extensionOf(name: string): string {
  return /(^|[\\/])\.env[^\\/]*$/i.test(name) ? 'env' : extname(name).slice(1).toLowerCase()
}

function readText(path: string): string | RefusedImport {
  const file = readWholeFile(path, IMPORT_LIMITS.bytes)
  switch (file.kind) {
    case 'read':
      try {
        const text = new TextDecoder(encodingOf(file.bytes), { fatal: true, ignoreBOM: true }).decode(
          file.bytes,
        )
        return text.slice(0, FIRST_CHARACTERS).includes('\0') ? refusedImport(NOT_TEXT) : text
      } catch {
        return refusedImport(NOT_TEXT)
      }
    case 'too-large': {
      const [size, most] = [megabytes(file.size), megabytes(IMPORT_LIMITS.bytes)]
      return refusedImport(`The file is too large: ${size} MB. The limit is ${most} MB.`)
    }
    case 'not-a-file':
      return refusedImport('This is not a file.')
    case 'unreadable':
      return refusedImport('The file cannot be read.')
  }
}

const NOT_TEXT = 'The file is not UTF-8. Save it as UTF-8 (in Excel: “CSV UTF-8”) and try again.'

/** Zeros among them are of UTF-16 without a mark, or of no text at all. */
const FIRST_CHARACTERS = 100

/** UTF-16 by its byte order mark, as Excel's “Unicode Text” and PowerShell's `>` write it. */
function encodingOf([first, second]: Uint8Array): 'utf-8' | 'utf-16le' | 'utf-16be' {
  if (first === 0xff && second === 0xfe) return 'utf-16le'
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8'
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024)
}
