import { expect, test } from 'vitest'
import { FleetSummary } from '#desktop/tray/fleet-summary.ts'
import type { ProfileState, ProfileView } from '#engine/domain/view-model.ts'
import { seeded } from '../engine/support/fake-clock.ts'

const STATES: readonly ProfileState[] = [
  'healthy',
  'refreshing',
  'retrying',
  'needs-attention',
  'expired',
  'paused',
  'not-yet-issued',
]

test('a summary that is kept up to date equals one made anew, whatever changes', () => {
  const random = seeded(7)
  const upTo = (most: number) => Math.floor(random() * most)
  let serial = 0
  /** Few names and times, so that many are equal. */
  const profile = (id = `p${serial++}`) =>
    ({
      id,
      name: `Profile ${upTo(4)}`,
      targetOrgId: `org-${upTo(200)}`,
      state: STATES[upTo(STATES.length)],
      accessToken: random() < 0.2 ? null : { expiresAt: random() < 0.2 ? null : upTo(5) },
    }) as ProfileView
  let profiles: readonly ProfileView[] = Array.from({ length: 300 }, () => profile())
  const kept = new FleetSummary()
  for (let step = 0; step < 300; step += 1) {
    const changing = new Set(Array.from({ length: upTo(step % 10 === 0 ? 200 : 4) }, () => upTo(300)))
    profiles = profiles.map((one, place) => (changing.has(place) ? profile(one.id) : one))
    if (step % 7 === 0) profiles = [...profiles, profile()]
    if (step % 11 === 0) profiles = profiles.toSpliced(upTo(profiles.length), 1)
    kept.update(profiles)
    const anew = new FleetSummary()
    anew.update(profiles)
    expect(kept.counts).toEqual(anew.counts)
    expect(kept.customers).toBe(new Set(profiles.map(({ targetOrgId }) => targetOrgId)).size)
    expect(kept.mostUrgent(1000)).toEqual(anew.mostUrgent(1000))
  }
})
