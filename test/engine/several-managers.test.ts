// Several token managers: one is the default, profiles may name another, and any of them may go.
import { expect, test } from 'vitest'
import type { TokenManager } from '#engine/domain/model.ts'
import { makeApp, makeIntegration, makePair, makeWorld, type World } from './support/world.ts'

async function worldWithTwo(): Promise<World> {
  const world = makeWorld({ profiles: [{ id: 'one' }] })
  const second = makeIntegration({ id: 'second', isDefault: false, pair: makePair() })
  await world.engine.apply([
    { kind: 'manager-saved', manager: second },
    { kind: 'profile-saved', profile: { ...world.profile(), managerId: 'second' } },
  ])
  return world
}

const defaults = (world: World) =>
  world.engine
    .view()
    .managers.filter(({ isDefault }) => isDefault)
    .map(({ id }) => id)

function manager(world: World, id: string): TokenManager {
  const found = world.engine.fleet().managers.get(id)
  if (found === undefined) throw new Error(`${id} is gone`)
  return found
}

test('a chosen default takes that place from the one before', async () => {
  const world = await worldWithTwo()
  await world.engine.apply([
    { kind: 'manager-saved', manager: { ...manager(world, 'second'), isDefault: true } },
  ])
  expect(defaults(world)).toEqual(['second'])
})

test('when the default one goes, another is it', async () => {
  const world = await worldWithTwo()
  await world.engine.apply([{ kind: 'manager-removed', managerId: 'manager' }])
  expect(defaults(world)).toEqual(['second'])
})

test('a profile whose manager goes uses the default one, and an edit of it does not name the lost one', async () => {
  const world = await worldWithTwo()
  expect(world.view().managerId).toBe('second')
  await world.engine.apply([{ kind: 'manager-removed', managerId: 'second' }])
  expect(world.view().managerId).toBeNull()
  await world.engine.apply([{ kind: 'profile-saved', profile: { ...world.profile(), name: 'Renamed' } }])
  expect(world.vault.commits.at(-1)?.changes).toMatchObject([
    { profile: { name: 'Renamed', managerId: null } },
  ])
})

test('a service app goes with the last profile that used it, removed or moved', async () => {
  const profiles = [{ id: 'one' }, { id: 'two', targetOrgId: 'org-2' }]
  const world = makeWorld({ profiles })
  const apps = () => [...world.engine.fleet().serviceApps.keys()]
  await world.engine.apply([{ kind: 'profile-removed', profileId: 'two' }])
  expect(apps()).toEqual(['app-a'])
  await world.engine.apply([
    { kind: 'service-app-saved', serviceApp: makeApp('b') },
    { kind: 'profile-saved', profile: { ...world.profile(), serviceAppId: 'app-b' } },
  ])
  expect(apps()).toEqual(['app-b'])
  await world.engine.apply([{ kind: 'profile-removed', profileId: 'one' }])
  expect(apps()).toEqual([])
})
