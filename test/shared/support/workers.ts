// Several worker processes on one shared vault, with the simulated Webex and a PostgreSQL of their own.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { ClientConfig } from 'pg'
import { expect } from 'vitest'
import { fingerprint } from '#base/node/fingerprint.ts'
import type { Secret } from '#engine/domain/secret.ts'
import { type Simulator, type SimulatorOptions, startSimulator } from '#simulator/index.ts'
import { openField } from '#vault/crypto/field-cipher.ts'
import { bytes } from '#vault/db/row.ts'
import { PROTOCOL_TIMES, type ProtocolTimes } from '#vault/shared/leadership.ts'
import { newIdentity, recipientOf } from '#vault/shared/members.ts'
import { type PostgresConnection, postgresConnection } from '#vault/shared/postgres-connection.ts'
import { migrateShared } from '#vault/shared/postgres-schema.ts'
import { answerPlace, createVault } from '#vault/shared/shared-rekey.ts'
import { openSharedVault } from '#vault/shared/shared-vault.ts'
import { type Bundle, bundle } from '../../vault/support/bundle.ts'
import { type SimulatedProfile, simulatedFleet } from '../../vault/support/simulated-fleet.ts'
import { type Door, openDoor } from './door.ts'
import { type Postgres, type PostgresOptions, startPostgres } from './postgres.ts'

export interface WorkerOptions {
  readonly connection: ClientConfig
  readonly node: string
  readonly folder: string
  readonly baseUrl: string
  /** The secret half of the member's key. */
  readonly identity: string
  readonly times: ProtocolTimes
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

interface Parts {
  readonly program: Bundle
  readonly simulator: Simulator
  readonly postgres: Postgres
  readonly door: Door
  readonly profiles: readonly SimulatedProfile[]
  readonly identity: Secret
}

export class Workers {
  readonly simulator: Simulator
  /** The one in use. */
  postgres: Postgres
  readonly db: PostgresConnection
  readonly profiles: readonly SimulatedProfile[]
  readonly said: Said[] = []
  readonly running = new Map<string, RunningWorker>()
  /** How workers connect. */
  readonly connection: ClientConfig
  readonly #door: Door
  readonly #options: WorkersOptions
  readonly #folder = mkdtempSync(join(tmpdir(), 'satm-workers-'))
  readonly #identity: Secret
  readonly #program: Bundle

  private constructor(
    options: WorkersOptions,
    { program, simulator, postgres, door, profiles, identity }: Parts,
  ) {
    this.#identity = identity
    this.#options = options
    this.#program = program
    this.simulator = simulator
    this.postgres = postgres
    this.#door = door
    const { user, database } = postgres.connection
    this.connection = { user, database, host: '127.0.0.1', port: door.port }
    this.db = postgresConnection(this.connection)
    this.profiles = profiles
  }

  static async with(options: WorkersOptions): Promise<Workers> {
    const program = await bundle(resolve(import.meta.dirname, 'renewing-worker.ts'))
    const simulator = await startSimulator(options.simulator)
    const postgres = await startPostgres(options.postgres)
    const { changes, profiles } = simulatedFleet(simulator, Date.now())
    const identity = await newIdentity()
    const door = await openDoor(postgres)
    const workers = new Workers(options, { program, simulator, postgres, door, profiles, identity })
    const { db } = workers
    await migrateShared(db)
    const first = { name: 'First', recipient: await recipientOf(identity), addedBy: null }
    await db.transaction((tx) => createVault(tx, first, Date.now()))
    const known = { load: async () => identity, known: async () => null, remember: async () => undefined }
    await (await openSharedVault(db, known)).commit(changes, [])
    return workers
  }

  /** The database is another server from now on. */
  failOver(to: Postgres): void {
    this.postgres = to
    this.#door.lead(to)
  }

