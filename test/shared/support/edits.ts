// Edits of one shared vault from several computers.
import { expect } from 'vitest'
import type { FleetChange } from '#engine/domain/model.ts'
import { EditConflict } from '#vault/shared/seen-records.ts'
import { openSharedVault, type SharedVault } from '#vault/shared/shared-vault.ts'
import { anAttempt, aPair, aProfile, aServiceApp, NOW } from '../../vault/support/builders.ts'
import type { Postgres } from './postgres.ts'
import { anIdentity, newSharedVault } from './shared-vault.ts'

const PROFILES = 20

/** The same vault, open on so many computers. */
export async function computers(postgres: Postgres, count: number): Promise<readonly SharedVault[]> {
  const { vault, database } = await newSharedVault(postgres)
  const all = [vault]
  while (all.length < count) {
    const identity = await anIdentity()
    const member = { name: `Member ${all.length}`, recipient: identity.recipient, addedBy: 'First' }
    await vault.addMember(member, NOW + all.length)
    all.push(await openSharedVault(database.connect(), identity))
  }
  return all
}

export async function outcome(commit: Promise<void>): Promise<'stored' | 'refused'> {
  try {
    await commit
    return 'stored'
  } catch (error) {
    if (error instanceof EditConflict) return 'refused'
    throw error
  }
}

/** Two computers change the same records at the same time, while a third renews and a fourth reads. */
export async function editedAgainstRenewals(postgres: Postgres, edits: number): Promise<void> {
  const [one, other, worker, reader] = await computers(postgres, 4)
  if (one === undefined || other === undefined || worker === undefined || reader === undefined)
    throw new Error()
  const ids = Array.from({ length: PROFILES }, (_, n) => `p${n}`)
  const first: FleetChange[] = ids.map((id) => ({
    kind: 'profile-saved',
    profile: aProfile(id, { pair: aPair(`${id}-0`) }),
  }))
  await one.commit([{ kind: 'service-app-saved', serviceApp: aServiceApp('sa') }, ...first], [])

  let isOver = false
  const newest = new Map(ids.map((id) => [id, 0]))
  const renewing = (async () => {
    for (let n = 0; !isOver; n++) {
      const id = ids[n % PROFILES] ?? ''
      const [follows, next] = [newest.get(id) ?? 0, (newest.get(id) ?? 0) + 1]
      const pair = aPair(`${id}-${next}`)
      const attemptId = `${id} ${next}`
      await worker.commit(
        [{ kind: 'profile-pair', profileId: id, pair, attemptId, follows: aPair(`${id}-${follows}`) }],
        [anAttempt(attemptId, { subject: { kind: 'profile', profileId: id } })],
      )
      newest.set(id, next)
    }
  })()
  const read = new Map<string, number>()
  const goneBack: string[] = []
  const reading = (async () => {
    while (!isOver) {
      for (const [id, { pair }] of (await reader.load()).fleet.profiles) {
        const generation = Number(pair?.accessToken?.reveal().split('-').at(-1))
        if (generation < (read.get(id) ?? 0)) goneBack.push(`${id}: ${read.get(id)} → ${generation}`)
        read.set(id, generation)
      }
    }
  })()

  const counts = { stored: 0, refused: 0 }
  for (let round = 0; counts.stored + counts.refused < edits; round++) {
    await Promise.all([one.load(), other.load()])
    await Promise.all(
      ids.map(async (id) => {
        // Each with a pair as it was long ago, which an edit must not bring back.
        const edit = (vault: SharedVault, name: string) =>
          outcome(
            vault.commit(
              [{ kind: 'profile-saved', profile: aProfile(id, { name, pair: aPair(`${id}-0`) }) }],
              [],
            ),
          )
        const outcomes = await Promise.all([edit(one, `one ${round}`), edit(other, `other ${round}`)])
        expect([...outcomes].sort()).toEqual(['refused', 'stored'])
        for (const each of outcomes) counts[each] += 1
      }),
    )
  }
  isOver = true
  await Promise.all([renewing, reading])
  const { fleet, unreadable } = await reader.load()
  const stored = ids.map((id) =>
    Number(fleet.profiles.get(id)?.pair?.accessToken?.reveal().split('-').at(-1)),
  )
  const renewals = stored.reduce((sum, one) => sum + one, 0)
  console.log(`${counts.stored} edits stored, ${counts.refused} refused, beside ${renewals} renewals`)
  expect(goneBack).toEqual([])
  expect(unreadable).toEqual([])
  expect(stored).toEqual(ids.map((id) => newest.get(id)))
  expect(renewals).toBeGreaterThan(0)
}
