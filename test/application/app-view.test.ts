import { expect, test } from 'vitest'
import { createAppView } from '#application/app-view.ts'
import type { EngineSession } from '#application/engine-supervisor.ts'
import type { Settings } from '#application/settings.ts'
import type { DeliveryView, StorageView } from '#contract/contract.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { FleetView } from '#engine/domain/view-model.ts'

const NAMES = /Acme|nightly|alerts\.example|consent/

/** Everything that names a customer, a program or an address. */
function viewOf(isLocked: boolean) {
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
    rootCauses: [],
    allPausedUntil: null,
  }
  const session = {
    engine: { view: () => fleet } as Engine,
    connect: { state: () => ({ kind: 'waiting', url: 'https://webex.example/consent' }) },
  } as unknown as EngineSession
  return createAppView({
    supervisor: { current: () => session, held: () => null, now: () => 1 },
    vaultAccess: { view: () => ({ kind: 'open', level: 'protected' }) as StorageView },
    settings: { view: () => ({}), foreignCloud: () => false } as Settings,
    delivery: () => delivery,
    lock: { isLocked: () => isLocked },
    app: { version: '1', dataFolder: '/data', simulated: false, hasTray: () => true },
  }).compose()
}

test('a locked window is sent no name, no address and no authorization that is under way', () => {
  for (const name of ['Acme', 'nightly', 'alerts.example', 'consent']) {
    expect(JSON.stringify(viewOf(false))).toContain(name)
  }
  const locked = viewOf(true)
  expect(JSON.stringify(locked)).not.toMatch(NAMES)
  expect(locked).toMatchObject({ locked: true, connect: { kind: 'idle' }, delivery: { revision: 3 } })
})
