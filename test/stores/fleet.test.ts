// A fleet of 400 env files: one folder that is none, and an app that is killed in the middle of a round, 50 times.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { deliversBesideBadFolder } from '../application/support/fleet-scene.ts'
import { bundle } from '../vault/support/bundle.ts'

const FILES = 400
const KILLS = 50
/** Long, so that a write that is cut off would show. */
const FILLER = '# a line that stays\n'.repeat(500)

test(
  `${FILES} files, 40 of them in a folder that is none: one problem names those customers`,
  () => deliversBesideBadFolder(FILES, 40),
  300_000,
)

test(`${FILES} files, killed ${KILLS} times: each is the old or the new one`, async () => {
  const program = await bundle(path.resolve(import.meta.dirname, 'support/fleet-loop.ts'))
  const folder = mkdtempSync(path.join(tmpdir(), 'satm-fleet-'))
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true })
    return program.remove()
  })
  const names = Array.from({ length: FILES }, (_, n) => `p${n}`)
  for (const name of names) writeFileSync(path.join(folder, `${name}.env`), textOf(name, 0), { mode: 0o600 })
  let [begun, mixed] = [0, 0]
  let there = names.map(() => 0)
  for (let kill = 0; kill < KILLS; kill++) {
    const first = begun + 1
    begun = await runAndKill(program.path, folder, first, (kill * 37) % 250)
    there = names.map((name, n) => {
      const text = readFileSync(path.join(folder, `${name}.env`), 'utf8')
      const generation = Number(/^TOKEN=p\d+-t(\d+)$/m.exec(text)?.[1] ?? Number.NaN)
      expect(text).toBe(textOf(name, generation))
      // As before, or one that this run has begun.
      if (generation !== there[n]) {
        expect(generation).toBeGreaterThanOrEqual(first)
        expect(generation).toBeLessThanOrEqual(begun + 1)
      }
      return generation
    })
    if (new Set(there).size > 1) mixed += 1
  }
  // Otherwise the kills came where there is nothing to break.
  expect(mixed).toBeGreaterThan(KILLS / 4)
  await runAndKill(program.path, folder, begun + 1, 0, 2)
  expect(readdirSync(folder).filter((name) => !/^p\d+\.env$/.test(name)).length).toBeLessThanOrEqual(4)
}, 300_000)

function textOf(name: string, generation: number): string {
  return `${FILLER}TOKEN=${name}-t${generation}\n`
}

/** Kills it so many ms after the round of that number has begun; returns the last round that has. */
async function runAndKill(
  file: string,
  folder: string,
  first: number,
  after: number,
  rounds = 1,
): Promise<number> {
  const child = spawn(process.execPath, [file, folder, String(FILES), String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  for await (const chunk of child.stdout) {
    said += String(chunk)
    if (said.trim().split('\n').length < rounds) continue
    await wait(after)
    child.kill('SIGKILL')
    break
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  return Number(said.trim().split('\n').at(-1))
}
