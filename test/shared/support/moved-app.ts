// The service apps of an app move into a shared vault and back, and a process of either side is killed at many points: the app,
// with all its services, at its steps and at moments spread over the whole; the shared vault's before one of its statements.
import { existsSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect } from 'vitest'
import { PASSPHRASE } from '../../server/support/move-passphrase.ts'
import {
  type Everything,
  expectNothingLost,
  type Mover,
  movers,
  type Point,
} from '../../server/support/movers.ts'
import { bundle } from '../../vault/support/bundle.ts'
import { movingProcesses, sharedVaults } from './moved-vault.ts'
import type { Postgres } from './postgres.ts'

const GIVES: readonly Point[] = ['marked', 'proved', 'named', 'moved']
const TAKES: readonly Point[] = ['read', 'restored']

/** `kills`: of each of the four parts of the way there and back. */
export async function appMovedThereAndBack(
  postgres: Postgres,
  { profiles, kills }: { readonly profiles: number; readonly kills: number },
): Promise<void> {
  const programs = await Promise.all([
    bundle(resolve(import.meta.dirname, '../../server/support/mover.ts')),
    bundle(resolve(import.meta.dirname, 'moving.ts')),
  ])
  try {
    const [mover, moving] = programs
    const world = await movers(mover.path, { orgs: profiles })
    const own = await sharedVaults(postgres)
    await own.vaults.create('First')
    const db = own.database.connect()
    const shared = movingProcesses(postgres, own, moving, PASSPHRASE)
    await new Move(world, own.vaults, db, shared, { profiles, kills }).thereAndBack()
  } finally {
    for (const program of programs) program.remove()
  }
}

class Move {
  readonly #app: { readonly folder: string; readonly side: 'app' }
  #killed = 0

  constructor(
    readonly world: Awaited<ReturnType<typeof movers>>,
    readonly vaults: Awaited<ReturnType<typeof sharedVaults>>['vaults'],
    readonly db: ReturnType<Awaited<ReturnType<typeof sharedVaults>>['database']['connect']>,
    readonly shared: ReturnType<typeof movingProcesses>,
    readonly numbers: { readonly profiles: number; readonly kills: number },
  ) {
    this.#app = { folder: world.app, side: 'app' }
  }