  /** What a worker keeps on its computer. */
  folderOf(node: string): string {
    return join(this.#folder, node)
  }

  start(
    node: string,
    env: NodeJS.ProcessEnv = {},
    connection: ClientConfig = this.connection,
  ): RunningWorker {
    const folder = this.folderOf(node)
    mkdirSync(folder, { recursive: true })
    const { simulator } = this
    const options: WorkerOptions = {
      connection,
      node,
      folder,
      baseUrl: simulator.baseUrl,
      identity: this.#identity.reveal(),
      times: this.#options.times,
      renews: this.#options.renews ?? 'always',
    }
    const file = join(folder, 'options.json')
    writeFileSync(file, JSON.stringify(options))
    const child = spawn(process.execPath, [this.#program.path, file], {
      stdio: ['pipe', 'pipe', 'inherit'],
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

  /** A node that leads and has renewed this many more profiles by then. */
  async busyLeader(renewals = 1, situation = ''): Promise<RunningWorker> {
    const from = this.announced().length
    let leader: RunningWorker | null = null
    await until(
      () => {
        leader = this.leader()
        return leader !== null && this.announced().length >= from + renewals
      },
      `somebody renews ${situation}`,
      180_000,
    ).catch(async (error) => {
      throw new Error(`${error}\n${await this.situation()}`)
    })
    return leader ?? this.busyLeader(renewals)
  }

  /** No refresh token was spent twice, every announced token is stored, and every profile is renewed once more. */
  async expectSound(): Promise<string> {
    await this.expectRenewed()
    expect(this.simulator.ledger.duplicates()).toEqual([])
    // They go on: what is announced while the rows are read may not be among them.
    const announced = this.announced()
    const rows = await this.db.rows('attempts', 'WHERE fingerprint_after IS NOT NULL')
    const stored = new Set(rows.map((row) => row.fingerprint_after))
    expect(announced.filter(({ fingerprint }) => !stored.has(fingerprint))).toEqual([])
    return `${this.summary()}, no refresh token twice`
  }

  /** Every profile is renewed once more. */
  async expectRenewed(most = 180_000): Promise<void> {
    const from = Date.now()
    const renewedSince = () =>
      new Set(this.announced().flatMap(({ profileId, at }) => (at >= from ? [profileId] : [])))
    await until(() => renewedSince().size === this.profiles.length, 'all renew once more', most)
    expect(this.said.filter(({ words }) => words[0] === 'trouble')).toEqual([])
  }

  summary(): string {
    const refreshes = this.simulator.ledger.entries.filter(({ grantType }) => grantType === 'refresh_token')
    const leaders = this.said.filter(({ words }) => words[0] === 'leads').length
    return `${refreshes.length} refreshes, ${this.announced().length} announced, ${leaders} leaders`
  }

  /** Of all answers that are kept, superseded ones too, and of what is current: fingerprints of access and refresh tokens. */
  async kept(): Promise<{ readonly access: ReadonlySet<string>; readonly refresh: ReadonlySet<string> }> {
    const known = {
      load: async () => this.#identity,
      known: async () => null,
      remember: async () => undefined,
    }
    const key = (await openSharedVault(this.db, known)).key()?.key
    if (key === undefined) throw new Error('there is a data key')
    const access = new Set<string>()
    const refresh = new Set<string>()
    for (const row of await this.db.rows('answers')) {
      const place = answerPlace(String(row.attempt_id), String(row.pair_id))
      const pair = JSON.parse(openField(key, bytes(row, 'pair'), place)?.reveal() ?? '{}')
      access.add(pair.fingerprint)
      if (pair.refresh != null) refresh.add(fingerprint(pair.refresh.token))
    }
    for (const row of await this.db.rows('token_pairs')) {
      access.add(String(row.fingerprint))
      refresh.add(String(row.refresh_fingerprint))
    }
    return { access, refresh }
  }

  async close(): Promise<void> {
    await Promise.all([...this.running.values()].map((worker) => this.kill(worker)))
    await this.db.close()
    await this.#door.close()
    await this.simulator.close()
    await this.postgres.remove()
    this.#program.remove()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** For who has to find out why no computer renews. */
  async situation(): Promise<string> {
    const [leader] = await this.db.query('SELECT *, clock_timestamp() AS now FROM leader')
    const marks = await this.db.query(
      'SELECT ended, give_up < clock_timestamp() AS over, count(*) FROM in_flight GROUP BY 1, 2',
    )
    const last = this.said.slice(-60).map(({ node, at, words }) => `${at} ${node} ${words.join(' ')}`)
    return [JSON.stringify({ leader, marks, runs: [...this.running.keys()] }), ...last].join('\n')
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

/** One after the other, most of them while they lead, and starts each again. */
export async function killWorkers(workers: Workers, times: number): Promise<void> {
  for (let killed = 0; killed < times; killed++) {
    const leader = await workers.busyLeader(3, `${killed} were killed`)
    await delay(Math.random() * 150)
    const all = [...workers.running.values()]
    const other = all[Math.floor(Math.random() * all.length)]
    const victim = Math.random() < 0.8 || other === undefined ? leader : other
    await workers.kill(victim)
    workers.start(victim.node)
  }
}
