// What reading large files costs the main thread: `npm run bench -- reading`. For how long the event loop stood still
// while a file was read in a thread; the baseline is the same file read in this thread.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { createFileReader, performReading } from '#application/file-reader.ts'
import { runInThread } from '#base/node/thread.ts'
import { systemClock, systemDelay } from '#desktop/system/system-clock.ts'
import type { Attempt } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { NO_CHOICES } from '#import/import-dialect.ts'
import { planImport } from '#import/import-plan.ts'
import { writeBackupFile } from '#vault/backup/backup-file.ts'
import { attemptLine } from '#vault/backup/backup-records.ts'
import { SCRYPT_COST } from '#vault/crypto/passphrase.ts'
import { bundle } from '../vault/support/bundle.ts'
import type { Figure } from './vault.ts'

const MIB = 1024 * 1024
const PASSPHRASE = new Secret('a backup of the bench')
const NOW = Date.UTC(2026, 2, 1)

export async function bench(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'satm-bench-reading-'))
  const thread = await bundle('src/main/bootstrap/reader-thread.ts')
  const clock = systemClock()
  const inThread = createFileReader({
    run: (request, signal) => runInThread(thread.path, request, signal),
    clock,
  })
  const here = createFileReader({ run: performReading, clock })
  try {
    const backup = join(folder, 'all.satm-backup')
    const size = await writeLargeBackup(backup)
    const csv = join(folder, 'orgs.csv')
    writeFileSync(csv, largeList())
    const never = new AbortController().signal
    const fleet = { serviceApps: new Map(), profiles: new Map(), managers: new Map() }
    const readBackup = async ({ backup: read }: typeof here) => {
      const { kind } = await read(backup, PASSPHRASE, never)
      if (kind !== 'ok') throw new Error(`the backup is ${kind}`)
    }
    const readList = async ({ importContent }: typeof here) => {
      const content = await importContent({ file: csv }, NO_CHOICES, never)
      if (content.kind !== 'profiles') throw new Error(`the list is ${content.kind}`)
      planImport(content.candidates, { fleet, now: NOW, newId: () => 'id' })
    }
    const figures: Figure[] = []
    for (const [what, read] of [
      [`a backup of ${Math.round(size / MIB)} MiB unpacked`, readBackup],
      ['a list of 50 MB, and planning it', readList],
    ] as const) {
      const [before, after] = [await standstill(() => read(here)), await standstill(() => read(inThread))]
      figures.push(
        figure(
          `reading ${what}: longest standstill of the event loop`,
          after.longest,
          'ms',
          100,
          before.longest,
        ),
        figure(`reading ${what}: the main thread is busy`, after.busy, 'ms', 1000, before.busy),
      )
    }
    return figures
  } finally {
    thread.remove()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function standstill(work: () => Promise<void>) {
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  // Until it has measured for the first time it notices nothing.
  await systemDelay(100)
  const before = performance.eventLoopUtilization()
  await work()
  const { active } = performance.eventLoopUtilization(before)
  await systemDelay(20)
  delay.disable()
  return { longest: Math.round(delay.max / 1e6), busy: Math.round(active) }
}

/** Resolves with the bytes that are packed in it. */
async function writeLargeBackup(path: string): Promise<number> {
  let bytes = 0
  async function* lines() {
    for (let n = 0; bytes < 100 * MIB; n++) {
      const line = attemptLine(anAttempt(n))
      bytes += line.length
      yield line
    }
  }
  await writeBackupFile(path, lines(), { passphrase: PASSPHRASE, cost: SCRYPT_COST, now: NOW })
  return bytes
}

function anAttempt(n: number): Attempt {
  const call = {
    tier: 1,
    startedAt: NOW - n,
    duration: 131,
    status: 200,
    result: 'ok',
    detail: null,
  } as const
  return {
    id: `attempt-${n}`,
    subject: { kind: 'profile', profileId: `profile-${n % 10_000}` },
    name: `Contact sync in Customer ${n % 10_000}`,
    orgId: `org-${n % 10_000}`,
    trigger: 'scheduled',
    reason: { code: 'lifetime-share', share: 0.57 },
    startedAt: NOW - n,
    endedAt: NOW - n + 200,
    calls: [{ ...call, trackingId: `ROUTER_${n}` }],
    outcome: 'renewed',
    tier: 1,
    before: '00000000',
    after: '11111111',
    sentence: null,
    trackingId: `ROUTER_${n}`,
  }
}

function largeList(): string {
  const row = (n: number) => `Org ${n},app-${n},client-${n},${'s'.repeat(5100)},org-${n}`
  return ['name,app id,client id,secret,org id', ...Array.from({ length: 10_000 }, (_, n) => row(n))].join(
    '\n',
  )
}

function figure(name: string, value: number, unit: string, goal: number, baseline: number) {
  return { name, value, unit, goal, ok: value <= goal, baseline }
}
