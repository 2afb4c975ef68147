// One fleet delivery to the files of many customers, some of whom have theirs in a place that is no folder.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { deliveryIncidents } from '#application/delivery-incidents.ts'
import { makeProfile, pairOf } from '../../engine/support/world.ts'
import { delivering, envFile } from './delivering.ts'

export async function deliversBesideBadFolder(customers: number, bad: number): Promise<void> {
  const world = await delivering()
  const profiles = Array.from({ length: customers }, (_, n) =>
    makeProfile({
      id: `p${n}`,
      name: n < bad ? 'South' : 'North',
      targetOrgId: `org-${n}`,
      pair: pairOf(world.cloud.issue(`APP_a@org-${n}`, 'client-a')),
    }),
  )
  await world
    .engine()
    .apply([
      ...profiles.map((profile) => ({ kind: 'profile-saved', profile }) as const),
      ...(['one', 'two'] as const).map((profileId) => ({ kind: 'profile-removed', profileId }) as const),
    ])
  mkdirSync(join(world.folder, 'north'))
  writeFileSync(join(world.folder, 'south'), '')
  const { fleetDeliveries } = world.delivery
  await fleetDeliveries.save({
    id: null,
    appId: null,
    target: envFile(join(world.folder, '{app}', '{orgId}.env')),
  })
  await vi.waitFor(
    async () =>
      expect((await fleetDeliveries.list()).deliveries[0]).toMatchObject({
        customers,
        delivered: customers - bad,
        failing: bad,
      }),
    { timeout: 120_000, interval: 100 },
  )
  for (const { id, targetOrgId } of profiles.slice(bad)) {
    const file = join(world.folder, 'north', `${targetOrgId}.env`)
    expect(readFileSync(file, 'utf8')).toBe(`TOKEN=${world.tokenOf(id)}\n`)
  }
  const incidents = deliveryIncidents(world.delivery.undelivered().failing, world.engine().fleet(), 1)
  expect(incidents).toHaveLength(1)
  expect(incidents[0]).toMatchObject({
    code: 'undelivered',
    title: expect.stringMatching(new RegExp(`South.*${bad} customers`)),
    customers: bad,
    profileIds: expect.arrayContaining(profiles.slice(0, bad).map(({ id }) => id)),
  })
}
