// Log: one JSON object a line, redacted before it is written, in a few files of bounded size that only the user can
// read.
import { appendFileSync, chmodSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import path from 'node:path'
import type { Clock } from '#engine/domain/ports.ts'
import { createRedactor, type Redactor } from './redact.ts'

export type Fields = Readonly<Record<string, unknown>>

export interface Log {
  info(event: string, fields?: Fields): void
  warn(event: string, fields?: Fields): void
  error(event: string, fields?: Fields): void
  /** Redacts this value wherever it occurs from now on. */
  knownSecret(value: string): void
  /** Redacts this value no more: it gives access to nothing. */
  forgetSecret(value: string): void
  /** The text without secrets, of any length, for what is stored and shown elsewhere. */
  redacted(text: string): string
}

/** One that keeps its lines. */
export interface LogFile extends Log {
  /** The text of "copy diagnostics": `about` and the last lines, redacted once more. */
  diagnostics(about: Fields): string
  /** The current file. */
  readonly file: string
}

export interface LogOptions {
  readonly folder: string
  readonly clock: Pick<Clock, 'now'>
  /** Size in bytes at which a new file is begun; 1 MiB. */
  readonly fileBytes?: number
  /** Files kept, the current one included; 5. */
  readonly files?: number
  /** Each line as it was written: for a demo that shows what happens. */
  readonly echo?: (line: string) => void
}

const NAME = 'app.log'
const LINES_IN_DIAGNOSTICS = 200
/** In lines of older versions: what a command printed, which may be a token in any encoding. */
const HOOK_OUTPUT = /,"said":"(?:[^"\\]|\\.)*"/g

export type Level = 'info' | 'warn' | 'error'

/**
 * A log whose redacted lines `write` gets, without a line feed. It never throws, whatever `write` does: a full disk must not
 * stop a refresh. `stamp`: the field with the time.
 */
export function logOver(parts: {
  readonly clock: Pick<Clock, 'now'>
  readonly stamp: 'at' | 'time'
  readonly write: (line: string, level: Level) => void
  readonly redactor?: Redactor
}): Log {
  const { clock, stamp, redactor = createRedactor() } = parts
  /** A field may throw when it is read; the event is logged all the same. */
  const readable = (fields: Fields): object => {
    try {
      return Object(redactor.value(fields))
    } catch {
      return { unreadable: Object.keys(fields) }
    }
  }
  const write = (level: Level, event: string, fields: Fields = {}) => {
    try {
      const head = { [stamp]: new Date(clock.now()).toISOString(), level, event: redactor.text(event) }
      parts.write(JSON.stringify({ ...head, ...readable(fields), ...head }), level)
    } catch {
      // It cannot be reported anywhere.
    }
  }
  return {
    info: (event, fields) => write('info', event, fields),
    warn: (event, fields) => write('warn', event, fields),
    error: (event, fields) => write('error', event, fields),
    knownSecret: redactor.knownSecret,
    forgetSecret: redactor.forgetSecret,
    redacted: redactor.whole,
  }
}

export function createLog(parts: LogOptions): LogFile {
  const { folder, clock, fileBytes = 1024 * 1024, files = 5, echo } = parts
  const file = path.join(folder, NAME)
  const redactor = createRedactor()
  let size = startingSize(folder, file)
  const write = (written: string) => {
    const line = `${written}\n`
    const bytes = Buffer.byteLength(line)
    if (size > 0 && size + bytes > fileBytes) {
      rotate(file, files)
      size = 0
    }
    appendFileSync(file, line, { mode: 0o600 })
    size += bytes
    echo?.(written)
  }
  return {
    ...logOver({ clock, stamp: 'at', write, redactor }),
    diagnostics(about) {
      const lines = lastLines(file, files).map((line) => redactor.text(line.replace(HOOK_OUTPUT, '')))
      return [JSON.stringify(redactor.value(about), null, 2), '', ...lines, ''].join('\n')
    },
    file,
  }
}

/** Logs uncaught errors in full; the returned function removes the hooks. */
export function logUncaught(log: Log): () => void {
  const exception = (error: unknown) => log.error('process.uncaught-exception', { error })
  const rejection = (error: unknown) => log.error('process.unhandled-rejection', { error })
  process.on('uncaughtException', exception)
  process.on('unhandledRejection', rejection)
  return () => {
    process.off('uncaughtException', exception)
    process.off('unhandledRejection', rejection)
  }
}

function startingSize(folder: string, file: string): number {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const { size } = statSync(file)
    chmodSync(file, 0o600)
    return size
  } catch {
    return 0
  }
}

/** app.log → app.1.log → … ; the oldest goes. */
function rotate(file: string, files: number): void {
  rmSync(numbered(file, files - 1), { force: true })
  for (let number = files - 2; number >= 0; number -= 1) {
    try {
      renameSync(numbered(file, number), numbered(file, number + 1))
    } catch {
      // Not there yet.
    }
  }
}

function numbered(file: string, number: number): string {
  return number === 0 ? file : file.replace(/\.log$/, `.${number}.log`)
}

function lastLines(file: string, files: number): string[] {
  let lines: string[] = []
  for (let number = 0; number < files && lines.length < LINES_IN_DIAGNOSTICS; number += 1) {
    try {
      lines = [...readFileSync(numbered(file, number), 'utf8').trimEnd().split('\n'), ...lines]
    } catch {
      break
    }
  }
  return lines.slice(-LINES_IN_DIAGNOSTICS)
}
