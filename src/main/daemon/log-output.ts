// Log output: the lines of the log on standard output, which whoever reads it must not hold up, or fill the memory with.
import type { Writable } from 'node:stream'

/** Bytes that wait for the reader. Lines that come when there are as many are left out. */
const MOST_WAITING = 1024 * 1024

/** By how much they matter. */
export const LOG_LEVELS = ['info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/**
 * Writes lines without their line feed, those of `least` and above. `dropped`: called once the reader has taken what waited,
 * with how many lines were left out meanwhile. A pipe that nobody reads any more ends nothing.
 */
export function logOutput(
  stream: Pick<Writable, 'write' | 'writableLength' | 'on' | 'once'>,
  least: LogLevel,
  dropped: (lines: number) => void,
): (line: string, level: LogLevel) => void {
  let left = 0
  stream.on('error', () => undefined)
  const drained = () => {
    const lines = left
    left = 0
    dropped(lines)
  }
  return (line, level) => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least)) return
    if (stream.writableLength < MOST_WAITING) return void stream.write(`${line}\n`)
    if (left === 0) stream.once('drain', drained)
    left += 1
  }
}
