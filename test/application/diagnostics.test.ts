import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { describeApp } from '#application/diagnostics.ts'
import { createLog } from '#desktop/log/log.ts'
import { integration, troubledFleet, view } from '../renderer/fake-view.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'satm-diagnostics-'))
afterAll(() => rmSync(folder, { recursive: true }))

const fleet = { ...troubledFleet(12), managers: [integration()] }
const text = createLog({ folder, clock: { now: () => 0 } }).diagnostics(
  describeApp(view({ fleet }), { release: '6.1.0', arch: 'x64' }),
)

test('tells versions, what protects the data, and how the fleet stands', () => {
  expect(JSON.parse(text)).toMatchObject({
    version: '0.1.0',
    electron: '45.4.1',
    system: { release: '6.1.0', arch: 'x64' },
    storage: { kind: 'open', level: 'protected', backend: 'gnome_libsecret' },
    cloud: { baseUrl: 'https://webexapis.com/v1', foreign: false },
    fleet: {
      profiles: { healthy: 9, 'needs-attention': 1, expired: 1, retrying: 1 },
      managers: [{ state: 'ready', refreshEnds: '2026-07-17T09:30:00.000Z' }],
      causes: [
        { cause: 'manager-dead', profiles: 12 },
        { cause: 'not-authorised', profiles: 1 },
      ],
    },
  })
})

test('names nobody: no service app, org, id or folder', () => {
  const [first] = fleet.profiles
  const own = [
    first?.name,
    first?.orgName,
    first?.id,
    first?.appId,
    first?.targetOrgId,
    fleet.managers[0]?.id,
  ]
  for (const one of [...own, '/home/ada']) expect(text).not.toContain(one)
})

test('loses nothing to the log, which blanks out what is called like a secret', () => {
  expect(text).not.toContain('[redacted]')
})
