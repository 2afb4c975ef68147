import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { createAppView, endOfSupport } from '#application/app-view.ts'
import type { EngineSession } from '#application/engine-supervisor.ts'
import type { Hold } from '#application/renewal-hold.ts'
import type { Settings } from '#application/settings.ts'
import type { DeliveryView, StorageView } from '#contract/contract.ts'
import { NO_PROBLEMS } from '#contract/problems.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { FleetView } from '#engine/domain/view-model.ts'

const NOW = Date.UTC(2026, 10, 29)

test('an Electron whose last fixes have come is told apart from one that gets them', () => {
  expect(endOfSupport('33.2.1', NOW)).toBe(Date.UTC(2025, 3, 29, 12))
  expect(endOfSupport('42.11.18', NOW)).toBe(Date.UTC(2026, 9, 20, 12))
  expect(endOfSupport('43.8.12', NOW)).toBeNull()
  expect(endOfSupport('43.8.12', Date.UTC(2027, 0, 6))).toBe(Date.UTC(2027, 0, 5, 12))
})

test.each(['32.3.3', '12.0.0', '0.1.0'])('%s, older than the oldest that is known, has ended', (version) => {
  expect(endOfSupport(version, NOW)).toBe(Date.UTC(2025, 3, 29, 12))
})

test.each(['45.4.1', '99.0.0', '', '33rd', 'nightly', '__proto__', 'constructor.1'])(
  'nothing is said of %j, of which nothing is known',
  (version) => {
    expect(endOfSupport(version, Date.UTC(2099, 0, 1))).toBeNull()
  },
)

test('the Electron that the project declares is none of which it is known that it has ended', () => {
  const manifest = readFileSync(path.resolve(import.meta.dirname, '../../package.json'), 'utf8')
  expect(endOfSupport(JSON.parse(manifest).devDependencies.electron, NOW)).toBeNull()
})

const NAMES = /Acme|nightly|alerts\.example|consent/

/** Everything that names a customer, a program or an address. */
function viewOf(isLocked: boolean, held: Hold | null = null) {
  const delivery: DeliveryView = {
    revision: 3,
    targets: 2,
    failing: [{ profileId: 'p', targetId: 't', sentence: 'The file of Acme cannot be written.' }],
    endpoint: {
      on: true,
      port: 3710,
      listening: true,
      problem: null,
      consumers: [
        { id: 'c', name: 'nightly', profileIds: null, createdAt: 1, lastUsedAt: null, held: false },
      ],
    },
    webhook: {
      url: 'https://alerts.example/hook',
      held: false,
      last: { at: 1, delivered: false, sentence: 'alerts.example did not answer.' },
    },
    commandLine: { command: 'satm', socket: '/run/satm.sock', problem: null },
  }
  const profiles = [{ name: 'Acme' }] as unknown as FleetView['profiles']
  const fleet: FleetView = {
    now: 1,
    clockSkew: 0,
    profiles,
    managers: [],
    incidents: [],
    allPausedUntil: null,
  }
  const session = {
    engine: { view: () => fleet } as Engine,
    connect: { state: () => ({ kind: 'waiting', url: 'https://webex.example/consent' }) },
  } as unknown as EngineSession
  return createAppView({
    supervisor: {
      current: () => (held === null ? session : null),
      engineToShow: () => (held === null ? session.engine : null),
      held: () => held,
      now: () => 1,
    },
    vaultAccess: { view: () => ({ kind: 'open', level: 'protected' }) as StorageView },
    settings: { view: () => ({}), foreignCloud: () => false } as Settings,
    proxy: () => ({
      proxyMode: 'system',
      proxyAddress: '',
      proxyBypass: '',
      signIn: { user: 'j.doe', proxy: 'http://proxy.example:8080', rejected: false },
    }),
    delivery: () => delivery,
    problems: {
      over: (fleet) => fleet,
      totals: () => ({ ...NO_PROBLEMS, count: 2, customers: 41, deadline: 3 }),
    },
    sharedVault: () => ({ kind: 'none' }),
    updates: () => null,
    lock: { isLocked: () => isLocked },
    app: {
      version: '1',
      dataFolder: '/data',
      simulated: false,
      hasTray: () => true,
      idleCountsFrom: () => 'computer',
    },
  }).compose()
}

test('a locked window is sent no name, no address and no authorization that is under way', () => {
  for (const name of ['Acme', 'nightly', 'alerts.example', 'consent', 'j.doe', 'proxy.example']) {
    expect(JSON.stringify(viewOf(false))).toContain(name)
  }
  const locked = viewOf(true)
  expect(JSON.stringify(locked)).not.toMatch(NAMES)
  expect(locked).toMatchObject({ locked: true, connect: { kind: 'idle' }, delivery: { revision: 3 } })
  expect(viewOf(false).problems).toMatchObject({ count: 2, customers: 41 })
  expect(locked.problems).toEqual(NO_PROBLEMS)
})

const moved: Hold = {
  kind: 'moved',
  title: 'This computer’s service apps were moved to a server',
  sentence: 'Since Monday.',
  choices: [],
  ways: ['quit', 'renew-here', 'restore'],
}

test('what was moved is one critical problem and the way out, and nothing else', () => {
  const { storage, fleet } = viewOf(false, moved)
  expect(storage).toEqual({
    kind: 'moved',
    level: 'closed',
    sentence: 'Since Monday.',
    ways: ['quit', 'renew-here', 'restore'],
    waiting: null,
    clouds: [],
  })
  expect(fleet.profiles).toEqual([])
  expect(fleet.incidents).toMatchObject([
    { level: 'critical', title: moved.title, sentence: 'Since Monday.', owner: 'you' },
  ])
})

test('a locked window over it asks for the passphrase first, without which nothing can be done about it', () => {
  const { storage, fleet, locked } = viewOf(true, moved)
  expect([storage.kind, locked, fleet.incidents]).toEqual(['open', true, []])
})
