// What a screen shows, looked at from outside: a packaged app lets no probe in. The X server keeps its pixels in a file
// (Xvfb(1), -fbdir; X11/XWDFile.h), so looking takes no part in anything that draws.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Place, Running } from './probed.ts'

export interface Screen {
  readonly env: Readonly<Record<string, string>>
  pixels(place: Place): Buffer
  close(): Promise<void>
}

/** What a part of the screen looks like when it is there. */
interface Look {
  readonly place: Place
  readonly pixels: Buffer
}

/** ms */
const PATIENCE = 60_000
const EVERY = 2
const NEVER = 'nothing there looked as the unpackaged app does. Was the package made of the same code?'
/** Numbers of four bytes in the file's header, by their place. */
const HEADER = { size: 0, bitsPerPixel: 11, bytesPerLine: 12, colours: 19 } as const
const BYTES_PER_COLOUR = 12

export async function openScreen(): Promise<Screen> {
  const folder = mkdtempSync(path.join(tmpdir(), 'satm-screen-'))
  const switches = ['-screen', '0', '1440x1000x24', '-nolisten', 'tcp', '-noreset', '-fbdir', folder]
  const server = spawn('Xvfb', ['-displayfd', '1', ...switches], { stdio: ['ignore', 'pipe', 'ignore'] })
  const [display] = await once(server.stdout, 'data', { signal: AbortSignal.timeout(PATIENCE) })
  const file = openSync(path.join(folder, 'Xvfb_screen0'), 'r')
  const header = Buffer.alloc(100)
  readSync(file, header, 0, header.length, 0)
  const number = (what: keyof typeof HEADER) => header.readUInt32BE(HEADER[what] * 4)
  const start = number('size') + number('colours') * BYTES_PER_COLOUR
  const [perLine, perPixel] = [number('bytesPerLine'), number('bitsPerPixel') / 8]
  return {
    env: { DISPLAY: `:${String(display).trim()}` },
    pixels({ x, y, width, height }) {
      const [left, top] = [Math.floor(x), Math.floor(y)]
      const [columns, lines] = [Math.ceil(x + width) - left, Math.ceil(y + height) - top]
      const all = Buffer.alloc(lines * perLine)
      readSync(file, all, 0, all.length, start + top * perLine)
      const from = (line: number) => line * perLine + left * perPixel
      return Buffer.concat(
        Array.from({ length: lines }, (_, line) => all.subarray(from(line), from(line) + columns * perPixel)),
      )
    },
    async close() {
      const exit = once(server, 'exit')
      server.kill()
      await exit
      closeSync(file)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Starts a program that is seen when a part of the screen has that look. */
export function startWatched(
  [command, args]: readonly [command: string, args: readonly string[]],
  env: Readonly<Record<string, string>>,
  screen: Screen,
  { place, pixels }: Look,
): Running {
  const isThere = () => screen.pixels(place).equals(pixels)
  const began = performance.now()
  const child = spawn(command, args, { env: { ...process.env, ...env, ...screen.env }, stdio: 'ignore' })
  const until = async (condition: () => boolean, failure: string) => {
    const end = performance.now() + PATIENCE
    while (!condition()) {
      if (performance.now() > end) throw new Error(`${command}: ${failure}`)
      await pause(EVERY)
    }
  }
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  const seenAfter = until(() => hasEnded() || isThere(), NEVER).then(() => {
    if (hasEnded()) throw new Error(`${command} ended with ${child.exitCode}`)
    return performance.now() - began
  })
  seenAfter.catch(() => undefined)
  return {
    pid: child.pid ?? 0,
    seenAfter,
    async end() {
      const exit = once(child, 'exit')
      if (hasEnded()) return
      child.kill('SIGTERM')
      await exit
      // Otherwise the next one would be seen at once.
      await until(() => !isThere(), 'it is still on the screen')
    },
  }
}
