// Import file: a file or a pasted text, read within limits by the dialect it is in.
import { extname } from 'node:path'
import { readWholeFile } from '#base/node/whole-file.ts'
import { csv } from './csv-reader.ts'
import { envFile } from './env-reader.ts'
import {
  IMPORT_LIMITS,
  type ImportContent,
  type ImportDialect,
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

export function readImportFile(path: string): ImportContent {
  const text = readText(path)
  return typeof text === 'string' ? readImport(text, path) : text
}

/** `name`: the file's, for its extension; empty for a pasted text. */
export function readImport(text: string, name: string): ImportContent {
  const extension = extensionOf(name)
  const isNamed = DIALECTS.some(({ extensions }) => extensions.includes(extension))
  const unread = UNREAD.find(
    ({ extensions, looksLike }) => extensions.includes(extension) || (!isNamed && looksLike.test(text)),
  )
  if (unread !== undefined) return refusedImport(`${unread.name} is not read. Save it as JSON or CSV.`)
  return dialectOf(text, extension).read(text)
}

/** Formats that people try and that are not worth a parser. */
const UNREAD: readonly (Pick<ImportDialect, 'name' | 'extensions'> & { readonly looksLike: RegExp })[] = [
  {
    name: 'YAML',
    extensions: ['yaml', 'yml'],
    looksLike: /^(?:---|[\w-]{1,64}:)[ \t]{0,8}\r?\n(?: {1,8}(?:- )?|- )[\w-]{1,64}:/m,
  },
  {
    name: 'TOML',
    extensions: ['toml'],
    looksLike: /^\[[\w.-]{1,64}\][ \t]{0,8}\r?\n[\w-]{1,64} ?= ?["'\d]/m,
  },
]

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
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file.bytes)
      } catch {
        return refusedImport('The file is not UTF-8. Save it as UTF-8 and try again.')
      }
    case 'too-large': {
      const [size, most] = [megabytes(file.size), megabytes(IMPORT_LIMITS.bytes)]
      return refusedImport(`The file has ${size} MB; at most ${most} MB are imported at once.`)
    }
    case 'not-a-file':
      return refusedImport('This is not a file.')
    case 'unreadable':
      return refusedImport('The file cannot be read.')
  }
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1024 / 1024)
}
