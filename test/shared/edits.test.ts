// Edits from several computers while tokens are renewed: no pair goes back, and of two that contradict each other one is refused.
import { expect, test } from 'vitest'
import type { FleetChange } from '#engine/domain/model.ts'
import { EditConflict } from '#vault/shared/seen-records.ts'
import { anIntegration, aProfile, aServiceApp, NOW } from '../vault/support/builders.ts'
import { computers, editedAgainstRenewals, outcome } from './support/edits.ts'
import { postgresOfFile } from './support/shared-vault.ts'

const postgres = postgresOfFile()

test('of two edits of the same record one is stored, and no renewal is lost', async () => {
  await editedAgainstRenewals(postgres(), 40)
})

test('an edit of what somebody else has removed is refused, and nothing comes back', async () => {
  const [one, other] = await computers(postgres(), 2)
  if (one === undefined || other === undefined) throw new Error()
  const saved = (profile = aProfile('p1')): FleetChange => ({ kind: 'profile-saved', profile })
  await one.commit([{ kind: 'service-app-saved', serviceApp: aServiceApp('sa') }, saved()], [])
  await other.load()
  await one.commit([{ kind: 'profile-removed', profileId: 'p1' }], [])
  expect(await outcome(other.commit([saved(aProfile('p1', { name: 'Edited' }))], []))).toBe('refused')
  // Removing it once more is no contradiction.
  expect(await outcome(other.commit([{ kind: 'profile-removed', profileId: 'p1' }], []))).toBe('stored')
  expect((await one.load()).fleet.profiles.size).toBe(0)
})

test('edits of different records are both stored, one of the same client secret is not', async () => {
  const [one, other] = await computers(postgres(), 2)
  if (one === undefined || other === undefined) throw new Error()
  const app = (name: string): FleetChange => ({
    kind: 'service-app-saved',
    serviceApp: { ...aServiceApp('sa'), clientSecret: aServiceApp(name).clientSecret },
  })
  const saved = (id: string, name: string): FleetChange => ({
    kind: 'profile-saved',
    profile: aProfile(id, { name }),
  })
  await one.commit([app('first'), saved('p1', 'One'), saved('p2', 'Two')], [])
  await other.load()
  const both = await Promise.all([
    outcome(one.commit([saved('p1', 'Eins')], [])),
    outcome(other.commit([saved('p2', 'Zwei')], [])),
  ])
  expect(both).toEqual(['stored', 'stored'])
  expect(await outcome(one.commit([app('second')], []))).toBe('stored')
  expect(await outcome(other.commit([app('third')], []))).toBe('refused')
  // The same change twice is one: its first commit may have been uncertain.
  expect(await outcome(other.commit([app('second')], []))).toBe('stored')
  expect((await one.load()).fleet.serviceApps.get('sa')?.clientSecret.reveal()).toBe('canary-secret-second')
})

test('a new default token manager does not hide what somebody else has changed of the one before', async () => {
  const [one, other] = await computers(postgres(), 2)
  if (one === undefined || other === undefined) throw new Error()
  const saved = (id: string, change = {}): FleetChange => ({
    kind: 'manager-saved',
    manager: anIntegration(id, change),
  })
  await one.commit([saved('m1', { isDefault: true })], [])
  await other.load()
  await one.commit([saved('m1', { isDefault: true, name: 'Renamed' })], [])
  expect(await outcome(other.commit([saved('m2', { isDefault: true, createdAt: NOW + 1 })], []))).toBe(
    'stored',
  )
  expect(await outcome(other.commit([saved('m1', { name: 'Something else' })], []))).toBe('refused')
  const { managers } = (await one.load()).fleet
  expect([managers.get('m1')?.name, managers.get('m1')?.isDefault]).toEqual(['Renamed', false])
})

test('what names a record that somebody else has removed is refused as other edits are, and then names nothing', async () => {
  const [one, other] = await computers(postgres(), 2)
  if (one === undefined || other === undefined) throw new Error()
  const app: FleetChange = { kind: 'service-app-saved', serviceApp: aServiceApp('sa') }
  const manager = (id: string, change = {}): FleetChange => ({
    kind: 'manager-saved',
    manager: anIntegration(id, change),
  })
  const profile = (id: string, change = {}): FleetChange => ({
    kind: 'profile-saved',
    profile: aProfile(id, change),
  })
  const removed = (managerId: string): FleetChange => ({ kind: 'manager-removed', managerId })
  const whole = [manager('m1', { isDefault: true }), manager('m2'), manager('m3'), app, profile('p1')]
  await one.commit(whole, [])
  await other.load()
  await one.commit([removed('m2'), removed('m3')], [])

  const conflictOf = async (change: FleetChange) => {
    const conflict: unknown = await other.commit([change], []).catch((error: unknown) => error)
    if (!(conflict instanceof EditConflict)) throw conflict
    return conflict
  }
  await conflictOf(profile('p1', { managerId: 'm3' }))
  const conflict = await conflictOf(manager('m1', { isDefault: true, fallbackId: 'm2' }))
  expect(conflict.message).toContain('Someone else changed this')
  // What Webex has given is stored over what came first.
  other.saw(conflict)
  await other.commit([manager('m1', { isDefault: true, fallbackId: 'm2', name: 'Kept' })], [])
  const { managers } = (await one.load()).fleet
  expect([managers.get('m1')?.name, managers.get('m1')?.fallbackId]).toEqual(['Kept', null])

  await other.load()
  await one.commit([{ kind: 'profile-removed', profileId: 'p1' }], [])
  await conflictOf(profile('p2'))
})

test('what two computers note about problems in the same moment is kept of both', async () => {
  const [one, other] = await computers(postgres(), 2)
  if (one === undefined || other === undefined) throw new Error()
  const keys = Array.from({ length: 10 }, (_, n) => `problem-${n}`)
  await Promise.all(
    keys.map((key, n) =>
      (n % 2 === 0 ? one : other).problemNotes.update((notes) => ({
        ...notes,
        snoozed: [...notes.snoozed, { key, until: NOW, level: 'warning', code: 'code', customers: 1 }],
      })),
    ),
  )
  const { snoozed } = await one.problemNotes.load()
  expect(snoozed.map(({ key }) => key).toSorted()).toEqual(keys)
})

test('that the other copy is stopped is known to all computers', async () => {
  const [one, other] = await computers(postgres(), 2)
  if (one === undefined || other === undefined) throw new Error()
  expect((await one.load()).otherCopyStoppedAt).toBeNull()
  await other.commit([{ kind: 'other-copy-stopped', at: NOW }], [])
  expect((await one.load()).otherCopyStoppedAt).toBe(NOW)
})
