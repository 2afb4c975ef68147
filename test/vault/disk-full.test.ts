// The disk fills up between Webex rotating a token and the vault storing it.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fingerprint } from '#base/node/fingerprint.ts'
import { type LedgerEntry, startSimulator } from '#simulator/index.ts'
import { bundle } from './support/bundle.ts'
import { onSmallDisk } from './support/small-disk.ts'

interface Seen {
  readonly fingerprint: string
  readonly unsaved: boolean
  readonly name: string
  readonly onDisk: string
}

interface Report {
  readonly old: string
  readonly whileFull: Seen
  readonly triedAgain: Seen
  readonly change: string
  readonly withRoom: Seen
  readonly afterwards: Seen
  readonly history: readonly string[]
  readonly damage: string | null
  readonly openedFull: string
}

describe.runIf(process.platform === 'linux')('the disk fills up while a rotated token arrives:', () => {
  const folder = mkdtempSync(join(tmpdir(), 'satm-full-'))
  let report: Report
  let ledger: readonly LedgerEntry[]
  let refreshToken = ''

  beforeAll(async () => {
    const simulator = await startSimulator({ apps: 1, orgs: 1, rotate: true })
    const program = await bundle(resolve(import.meta.dirname, 'support/disk-full.ts'))
    try {
      const { orgs = [], ...app } = simulator.serviceApps[0] ?? {}
      refreshToken = orgs[0]?.refreshToken ?? ''
      const stdout = await onSmallDisk(folder, program.path, [
        simulator.baseUrl,
        JSON.stringify({ ...app, orgId: orgs[0]?.orgId, refreshToken }),
      ])
      report = JSON.parse(stdout)
      ledger = simulator.ledger.at('tier1')
    } finally {
      program.remove()
      await simulator.close()
    }
  }, 120_000)

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  test('the old pair is still on disk', () => {
    expect(report.whileFull.onDisk).toBe(report.old)
    expect(report.triedAgain.onDisk).toBe(report.old)
  })

  test('the new pair is kept in memory and said to be unsaved', () => {
    expect(report.whileFull).toMatchObject({ unsaved: true })
    expect(report.whileFull.fingerprint).toBe(ledger[0]?.issuedFingerprint)
    expect(report.triedAgain).toMatchObject({ unsaved: true, fingerprint: report.whileFull.fingerprint })
  })

  test('a change by the person is refused as a whole', () => {
    expect(report.change).toBe('disk-full')
    expect(report.afterwards.name).toBe('Profile p')
  })

  test('once there is room the new pair is stored', () => {
    expect(report.history).toContain(report.whileFull.fingerprint)
    expect(report.withRoom).toMatchObject({ unsaved: false, onDisk: report.withRoom.fingerprint })
    expect(report.damage).toBeNull()
  })

  test('the old refresh token is sent once and never again', () => {
    const presented = ledger.map(({ presentedFingerprint }) => presentedFingerprint)
    const issued = ledger.map(({ issuedRefreshFingerprint }) => issuedRefreshFingerprint)
    expect(presented.length).toBeGreaterThan(1)
    // Each call carries what the one before it brought.
    expect(presented).toEqual([fingerprint(refreshToken), ...issued.slice(0, -1)])
  })

  test('a vault on a full disk says so before any token is put at risk', () => {
    expect(report.openedFull).toBe('disk-full')
  })
})
