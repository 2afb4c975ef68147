// What the vault costs: `npm run bench -- vault`. Real files, real durability, the numbers of profiles people have.
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fingerprint } from '#base/node/fingerprint.ts'
import type { Attempt, FleetChange, TokenPair } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { Keychain } from '#vault/crypto/keychain.ts'
import { Connection } from '#vault/db/connection.ts'
import { folderLock } from '#vault/db/folder-lock.ts'
import { type OpenVault, openVault } from '#vault/opening.ts'
import type { HistoryFilter, HistoryQuery } from '#vault/repositories/history-query.ts'

export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly goal: number
  readonly ok: boolean
}

const DAY = 86_400_000
const NOW = Date.UTC(2026, 2, 1)
const HISTORY_ROWS = 1_000_000

export async function bench(): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'satm-bench-vault-'))
  try {
    const small = await storing(join(folder, 'small'), 100)
    const large = await storing(join(folder, 'large'), 10_000)
    return [
      figure('store one renewed pair with its history row, 100 profiles, p95', small, 'ms', 10),
      figure('store one renewed pair with its history row, 10 000 profiles, p95', large, 'ms', 10),
      figure('the same, 10 000 against 100 profiles', large / small, '×', 1.5),
      figure('open and read 10 000 profiles, median', await opening(join(folder, 'large')), 'ms', 300),
      await changingProtection(join(folder, 'large')),
      ...(await paging(join(folder, 'large'))),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A keychain that costs nothing: the system's one is asked once at a start and is not the vault's. */
function plainKeychain(): Keychain {
  return {
    state: async () => 'available',
    isSettled: () => true,
    backend: () => 'bench',
    encrypt: async (text) => Buffer.from(`v11${text}`),
    decrypt: async (blob) => ({ text: blob.subarray(3).toString(), reEncrypt: false }),
    strength: () => 'protected',
  }
}

async function open(folder: string): Promise<OpenVault> {
  const lock = folderLock(folder)
  const result = await openVault({
    folder,
    lock,
    keychain: plainKeychain(),
    clock: { now: () => NOW },
    weakStorageConsent: 'ask',
    scryptCost: { N: 2, r: 8, p: 1 },
  })
  if (result.kind !== 'open') throw new Error(`the vault is ${result.kind}: ${result.sentence}`)
  const { vault } = result
  const close = async () => {
    await vault.close()
    lock.release()
  }
  return { ...vault, close }
}

/** p95 of one commit, in ms. */
async function storing(folder: string, profiles: number): Promise<number> {
  const vault = await open(folder)
  await vault.commit(fleetOf(profiles), [])
  for (let n = 0; n < profiles; n += 1000) {
    const changes: FleetChange[] = []
    for (let i = n; i < Math.min(n + 1000, profiles); i++) {
      changes.push({ kind: 'profile-pair', profileId: `p${i}`, pair: aPair() })
    }
    await vault.commit(changes, [])
  }
  const times: number[] = []
  for (let n = 0; n < 1000; n++) {
    const profileId = `p${(n * 7919) % profiles}`
    const change: FleetChange = { kind: 'profile-pair', profileId, pair: aPair() }
    const attempt = anAttempt(`${profiles}-${n}`, profileId)
    const start = performance.now()
    await vault.commit([change], [attempt])
    times.push(performance.now() - start)
  }
  vault.close()
  return percentile(times, 0.95)
}

async function opening(folder: string): Promise<number> {
  const times: number[] = []
  for (let n = 0; n < 5; n++) {
    const start = performance.now()
    const vault = await open(folder)
    const { fleet } = await vault.load()
    times.push(performance.now() - start)
    if (fleet.profiles.size !== 10_000) throw new Error('profiles are missing')
    vault.close()
  }
  return percentile(times, 0.5)
}

/** The passphrase itself costs nothing here, so that what is left is the work on the data. */
async function changingProtection(folder: string): Promise<Figure> {
  const vault = await open(folder)
  const passphrase = new Secret('correct horse battery')
  const times: number[] = []
  for (let n = 0; n < 3; n++) {
    const start = performance.now()
    const set = await vault.setPassphrase(passphrase, 'beside')
    times.push(performance.now() - start)
    if (set.kind !== 'changed') throw new Error(set.sentence)
    await vault.removePassphrase(passphrase)
  }
  const { unreadable } = await vault.load()
  if (unreadable.length > 0) throw new Error('records are unreadable')
  vault.close()
  return figure('change of protection at 10 000 profiles, median', percentile(times, 0.5), 'ms', 1_500)
}

async function paging(folder: string): Promise<Figure[]> {
  fillHistory(folder)
  const vault = await open(folder)
  const queries: readonly [string, Omit<HistoryQuery, 'limit'>][] = [
    ['no filter', {}],
    ['one profile', { profileId: 'p4711' }],
    ['failed', { outcome: 'failed' }],
    ['tier 3', { tier: 3 }],
    ['renewed by tier 3', { outcome: 'renewed', tier: 3 }],
    ['failed, one profile', { outcome: 'failed', profileId: 'p4711' }],
    ['a day half a year ago', { from: NOW - 180 * DAY, to: NOW - 179 * DAY }],
    ['failed before half a year ago', { outcome: 'failed', to: NOW - 180 * DAY }],
    ['3 profiles', { profileIds: profileIds(3) }],
    ['40 profiles', { profileIds: profileIds(40) }],
    ['400 profiles', { profileIds: profileIds(400) }],
    ['a cause', { cause: 'result:ok' }],
    ['a text', { text: 'router_9' }],
  ]
  const days: readonly [string, HistoryFilter][] = [
    ['no filter, a year', {}],
    ['40 profiles, a week', { ...lastWeek, profileIds: profileIds(40) }],
    ['400 profiles, a week', { ...lastWeek, profileIds: profileIds(400) }],
    ['a text, a week', { ...lastWeek, text: 'router_9' }],
  ]
  const figures: Figure[] = []
  for (const [name, query] of queries) {
    const start = performance.now()
    const page = await vault.history({ ...query, limit: 100 })
    const time = performance.now() - start
    if (page.attempts.length === 0) throw new Error(`no rows: ${name}`)
    figures.push(figure(`first page of 1 000 000 history rows: ${name}`, time, 'ms', 50))
  }
  for (const [name, filter] of days) {
    const start = performance.now()
    const counted = await vault.historyDays(filter, 'UTC')
    if (counted.length === 0) throw new Error(`no days: ${name}`)
    figures.push(figure(`days of 1 000 000 history rows: ${name}`, performance.now() - start, 'ms', 250))
  }
  vault.close()
  return figures
}

const lastWeek = { from: NOW - 7 * DAY, to: NOW }
const profileIds = (count: number) => Array.from({ length: count }, (_, n) => `p${n * 7}`)

/** A year of 10 000 profiles, written by SQLite itself: one in 49 failed, one in two hundred needed tier 3. */
function fillHistory(folder: string): void {
  const db = new Connection(join(folder, 'vault.db'))
  db.exec(`
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${HISTORY_ROWS})
    INSERT INTO attempts (id, subject_kind, subject_id, name, org_id, trigger, started_at, ended_at, outcome, tier,
      fingerprint_before, fingerprint_after, sentence, tracking_id, calls)
    SELECT 'h' || i, 'profile', 'p' || (i * 7919 % 10000), 'Profile ' || (i * 7919 % 10000), 'org', 'scheduled',
      ${NOW - 365 * DAY} + i * 31536, ${NOW - 365 * DAY} + i * 31536 + 400,
      CASE WHEN i % 49 = 0 THEN 'failed' ELSE 'renewed' END,
      CASE WHEN i % 49 = 0 THEN NULL WHEN i % 199 = 1 THEN 3 WHEN i % 21 = 1 THEN 2 ELSE 1 END,
      '0123abcd', '4567cdef', NULL, 'ROUTER_' || i,
      '[{"tier":1,"startedAt":1,"duration":400,"status":200,"trackingId":"ROUTER_1","result":"ok","detail":null}]'
    FROM n`)
  db.checkpoint()
  db.close()
}

function fleetOf(profiles: number): FleetChange[] {
  const changes: FleetChange[] = []
  for (let n = 0; n < profiles; n++) {
    // Fifty orgs a service app, as where few apps serve many.
    const serviceAppId = `sa${Math.floor(n / 50)}`
    if (n % 50 === 0) {
      const serviceApp = { id: serviceAppId, appId: `app${n}`, clientId: `c${n}`, clientSecret: secret(64) }
      changes.push({ kind: 'service-app-saved', serviceApp })
    }
    const profile = {
      id: `p${n}`,
      name: `Profile ${n}`,
      serviceAppId,
      targetOrgId: `org${n}`,
      orgName: null,
      managerId: null,
      probe: { kind: 'data-sources' },
      paused: false,
      createdAt: NOW,
      pair: aPair(),
    } as const
    changes.push({ kind: 'profile-saved', profile })
  }
  return changes
}

function aPair(): TokenPair {
  const accessToken = secret(110)
  return {
    accessToken,
    fingerprint: fingerprint(accessToken.reveal()),
    issuedAt: NOW,
    expiresAt: NOW + 14 * DAY,
    origin: 'refresh-grant',
    refresh: {
      token: secret(110),
      issuedAt: NOW,
      expiresAt: NOW + 90 * DAY,
      firstLifetime: 90 * DAY,
      dead: false,
    },
  }
}

function secret(length: number): Secret {
  return new Secret(randomBytes(length).toString('base64url').slice(0, length))
}

function anAttempt(id: string, profileId: string): Attempt {
  return {
    id,
    subject: { kind: 'profile', profileId },
    name: profileId,
    orgId: 'org',
    trigger: 'scheduled',
    reason: { code: 'lifetime-share', share: 0.57 },
    startedAt: NOW,
    endedAt: NOW + 400,
    calls: [
      {
        tier: 1,
        startedAt: NOW,
        duration: 400,
        status: 200,
        trackingId: 'ROUTER_1',
        result: 'ok',
        detail: null,
      },
    ],
    outcome: 'renewed',
    tier: 1,
    before: '0123abcd',
    after: '4567cdef',
    sentence: null,
    trackingId: 'ROUTER_1',
  }
}

function percentile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((one, other) => one - other)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

function figure(name: string, value: number, unit: string, goal: number): Figure {
  return { name, value: Math.round(value * 100) / 100, unit, goal, ok: value <= goal }
}
