// Movers: the two sides of a move as processes, and what has to be true of them whatever was killed.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { expect, onTestFinished } from 'vitest'
import { fingerprint } from '#base/node/fingerprint.ts'
import { digestOf, newConsumerSecret } from '#delivery/endpoint/consumer-secret.ts'
import type { Profile } from '#engine/domain/model.ts'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { folderLock } from '#vault/db/folder-lock.ts'
import { openVault } from '#vault/opening.ts'
import { temporaryFolder } from '../../vault/support/builders.ts'
import { publishedKeychain } from '../../vault/support/published-keychain.ts'
import { simulatedFleet } from '../../vault/support/simulated-fleet.ts'

/**
 * Steps of a move in their order. Of the side that gives: the vault says so, the file was read back, it has its name, all of it
 * is noted. Of the side that takes: the file was read, its content is stored.
 */
export const POINTS = ['marked', 'proved', 'named', 'moved', 'read', 'restored'] as const
export type Point = (typeof POINTS)[number]

export interface MoverOptions {
  readonly folder: string
  readonly side: 'app' | 'server'
  readonly baseUrl: string
  /** Of the token endpoint; 0: off. */
  readonly port: number
  /** What a server's new vault begins with. */
  readonly restore: string | null
  readonly dieAt: Point | null
}

export type MoverOrder =
  | { readonly do: 'move' | 'restore'; readonly file: string }
  | {
      readonly do: 'state' | 'refresh' | 'loop' | 'renew-here' | 'incidents' | 'delivered' | 'everything'
    }

export class Mover {
  readonly #child: ChildProcessWithoutNullStreams
  readonly #answers: AsyncIterator<string>
  readonly #ended: Promise<void>
  #errors = ''

