// A program: takes part in a shared vault as one worker and, while it leads, refreshes all its profiles against Webex, over and
// over. It says what it does, one line each; SIGTERM hands over.
import { randomUUID } from 'node:crypto'
import { readFileSync, writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { systemClock } from '#desktop/system/system-clock.ts'
import type { ProfileId } from '#engine/domain/model.ts'
import { defaultSettings } from '#engine/domain/policy.ts'
import { Secret } from '#engine/domain/secret.ts'
import { createEngine, type RenewalEngine } from '#engine/renewal-engine.ts'
import { postgresConnection } from '#vault/shared/postgres-connection.ts'
import { appendSharedAttempt } from '#vault/shared/shared-changes.ts'
import { openSharedVault } from '#vault/shared/shared-vault.ts'
import { Worker } from '#vault/shared/worker.ts'
import { createWebex } from '#webex/client.ts'
import type { WorkerOptions } from './workers.ts'

const options: WorkerOptions = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8'))
const clock = systemClock()
const db = postgresConnection(options.connection)
const leaseDb = postgresConnection(options.connection)
const shared = await openSharedVault(db, {
  load: async () => new Secret(options.identity),
  known: async () => null,
  remember: async () => undefined,
})
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
  vault: shared.id,
  key: shared.key,
  write: shared.write,
  storeChange: shared.storeChange,
  member: shared.memberId,
  appendAttempt: appendSharedAttempt,
  leads: (fence) => {
    say(fence === null ? 'ended' : `leads ${fence}`)
    const next = session.then(fence === null ? stopEngine : startEngine)
    session = next.catch((error) => say(`${fence === null ? 'trouble' : 'resigns'} ${error}`))
    return next
  },
  patience: 0,
  heard: () => undefined,
  looked: () => undefined,
  failed: () => undefined,
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
// Ends with the test that started it.
process.stdin.once('end', () => process.exit(1)).resume()
worker.start()
say('ready')

async function startEngine(): Promise<void> {
  const { fleet, lastAttempts } = await shared.load()
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
    lastAttempts,
    newId: () => randomUUID(),
  })
  const running = engine
  running.subscribe((event) => {
    if (event.kind !== 'attempt' || event.attempt.subject.kind !== 'profile') return
    const { subject, outcome, after, tier, calls } = event.attempt
    const unsaved = running.hasUnsaved()
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

/** Written when it returns: a killed process says nothing more. */
function say(line: string): void {
  writeSync(1, `${line}\n`)
}