  async thereAndBack(): Promise<void> {
    const { world, shared, vaults } = this
    const { before, gives } = await this.#prepared()

    for (const kill of this.#killsOf(GIVES, gives)) await this.#killGiving(kill, before)
    const there = await this.#given()
    await this.#killShared('in', () => there, ['active', 0])
    expect(await shared('in', there, -1)).not.toBeNull()
    await this.#expectOwners('staged', this.numbers.profiles, 'moved')
    await vaults.activate()
    await this.#expectOwners('active', this.numbers.profiles, 'moved')

    await this.#killShared('out', () => world.newFile(), ['moved', this.numbers.profiles])
    const back = world.newFile()
    expect(await shared('out', back, -1)).not.toBeNull()
    await this.#expectOwners('moved', this.numbers.profiles, 'moved')

    const takes = await this.#taken(back, before)
    for (const kill of this.#killsOf(TAKES, takes)) await this.#killTaking(kill, back, before)
    const app = await world.side(this.#app)
    await app.tell({ do: 'restore', file: back })
    const after = await world.everything(app)
    expectNothingLost(after, before)
    expect(after.attempts).toHaveLength(before.attempts.length)
    await world.renews(app)
    await app.kill()
    console.log(
      `${this.#killed} kills of both sides, ${this.numbers.profiles} profiles, ${after.attempts.length} attempts there and back`,
    )
    expect(this.#killed).toBe(4 * this.numbers.kills)
  }

  /** With a history, and how long a move takes. */
  async #prepared(): Promise<{ readonly before: Everything; readonly gives: number }> {
    const { world } = this
    const app = await world.side(this.#app)
    await world.renews(app)
    const before = await world.everything(app)
    expect(before.attempts.length).toBeGreaterThanOrEqual(this.numbers.profiles)
    const file = world.newFile()
    const from = performance.now()
    await app.tell({ do: 'move', file })
    const gives = performance.now() - from
    await this.#renewsHereAgain(app, file)
    await app.kill()
    return { before, gives }
  }

  #killsOf(points: readonly Point[], length: number): readonly (Point | number)[] {
    const { kills } = this.numbers
    const steps = points.slice(0, kills)
    const moments = kills - steps.length
    return [...steps, ...Array.from({ length: moments }, (_, n) => (length * (n + 0.5)) / moments)]
  }

  /** As a person decides who knows that nobody else has used the file. */
  async #renewsHereAgain(app: Mover, file: string): Promise<void> {
    rmSync(file, { force: true })
    await app.tell({ do: 'renew-here' })
    expect((await this.world.state(app)).runs).toBe(true)
  }

  async #carryOut(
    order: { readonly do: 'move' | 'restore'; readonly file: string },
    kill: Point | number,
  ): Promise<void> {
    const isStep = typeof kill === 'string'
    const app = await this.world.side({ ...this.#app, dieAt: isStep ? kill : null })
    if (isStep) expect(await app.tell(order)).toBe('killed')
    else await app.tellAndKill(order, kill)
    await app.kill()
    this.#killed += 1
  }

  async #killGiving(kill: Point | number, before: Everything): Promise<void> {
    const { world } = this
    const file = world.newFile()
    await this.#carryOut({ do: 'move', file }, kill)
    const app = await world.side(this.#app)
    const { held, runs } = await world.state(app)
    expectNothingLost(await world.everything(app), before)
    // A file that is there could be renewed from: it is not here, then.
    if (existsSync(file)) expect([runs, held]).toEqual([false, held === 'moved' ? 'moved' : 'moving'])
    else expect(held === null ? runs : !runs).toBe(true)
    if (held !== null) {
      await world.rests(app)
      await this.#renewsHereAgain(app, file)
    }
    await app.kill()
  }

  async #given(): Promise<string> {
    const app = await this.world.side(this.#app)
    const file = this.world.newFile()
    await app.tell({ do: 'move', file })
    await app.kill()
    return file
  }

  /** `found`: what a file that is there, or a move in that was killed, goes with. */
  async #killShared(
    way: 'in' | 'out',
    fileOf: () => string,
    [state, stored]: readonly [string, number],
  ): Promise<void> {
    const { kills, profiles } = this.numbers
    const statements = await this.#statements(way, fileOf())
    for (let n = 0; n < kills; n++) {
      const file = fileOf()
      // The last of them is the commit, or what reads the last of the history.
      const last = Math.floor(((statements - 1) * (n + 1)) / kills)
      expect(await this.shared(way, file, last)).toBeNull()
      this.#killed += 1
      if (way === 'in') await this.#expectOwners(state, stored, 'moved')
      else {
        if (existsSync(file)) expect((await this.#there()).state).toBe(state)
        await this.vaults.activate()
        await this.#expectOwners('active', profiles, 'moved')
      }
    }
  }

  /** How many one move makes; everything is as before it then. */
  async #statements(way: 'in' | 'out', file: string): Promise<number> {
    const made = await this.shared(way, file, -1)
    if (way === 'out') await this.vaults.activate()
    else {
      await this.db.run(`DELETE FROM data_sources; DELETE FROM delivery_targets; DELETE FROM profiles;
        DELETE FROM credentials; DELETE FROM token_managers; UPDATE vault SET state = 'active'`)
    }
    return made ?? 0
  }

  async #there(): Promise<{ readonly state: string; readonly stored: number }> {
    const [row] = await this.db.query('SELECT state, (SELECT count(*) FROM profiles) AS stored FROM vault')
    return { state: String(row?.state), stored: Number(row?.stored) }
  }

  /** Of the shared vault, and why the app renews nothing. */
  async #expectOwners(state: string, stored: number, held: string): Promise<void> {
    expect(await this.#there()).toEqual({ state, stored })
    const app = await this.world.side(this.#app)
    expect(await this.world.state(app)).toMatchObject({ held, runs: false, requests: 0 })
    await this.world.rests(app)
    await app.kill()
  }

  /** How long a restore takes; the app is moved away again then. */
  async #taken(file: string, before: Everything): Promise<number> {
    const { world } = this
    const app = await world.side(this.#app)
    const from = performance.now()
    await app.tell({ do: 'restore', file })
    const takes = performance.now() - from
    expectNothingLost(await world.everything(app), before)
    await app.tell({ do: 'move', file: world.newFile() })
    await app.kill()
    return takes
  }

  async #killTaking(kill: Point | number, file: string, before: Everything): Promise<void> {
    const { world } = this
    await this.#carryOut({ do: 'restore', file }, kill)
    expect((await this.#there()).state).toBe('moved')
    const app = await world.side(this.#app)
    const { held, runs } = await world.state(app)
    const there = await world.everything(app)
    expectNothingLost(there, before)
    expect(there.attempts).toHaveLength(before.attempts.length)
    expect([held, runs]).toEqual(runs ? [null, true] : ['moved', false])
    if (runs) await app.tell({ do: 'move', file: world.newFile() })
    else await world.rests(app)
    await app.kill()
  }
}
