// A program: takes part in a shared vault as one worker and, while it leads, refreshes all its profiles against Webex, over and
// over. It says what it does, one line each; SIGTERM hands over.
import { createSecretKey, randomUUID } from 'node:crypto'
import { readFileSync, writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '#desktop/system/system-clock.ts'
import type { Fleet, ManagerId, Profile, ProfileId, ServiceApp, TokenManager } from '#engine/domain/model.ts'
import { defaultSettings } from '#engine/domain/policy.ts'
import { createEngine, type RenewalEngine } from '#engine/renewal-engine.ts'
import { postgresConnection } from '#vault/shared/postgres-connection.ts'
import { Worker } from '#vault/shared/worker.ts'
import { createWebex } from '#webex/client.ts'
import { simulatedFleet } from '../../vault/support/simulated-fleet.ts'
import { appendAttempt, loadPair, storeChange, writeInto } from './stand-in.ts'
import type { WorkerOptions } from './workers.ts'

const options: WorkerOptions = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))
const clock = systemClock()
const key = createSecretKey(Buffer.from(options.key, 'hex'))
const db = postgresConnection(options.connection)
const leaseDb = postgresConnection(options.connection)
let session: Promise<void> = Promise.resolve()
let engine: RenewalEngine | null = null

const worker = new Worker({
  db,
  leaseDb,
  clock,
  random: Math.random,
  node: options.node,
  folder: options.folder,
  times: options.times,
  key: () => ({ epoch: 1, key }),
  write: writeInto(db, key),
  storeChange,
  appendAttempt,
  leads: (fence) => {
    say(fence === null ? 'ended' : `leads ${fence}`)
    session = session
      .then(fence === null ? stopEngine : startEngine)
      .catch((error) => say(`trouble ${error}`))
  },
  wentBack: () => say('went-back'),
})
process.once('SIGTERM', async () => {
  say('stopping')
  await worker.stop()
  say('handed-over')
  await session
  await stopEngine()
  process.exit(0)
})
worker.start()
say('ready')

async function startEngine(): Promise<void> {
  const fleet = await loadFleet()
  engine = createEngine({
    clock,
    random: Math.random,
    webex: createWebex({
      baseUrl: () => options.baseUrl,
      fetch,
      clock,
      userAgent: options.node,
      newTrackingId: () => randomUUID(),
    }),
    vault: worker,
    settings: { ...defaultSettings, requestsPerSecond: null },
    fleet,
    lastAttempts: [],
    newId: () => randomUUID(),
  })
  const running = engine
  running.subscribe((event) => {
    if (event.kind !== 'attempt' || event.attempt.subject.kind !== 'profile') return
    const { subject, outcome, after, tier, calls } = event.attempt
    const unsaved = running.view().profiles.find(({ id }) => id === subject.profileId)?.unsaved
    if (outcome === 'renewed' && unsaved === false) say(`announced ${subject.profileId} ${after} ${tier}`)
    if (outcome === 'failed')
      say(`failed ${subject.profileId} ${calls.map(({ result }) => result).join(',')}`)
  })
  running.start()
  if (options.renews === 'always') for (const id of fleet.profiles.keys()) void refreshForEver(running, id)
}

async function stopEngine(): Promise<void> {
  const stopping = engine
  engine = null
  await stopping?.stop()
}

async function refreshForEver(running: RenewalEngine, id: ProfileId): Promise<void> {
  while (engine === running) {
    const attempt = await running.refresh(id, 'manual').catch(() => null)
    if (attempt?.outcome !== 'renewed') await delay(options.times.renewEvery)
  }
}

async function loadFleet(): Promise<Fleet> {
  const serviceApps = new Map<string, ServiceApp>()
  const profiles = new Map<ProfileId, Profile>()
  const managers = new Map<ManagerId, TokenManager>()
  const { changes } = simulatedFleet(options.credentials, clock.now())
  for (const change of changes) {
    if (change.kind === 'service-app-saved') serviceApps.set(change.serviceApp.id, change.serviceApp)
    if (change.kind === 'profile-saved') {
      const { profile } = change
      profiles.set(profile.id, {
        ...profile,
        pair: await loadPair(db, key, { kind: 'profile', id: profile.id }),
      })
    }
    if (change.kind === 'manager-saved' && change.manager.kind === 'integration') {
      const { manager } = change
      managers.set(manager.id, {
        ...manager,
        pair: await loadPair(db, key, { kind: 'manager', id: manager.id }),
      })
    }
  }
  return { serviceApps, profiles, managers }
}

/** Written when it returns: a killed process says nothing more. */
function say(line: string): void {
  writeSync(1, `${line}\n`)
}
