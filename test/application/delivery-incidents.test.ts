import { expect, test } from 'vitest'
import { deliveryIncidents } from '#application/delivery-incidents.ts'
import type { Fleet } from '#engine/domain/model.ts'
import { makeApp, makeProfile } from '../engine/support/world.ts'

test('a read-back command that is wrong is one problem for all customers, whatever their tokens are', () => {
  const profiles = ['a', 'b', 'c'].map((id) => makeProfile({ id, name: 'Orders', targetOrgId: `org-${id}` }))
  const spec = { kind: 'hook', command: 'put', pass: 'stdin', timeLimit: 1000 } as const
  const failing = profiles.map(({ id }, n) => ({
    target: { id, profileId: id, spec, createdAt: 0 },
    state: {
      held: false,
      delivered: null,
      failure: {
        at: 0,
        fingerprint: `0123abc${n}`,
        sentence: `The command ended well, but another value (fedcba9${n}) was read back in place of the new token (0123abc${n}). Check both commands.`,
        failures: 5,
        retryAt: 1,
      },
    },
  }))
  const fleet: Fleet = {
    profiles: new Map(profiles.map((one) => [one.id, one])),
    serviceApps: new Map([['app-a', makeApp('a')]]),
    managers: new Map(),
  }
  const found = deliveryIncidents(failing, fleet, 3)
  expect(found).toHaveLength(1)
  expect(found[0]?.sentence).toBe(
    'The command ended well, but another value was read back in place of the new token. Check both commands.',
  )
})
