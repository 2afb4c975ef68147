// The file as it is now, and whether it still is. Follows no link and waits for no pipe, whatever has come to stand there.
import { type BigIntStats, constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { codeOf } from './file-errors.ts'
import { LARGEST_FILE } from './remark.ts'

export type Current =
  | { readonly kind: 'file'; readonly bytes: Uint8Array; readonly stats: BigIntStats }
  | { readonly kind: 'absent' }
  /** It was a file of the right size a moment ago. */
  | { readonly kind: 'something-else' }

/** Windows knows neither flag. */
const READ = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)

/** `target`: without links. Rejects with the system's error. */
export async function readCurrent(target: string): Promise<Current> {
  try {
    const file = await open(target, READ)
    try {
      const stats = await file.stat({ bigint: true })
      if (!stats.isFile() || stats.size > LARGEST_FILE) return { kind: 'something-else' }
      return { kind: 'file', bytes: await file.readFile(), stats }
    } finally {
      await file.close()
    }
  } catch (error) {
    switch (codeOf(error)) {
      case 'ENOENT':
        return { kind: 'absent' }
      // A link, said in the ways of Linux and macOS, and of FreeBSD; a socket.
      case 'ELOOP':
      case 'EMLINK':
      case 'ENXIO':
        return { kind: 'something-else' }
      default:
        throw error
    }
  }
}

/** The same file with the same content, owner and mode, and nobody wrote it between. */
export function isSame(before: Current, now: Current): boolean {
  if (before.kind !== 'file' || now.kind !== 'file') return before.kind === 'absent' && now.kind === 'absent'
  const facts = ['dev', 'ino', 'size', 'mtimeNs', 'ctimeNs'] as const
  return (
    facts.every((fact) => before.stats[fact] === now.stats[fact]) &&
    Buffer.compare(before.bytes, now.bytes) === 0
  )
}
