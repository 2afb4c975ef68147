// A note in the data folder: where the app listens, and how it was started, so that the command line can start it again.
import { closeSync, constants, fstatSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'

export interface Note {
  /** Path of the socket or pipe. */
  readonly socket: string
  /** Program and arguments, without those for the data folder; null: it cannot be started again, as a demo. */
  readonly command: readonly string[] | null
}

const NAME = 'satm.json'
const LONGEST = 64 * 1024

/** Whole or not at all; only the person can read it. */
export function writeNote(dataFolder: string, note: Note): void {
  const file = path.join(dataFolder, NAME)
  const next = `${file}.new`
  writeFileSync(next, `${JSON.stringify(note)}\n`, { mode: 0o600 })
  renameSync(next, file)
}

/** null: there is none, or it is nobody's to trust. A program named by somebody else is never run. */
export function readNote(dataFolder: string, userId: number | null): Note | null {
  try {
    const fd = openSync(path.join(dataFolder, NAME), constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
    try {
      const { size, uid, mode } = fstatSync(fd)
      const trusted = userId === null || (uid === userId && (mode & 0o022) === 0)
      return trusted && size <= LONGEST ? noteOf(JSON.parse(readFileSync(fd, 'utf8'))) : null
    } finally {
      closeSync(fd)
    }
  } catch {
    // Absent or damaged: the app writes it anew when it starts.
    return null
  }
}

function noteOf(value: unknown): Note | null {
  if (typeof value !== 'object' || value === null) return null
  const { socket, command } = value as Record<string, unknown>
  if (typeof socket !== 'string' || socket === '') return null
  if (command === null) return { socket, command: null }
  if (!Array.isArray(command) || command.length === 0) return null
  return command.every((part) => typeof part === 'string') ? { socket, command } : null
}