  constructor(program: string, options: MoverOptions) {
    this.#child = spawn(process.execPath, [program, JSON.stringify(options)])
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
    this.#child.stderr.on('data', (chunk: Buffer) => {
      this.#errors += chunk.toString()
    })
    this.#child.stdin.on('error', () => undefined)
    this.#ended = new Promise((resolve) => void this.#child.once('close', () => resolve()))
    onTestFinished(() => this.kill())
  }

  /** 'killed': it ended before it answered. */
  async #next(): Promise<unknown> {
    const { value, done } = await this.#answers.next()
    if (done !== true) return JSON.parse(value)
    await this.#ended
    if (this.#child.signalCode !== 'SIGKILL') throw new Error(`The side ended: ${this.#errors}`)
    return 'killed'
  }

  ready = () => this.#next()

  async tell(order: MoverOrder): Promise<unknown> {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`)
    const answer = await this.#next()
    if (answer === 'killed') return answer
    const { ok, refused } = answer as { ok?: unknown; refused?: string }
    if (refused !== undefined) throw new Error(refused)
    return ok
  }

  /** As `tell`, killed after so many ms if it has not answered by then. */
  async tellAndKill(order: MoverOrder, after: number): Promise<void> {
    const told = this.tell(order).catch((error: unknown) => error)
    await Promise.race([told, wait(after)])
    await this.kill()
    await told
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }
}

type Place = Pick<MoverOptions, 'folder' | 'side'>

interface State {
  readonly held: string | null
  readonly runs: boolean
  /** That it has sent to Webex. */
  readonly requests: number
}

/** What of a fleet has to be on the other side after a move. */
export interface Everything {
  /** By ID. */
  readonly attempts: readonly string[]
  readonly heldTargets: number
  readonly heldConsumers: number
  readonly notes: number
  readonly month: string | null
  readonly setting: number
  readonly [more: string]: unknown
}

/** Whose tests of all tiers were requested. */
export const MONTH = new Date().toISOString().slice(0, 7)

/** Of the consumer that the app has. */
export const CONSUMER_SECRET = newConsumerSecret(randomBytes).reveal()

/** Of both sides: what is held, and what belongs to a copy, is a matter of each. */
function moved({
  attempts: _,
  heldTargets: _1,
  heldConsumers: _2,
  notes: _3,
  month: _4,
  setting: _5,
  ...rest
}: Everything) {
  return rest
}

/** All that the one side had is there; a data source may have been renewed beside. */
export function expectNothingLost(there: Everything, before: Everything): void {
  expect(moved(there)).toEqual(moved(before))
  expect(there.attempts).toEqual(expect.arrayContaining([...before.attempts]))
}

/** A desktop with a fleet, and one server after the other, which it moves to and back from. `orgs`: as many profiles. */
export async function movers(program: string, { port = 0, orgs = 2 } = {}) {
  const webex = await startSimulator({ apps: 1, orgs, rotate: true })
  onTestFinished(() => webex.close())
  const app = temporaryFolder()
  await fill(app, webex)
  let servers = 0
  let files = 0
  const start = (options: Place & Partial<MoverOptions>) => {
    const { baseUrl } = webex
    const mover = new Mover(program, { restore: null, dieAt: null, port, baseUrl, ...options })
    return { mover, ready: mover.ready() }
  }
  const it = {
    webex,
    app,
    async side(options: Parameters<typeof start>[0]): Promise<Mover> {
      const { mover, ready } = start(options)
      expect(await ready).toBe('ready')
      return mover
    },
    start,
    newServer: (): string => {
      const folder = path.join(app, '..', `${path.basename(app)}-server-${++servers}`)
      mkdirSync(folder, { mode: 0o700 })
      onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
      return folder
    },
    newFile: () => path.join(app, `${++files}.satm-backup`),
    /** Every profile is renewed once more, by its own refresh token, and no grant was ever spent twice. */
    async renews(mover: Mover): Promise<void> {
      const renewed = await mover.tell({ do: 'refresh' })
      expect(renewed).toEqual(Array.from({ length: orgs }, () => 'renewed by tier 1'))
      expect(webex.ledger.duplicates()).toEqual([])
    },
    /** It neither renews nor can be made to, and stays so. */
    async rests(mover: Mover): Promise<void> {
      const { runs, requests } = await it.state(mover)
      expect(runs).toBe(false)
      await expect(mover.tell({ do: 'refresh' })).rejects.toThrow(/Nothing is renewed/)
      expect((await it.state(mover)).requests).toBe(requests)
    },
    /** Where nobody is killed. `gives`, `takes`: ms. */
    async moves(from: Place): Promise<{ to: Place; gives: number; takes: number }> {
      const file = it.newFile()
      const giver = await it.side(from)
      await it.renews(giver)
      const before = await it.everything(giver)
      const began = performance.now()
      await giver.tell({ do: 'move', file })
      const gives = performance.now() - began
      await giver.kill()
      const to = it.otherSide(from)
      const began2 = performance.now()
      const taker = await it.side({ ...to, restore: to.side === 'server' ? file : null })
      if (to.side === 'server') await taker.tell({ do: 'renew-here' })
      else await taker.tell({ do: 'restore', file })
      const takes = performance.now() - began2
      expectNothingLost(await it.everything(taker), before)
      await it.renews(taker)
      await taker.kill()
      return { to, gives, takes }
    },
    otherSide: (from: Place): Place =>
      from.side === 'app' ? { side: 'server', folder: it.newServer() } : { side: 'app', folder: app },
    state: async (mover: Mover) => (await mover.tell({ do: 'state' })) as State,
    everything: async (mover: Mover) => (await mover.tell({ do: 'everything' })) as Everything,
  }
  return it
}

type World = Awaited<ReturnType<typeof movers>>
/** How the process of that side is killed: at a step, or so many ms after it was told. */
export type Kill = { readonly at: Point } | { readonly after: number; readonly side: 'gives' | 'takes' }

/**
 * Moves from the side in `from` to the other one, with one process killed on the way, and goes on as a person would who is told
 * what each side says. Returns the folder that renews then.
 */
export async function moveWithKill(world: World, from: Place, kill: Kill): Promise<Place> {
  const file = world.newFile()
  const killsGiver = 'at' in kill ? POINTS.indexOf(kill.at) < POINTS.indexOf('read') : kill.side === 'gives'
  const dieAt = 'at' in kill ? kill.at : null

  const giver = await world.side({ ...from, ...(killsGiver ? { dieAt } : {}) })
  await world.renews(giver)
  const before = await world.everything(giver)
  if (killsGiver && 'after' in kill) await giver.tellAndKill({ do: 'move', file }, kill.after)
  else if ((await giver.tell({ do: 'move', file })) === 'killed') expect(killsGiver).toBe(true)
  await giver.kill()

  const left = await world.side(from)
  const { held, runs, requests } = await world.state(left)
  if (held === null) {
    // Killed before the vault said anything: then there is no file, and nothing has changed.
    expect([runs, existsSync(file)]).toEqual([true, false])
    expectNothingLost(await world.everything(left), before)
    await world.renews(left)
    await left.kill()
    return from
  }
  expect(requests).toBe(0)
  await world.rests(left)
  if (!existsSync(file)) {
    expect(held).toBe('moving')
    await left.tell({ do: 'renew-here' })
    expectNothingLost(await world.everything(left), before)
    await world.renews(left)
    await left.kill()
    return from
  }

  const to = world.otherSide(from)
  await left.kill()
  if (!killsGiver) await takeOver(world, to, file, kill)
  const taker = await takeOver(world, to, file, null)
  if (taker === null) throw new Error('It was not killed.')
  // Until now nobody could renew; from here on the side that took over can, and the other one still cannot.
  const there = await world.everything(taker)
  expectNothingLost(there, before)
  await world.renews(taker)
  const stays = await world.side(from)
  await world.rests(stays)
  expectNothingLost(await world.everything(stays), before)
  await stays.kill()
  await taker.kill()
  return to
}

/** null: it was killed. */
async function takeOver(world: World, to: Place, file: string, kill: Kill | null): Promise<Mover | null> {
  const dieAt = kill !== null && 'at' in kill ? kill.at : null
  if (to.side === 'server') {
    const { mover, ready } = world.start({ ...to, restore: file, dieAt })
    if (kill !== null) {
      if ('after' in kill) await Promise.race([ready, wait(kill.after)])
      else expect(await ready).toBe('killed')
      await mover.kill()
      return null
    }
    expect(await ready).toBe('ready')
    await world.rests(mover)
    await mover.tell({ do: 'renew-here' })
    return mover
  }
  const mover = await world.side({ ...to, dieAt })
  const { held } = await world.state(mover)
  if (kill !== null) {
    if ('after' in kill) await mover.tellAndKill({ do: 'restore', file }, kill.after)
    else expect(await mover.tell({ do: 'restore', file })).toBe('killed')
    await mover.kill()
    return null
  }
  // A restore is all or nothing: it is either still moved, or has all of the file.
  if (held !== null) {
    await world.rests(mover)
    await mover.tell({ do: 'restore', file })
  }
  return mover
}

async function fill(folder: string, webex: Simulator): Promise<void> {
  const vaultFolder = path.join(folder, 'vault')
  mkdirSync(vaultFolder, { mode: 0o700 })
  const lock = folderLock(vaultFolder)
  const opening = await openVault({
    folder: vaultFolder,
    lock,
    keychain: publishedKeychain(),
    clock: { now: () => Date.now() },
    weakStorageConsent: 'ask',
  })
  if (opening.kind !== 'open') throw new Error(opening.sentence)
  const { vault } = opening
  const now = Date.now()
  const { changes } = simulatedFleet(webex, now)
  const profiles: Profile[] = []
  for (const change of changes) {
    if (change.kind !== 'profile-saved') await vault.commit([change], [])
    // As long as the app makes them.
    else profiles.push({ ...change.profile, id: fingerprint(change.profile.id) })
  }
  await vault.commit(
    profiles.map((profile) => ({ kind: 'profile-saved', profile })),
    [],
  )
  await vault.cloud.record(webex.baseUrl)
  for (const { id } of profiles)
    await vault.deliveries.save({
      id: `target-${id}`,
      profileId: id,
      spec: {
        kind: 'env-file',
        path: path.join(folder, `${id}.env`),
        accessTokenName: 'TOKEN',
        refreshTokenName: null,
        confirmed: [],
      },
      createdAt: now,
    })
  await vault.consumers.add({
    id: 'ci',
    name: 'ci',
    secretHash: digestOf(CONSUMER_SECRET),
    profileIds: null,
    createdAt: now,
    lastUsedAt: null,
    held: false,
  })
  const [{ id: profileId, serviceAppId, targetOrgId }] = profiles as [Profile]
  const source = {
    id: webex.control.registerDataSource(serviceAppId, targetOrgId),
    profileId,
    url: null,
    keptSince: now,
    issuedAt: null,
    expiresAt: null,
    lapse: null,
  }
  await vault.commit([{ kind: 'data-source-kept', source }], [])
  await vault.commit([{ kind: 'drill-month', month: MONTH }], [])
  await vault.problemNotes.update((notes) => ({ ...notes, waiting: [{ profileId, since: now }] }))
  writeFileSync(
    path.join(folder, 'preferences.json'),
    JSON.stringify({ alertAfterFailures: 7, monthlyDrill: true, requestsPerSecond: 50 }),
  )
  vault.close()
  lock.release()
}
