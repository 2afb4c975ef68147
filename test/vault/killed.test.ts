// A real process with real files, refreshing without end, is killed again and again. What it announced is there.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fingerprint } from '#base/node/fingerprint.ts'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { folderLock } from '#vault/db/folder-lock.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { openVault } from '#vault/opening.ts'
import { temporaryFolder } from './support/builders.ts'
import { type Bundle, bundle } from './support/bundle.ts'
import { filesHolding } from './support/canary.ts'
import { publishedKeychain } from './support/published-keychain.ts'
import { type SimulatedProfile, simulatedFleet } from './support/simulated-fleet.ts'

const KILLS = 500
/** One for each core a small machine has. */
const LANES = 2

let program: Bundle

beforeAll(async () => {
  program = await bundle(resolve(import.meta.dirname, 'support/refresh-loop.ts'))
})

afterAll(() => program.remove())

test(`${KILLS} kills: every store is sound, nothing announced is missing, every profile has a usable grant`, async () => {
  const folders = Array.from({ length: LANES }, () => temporaryFolder())
  const lanes = await Promise.all(folders.map((folder) => killAgainAndAgain(folder, KILLS / LANES)))
  const announced = lanes.reduce((sum, lane) => sum + lane.announced, 0)
  // Otherwise the kills came too early to mean anything.
  expect(announced).toBeGreaterThan(KILLS)
}, 900_000)

async function killAgainAndAgain(folder: string, times: number): Promise<{ announced: number }> {
  const simulator = await startSimulator({ apps: 4, orgs: 2, rotate: true })
  try {
    const { changes, profiles } = simulatedFleet(simulator, Date.now())
    const vault = await reopened(folder)
    await vault.commit(changes, [])
    vault.close()
    let announced = 0
    for (let n = 0; n < times; n++) {
      const lines = await runAndKill(folder, simulator)
      announced += lines.length
      await check(folder, simulator, profiles, lines)
    }
    await everyProfileIsRenewedOnceMore(folder, simulator, profiles)
    expect(filesHolding(folder, simulator.secrets().slice(-200))).toEqual([])
    return { announced }
  } finally {
    await simulator.close()
  }
}

/** What the last kill left has to be enough, answers that never arrived included. */
async function everyProfileIsRenewedOnceMore(
  folder: string,
  simulator: Simulator,
  profiles: readonly SimulatedProfile[],
): Promise<void> {
  const loop = start(folder, simulator)
  const renewed = () => new Set(loop.announced().map(({ profileId }) => profileId)).size
  for (let count = 1; renewed() < profiles.length; count++) await loop.announcedOrGone(count)
  await loop.kill()
}

/** Mostly in the middle of the loop, sometimes while it starts. Returns what it announced. */
async function runAndKill(folder: string, simulator: Simulator): Promise<readonly Announcement[]> {
  const loop = start(folder, simulator)
  if (Math.random() < 0.8) await loop.announcedOrGone(Math.ceil(Math.random() * 4))
  await wait(Math.random() * 40)
  return loop.kill()
}

interface Announcement {
  readonly profileId: string
  readonly fingerprint: string
}

function start(folder: string, simulator: Simulator) {
  const child = spawn(process.execPath, [program.path, folder, simulator.baseUrl], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const closed = once(child, 'close')
  const announced = (): readonly Announcement[] =>
    said.split('\n').flatMap((line) => {
      const [word, profileId, token] = line.split(' ')
      return word === 'announced' && profileId && token ? [{ profileId, fingerprint: token }] : []
    })
  return {
    announced,
    async announcedOrGone(count: number): Promise<void> {
      while (announced().length < count && child.exitCode === null) {
        await Promise.race([once(child.stdout, 'data'), closed])
      }
    },
    async kill(): Promise<readonly Announcement[]> {
      child.kill('SIGKILL')
      await closed
      expect(child.signalCode).toBe('SIGKILL')
      return announced()
    },
  }
}

async function check(
  folder: string,
  simulator: Simulator,
  profiles: readonly SimulatedProfile[],
  lines: readonly Announcement[],
): Promise<void> {
  const vault = await reopened(folder)
  expect(await vault.damage()).toBeNull()
  const { fleet, unreadable } = await vault.load()
  expect(unreadable).toEqual([])
  const stored = new Set((await vault.history({ limit: 1000 })).attempts.map(({ after }) => after))
  expect(lines.filter((line) => !stored.has(line.fingerprint))).toEqual([])

  for (const { id, appName, orgId } of profiles) {
    const newest = (await vault.history({ profileId: id, outcome: 'renewed', limit: 1 })).attempts[0]
    if (newest === undefined) continue
    // Pair and history row came in one transaction, and both tokens out of one answer.
    const pair = fleet.profiles.get(id)?.pair
    expect(pair?.fingerprint).toBe(newest.after)
    const answer = simulator.ledger
      .of(appName, orgId)
      .find((entry) => entry.issuedFingerprint === newest.after)
    expect(fingerprint(pair?.refresh?.token.reveal() ?? '')).toBe(answer?.issuedRefreshFingerprint)
  }
  vault.close()
}

async function reopened(folder: string): Promise<OpenVault> {
  const lock = folderLock(folder)
  const opening = await openVault({
    folder,
    lock,
    keychain: publishedKeychain(),
    clock: { now: () => Date.now() },
    weakStorageConsent: 'ask',
  })
  if (opening.kind !== 'open') throw new Error(`${opening.kind}: ${opening.sentence}`)
  const { vault } = opening
  const close = async () => {
    await vault.close()
    lock.release()
  }
  return { ...vault, close }
}
