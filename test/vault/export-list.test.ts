import { describe, expect, test } from 'vitest'
import { parseCsv } from '#base/common/csv.ts'
import type { Fleet } from '#engine/domain/model.ts'
import { readImport } from '#import/import-file.ts'
import { planImport } from '#import/import-plan.ts'
import { exportList } from '#vault/backup/export-list.ts'
import { anIntegration, aPair, aProfile, aServiceApp, NOW } from './support/builders.ts'

const FLEET: Fleet = {
  serviceApps: new Map([['sa', aServiceApp('sa')]]),
  managers: new Map([['m1', anIntegration('m1')]]),
  profiles: new Map([
    ['p1', aProfile('p1', { name: '=HYPERLINK("x")', pair: aPair('one'), managerId: 'm1' })],
    ['p2', aProfile('p2', { name: 'A, "B"', orgName: 'Órg' })],
  ]),
}

test('holds every profile with its dates and no secret', () => {
  const list = JSON.parse(exportList(FLEET, 'json'))
  expect(list.profiles[0]).toMatchObject({
    appId: 'app-sa',
    tokenManager: 'Manager m1',
    accessTokenExpiresAt: '2026-03-15T12:00:00.000Z',
    accessTokenFingerprint: aPair('one').fingerprint,
  })
  for (const format of ['csv', 'json'] as const) expect(exportList(FLEET, format)).not.toContain('canary')
})

test('of some has these alone', () => {
  const list = JSON.parse(exportList(FLEET, 'json', [], ['p2', 'gone']))
  expect(list.profiles.map(({ name }: { name: string }) => name)).toEqual(['A, "B"'])
})

describe('as CSV', () => {
  test('a spreadsheet runs nothing of it', () => {
    const csv = parseCsv(exportList(FLEET, 'csv'))
    if (csv.kind !== 'read') throw new Error(csv.sentence)
    expect(csv.rows.map(({ cells }) => cells[0])).toEqual(['name', '\'=HYPERLINK("x")', 'A, "B"'])
  })

  test('it can come in again once its secrets are filled in', () => {
    const [heading = '', ...rows] = exportList(FLEET, 'csv').trimEnd().split('\r\n')
    const text = [`${heading},clientSecret`, ...rows.map((row) => `${row},s3cr3t`)].join('\r\n')
    const content = readImport(text, 'list.csv')
    if (content.kind !== 'profiles') throw new Error('expected profiles')
    const fleet: Fleet = { serviceApps: new Map(), managers: new Map(), profiles: new Map() }
    const plan = planImport(content.candidates, { fleet, now: NOW, newId: () => 'id' })
    expect(plan.rows).toMatchObject([
      { kind: 'comes-in', name: '=HYPERLINK("x")', targetOrgId: 'org-p1' },
      { kind: 'comes-in', name: 'A, "B"', targetOrgId: 'org-p2' },
    ])
  })
})
