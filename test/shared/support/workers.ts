// Several worker processes on one shared vault, with the simulated Webex and a PostgreSQL of their own.
import { type ChildProcess, spawn } from 'node:child_process'
import { createSecretKey, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ClientConfig } from 'pg'
import { type Simulator, type SimulatorOptions, startSimulator } from '#simulator/index.ts'
import { PROTOCOL_TIMES, type ProtocolTimes } from '#vault/shared/leadership.ts'
import { type PostgresConnection, postgresConnection } from '#vault/shared/postgres-connection.ts'
import { migrateShared } from '#vault/shared/postgres-schema.ts'
import { storeSharedPair } from '#vault/shared/shared-pairs.ts'
import { type Bundle, bundle } from '../../vault/support/bundle.ts'
import { type SimulatedProfile, simulatedFleet } from '../../vault/support/simulated-fleet.ts'
import { type Postgres, type PostgresOptions, startPostgres } from './postgres.ts'

export interface WorkerOptions {
  readonly connection: ClientConfig
  readonly node: string
  readonly folder: string
  readonly baseUrl: string
  readonly key: string
  readonly times: ProtocolTimes
  readonly credentials: Pick<Simulator, 'integration' | 'serviceApps'>
  /** Each profile over and over, or when it is due. */
  readonly renews: 'always' | 'when-due'
}

/** What a worker said, and when it was heard. */
export interface Said {
  readonly node: string
  readonly at: number
  readonly words: readonly string[]
}

export interface RunningWorker {
  readonly node: string
  readonly child: ChildProcess
  readonly ended: Promise<unknown>
}

export interface WorkersOptions {
  readonly simulator: SimulatorOptions
  readonly times: ProtocolTimes
  readonly postgres?: PostgresOptions
  readonly renews?: WorkerOptions['renews']
}

/** The protocol with its times divided. */
export function timesDividedBy(divisor: number, change: Partial<ProtocolTimes> = {}): ProtocolTimes {
  const entries = Object.entries(PROTOCOL_TIMES).map(([name, ms]) => [name, ms / divisor])
  return { ...PROTOCOL_TIMES, ...Object.fromEntries(entries), ...change }
}

export class Workers {
  readonly simulator: Simulator
  readonly postgres: Postgres
  readonly db: PostgresConnection
  readonly profiles: readonly SimulatedProfile[]
  readonly said: Said[] = []
  readonly running = new Map<string, RunningWorker>()
  /** How workers connect; a test may put another way here. */
  connection: ClientConfig
  readonly #options: WorkersOptions
  readonly #folder = mkdtempSync(join(tmpdir(), 'satm-workers-'))
  readonly #key = randomBytes(32)
  readonly #program: Bundle

  private constructor(
    options: WorkersOptions,
    program: Bundle,
    simulator: Simulator,
    postgres: Postgres,
    profiles: readonly SimulatedProfile[],
  ) {
    this.#options = options
    this.#program = program
    this.simulator = simulator
    this.postgres = postgres
    this.connection = postgres.connection
    this.db = postgresConnection(postgres.connection)
    this.profiles = profiles
  }

  static async with(options: WorkersOptions): Promise<Workers> {
    const program = await bundle(resolve(import.meta.dirname, 'renewing-worker.ts'))
    const simulator = await startSimulator(options.simulator)
    const postgres = await startPostgres(options.postgres)
    const { changes, profiles } = simulatedFleet(simulator, Date.now())
    const workers = new Workers(options, program, simulator, postgres, profiles)
    const { db } = workers
    const key = createSecretKey(workers.#key)
    await migrateShared(db)
    await db.run(`INSERT INTO vault (id, key_epoch, key_check, state) VALUES ('test', 1, '', 'active')`)
    await db.transaction(async (tx) => {
      for (const change of changes) {
        if (change.kind === 'profile-saved' && change.profile.pair !== null)
          await storeSharedPair(tx, key, { kind: 'profile', id: change.profile.id }, change.profile.pair)
        if (change.kind === 'manager-saved' && change.manager.pair !== null)
          await storeSharedPair(tx, key, { kind: 'manager', id: change.manager.id }, change.manager.pair)
      }
    })
    return workers
  }

  start(node: string, wrapper: readonly string[] = [], env: NodeJS.ProcessEnv = {}): RunningWorker {
    const folder = join(this.#folder, node)
    mkdirSync(folder, { recursive: true })
    const { simulator, connection } = this
    const options: WorkerOptions = {
      connection,
      node,
      folder,
      baseUrl: simulator.baseUrl,
      key: this.#key.toString('hex'),
      times: this.#options.times,
      credentials: { integration: simulator.integration, serviceApps: simulator.serviceApps },
      renews: this.#options.renews ?? 'always',
    }
    const file = join(folder, 'options.json')
    writeFileSync(file, JSON.stringify(options))
    const [command = process.execPath, ...args] = [...wrapper, process.execPath, this.#program.path, file]
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    })
    let rest = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) this.#heard(node, line)
    })
    const worker: RunningWorker = { node, child, ended: once(child, 'close') }
    this.running.set(node, worker)
    child.once('exit', () => {
      if (this.running.get(node) === worker) this.running.delete(node)
    })
    return worker
  }

  /** Kills it as `kill -9` does; resolves when it is gone. */
  async kill({ child, ended }: RunningWorker): Promise<void> {
    child.kill('SIGKILL')
    await ended
  }

  /** The one that said last that it leads, and runs. */
  leader(): RunningWorker | null {
    for (let index = this.said.length - 1; index >= 0; index--) {
      const said = this.said[index]
      if (said?.words[0] === 'leads') {
        const over = this.said
          .slice(index)
          .some(({ node, words }) => node === said.node && words[0] === 'ended')
        return over ? null : (this.running.get(said.node) ?? null)
      }
    }
    return null
  }

  /** Fingerprints that were announced, by profile. */
  announced(): readonly { readonly profileId: string; readonly fingerprint: string; readonly at: number }[] {
    return this.said.flatMap(({ at, words: [kind, profileId = '', fingerprint = ''] }) =>
      kind === 'announced' ? [{ profileId, fingerprint, at }] : [],
    )
  }

  async close(): Promise<void> {
    await Promise.all([...this.running.values()].map((worker) => this.kill(worker)))
    await this.db.close()
    await this.simulator.close()
    await this.postgres.remove()
    this.#program.remove()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #heard(node: string, line: string): void {
    this.said.push({ node, at: Date.now(), words: line.split(' ') })
  }
}

/** Looks until it is so. */
export async function until(
  isSo: () => boolean | Promise<boolean>,
  what: string,
  most = 60_000,
): Promise<void> {
  const end = performance.now() + most
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`${what}: not within ${most} ms`)
    await delay(10)
  }
}
