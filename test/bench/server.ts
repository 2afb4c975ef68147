// npm run bench -- server: `satm serve` with 1 000 profiles: memory, what it costs while nothing is due, and how long after its
// start the first renewal is stored. SATM_BENCH_SERVER names another satm, such as a packaged one.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { startSimulator } from '#simulator/index.ts'
import { SCRYPT_COST } from '#vault/crypto/passphrase.ts'
import { fillVault, openedVault, PASSPHRASE } from '../server/support/server-vault.ts'
import { memoryOf, processorTimeOf } from './app/processes.ts'

const [APPS, ORGS] = [20, 50]
/** s over which an idle server is watched, and ms before that. */
const [WATCHED, SETTLES] = [60, 15_000]
const STARTS = 5

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

export async function bench(parts: readonly string[]) {
  const isWanted = (part: string) => parts.length === 0 || parts.includes(part)
  const webex = await startSimulator({ apps: APPS, orgs: ORGS })
  const root = mkdtempSync(path.join(tmpdir(), 'satm-bench-server-'))
  const passphraseFile = path.join(root, 'passphrase')
  writeFileSync(passphraseFile, PASSPHRASE, { mode: 0o600 })
  const satm = process.env.SATM_BENCH_SERVER
  const command = satm === undefined ? [process.execPath, path.resolve('out/satm/index.js')] : [satm]

  const filled = async (name: string, ageOf: (nth: number) => number) => {
    const folder = path.join(root, name)
    // A test's vault opens with next to no work; what a person sets up does not.
    const empty = await openedVault({ folder }, { scryptCost: SCRYPT_COST })
    empty.close()
    await fillVault({ folder }, webex, { ageOf })
    return folder
  }
  const started = async (folder: string, event: string) => {
    const [program = '', ...args] = command
    const began = performance.now()
    const child = spawn(
      program,
      [
        ...args,
        'serve',
        '--data-folder',
        folder,
        '--passphrase-file',
        passphraseFile,
        '--listen',
        '127.0.0.1:17286',
      ],
      {
        env: {
          PATH: process.env.PATH,
          SATM_WEBEX_BASE_URL: webex.baseUrl,
          SATM_OPERATIONS_LISTEN: '127.0.0.1:19180',
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    if (child.stdout === null) throw new Error('no output')
    for await (const line of createInterface(child.stdout)) {
      if (JSON.parse(line).event === event) return { child, took: performance.now() - began }
    }
    throw new Error(`the server ended before ${event}`)
  }
  const stop = async (child: ChildProcess) => {
    child.stdout?.resume()
    child.kill('SIGTERM')
    await once(child, 'exit')
  }

  const figures = []
  try {
    if (isWanted('first-renewal')) {
      const took: number[] = []
      for (let start = 0; start < STARTS; start += 1) {
        const folder = await filled(`due-${start}`, (nth) => (nth === 0 ? 1.001 : 0.1))
        const server = await started(folder, 'attempt')
        took.push(Math.round(server.took))
        await stop(server.child)
      }
      figures.push(figure('start to the first renewal', took, 'ms', 1000))
    }
    if (isWanted('idle') || isWanted('memory')) {
      const server = await started(await filled('idle', (nth) => nth / 200), 'server.ready')
      server.child.stdout?.resume()
      const pid = server.child.pid ?? 0
      await wait(SETTLES)
      const before = processorTimeOf(pid)
      await wait(WATCHED * 1000)
      const share = ((processorTimeOf(pid) - before) / WATCHED) * 100
      figures.push(figure('idle', [Number(share.toFixed(4))], '% of a core', 0.05))
      figures.push(figure('memory (PSS)', [Math.round(memoryOf(pid))], 'MB', 120))
      await stop(server.child)
    }
  } finally {
    await webex.close()
    rmSync(root, { recursive: true, force: true })
  }
  return figures
}

function figure(name: string, values: readonly number[], unit: string, goal: number) {
  const sorted = values.toSorted((one, other) => one - other)
  const value = sorted[Math.floor(sorted.length / 2)] ?? 0
  const spread = [sorted[0] ?? 0, sorted.at(-1) ?? 0] as const
  return { name, value, unit, goal, ok: value <= goal, ...(values.length > 1 ? { spread } : {}) }
}
