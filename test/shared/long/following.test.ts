// A computer that follows 5 000 profiles while another one renews four times a second: what it costs, and that nothing is kept.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { systemClock } from '#desktop/system/system-clock.ts'
import type { FleetChange } from '#engine/domain/model.ts'
import { defaultSettings } from '#engine/domain/policy.ts'
import { changesBetween } from '#engine/renewal/stored-changes.ts'
import { createEngine } from '#engine/renewal-engine.ts'
import { storedStateOf } from '#vault/shared/following.ts'
import { joinedVault } from '#vault/shared/joined-vault.ts'
import { PROTOCOL_TIMES } from '#vault/shared/leadership.ts'
import { FakeClock } from '../../engine/support/fake-clock.ts'
import { FakeCloud } from '../../engine/support/fake-cloud.ts'
import { anAttempt, aPair, aProfile, aServiceApp, temporaryFolder } from '../../vault/support/builders.ts'
import { CHEAP_SCRYPT, opened } from '../../vault/support/opened.ts'
import { postgresOfFile } from '../support/shared-vault.ts'
import { CLOUD, computersOfOneVault } from '../support/sharing-computers.ts'

const PROFILES = 5000
const BURST = 120
/** ms between two renewals; null: none. */
const PACE = process.env.PACE === undefined ? null : Number(process.env.PACE)

const postgres = postgresOfFile()

test('5 000 profiles are followed through a burst of renewals', async () => {
  const one = await computersOfOneVault(postgres())
  const ids = Array.from({ length: PROFILES }, (_, n) => `p${n}`)
  const added = ids.map(
    (id): FleetChange => ({ kind: 'profile-saved', profile: aProfile(id, { pair: aPair(id) }) }),
  )
  await one.vault.commit([{ kind: 'service-app-saved', serviceApp: aServiceApp('sa') }, ...added], [])
  const local = await opened(temporaryFolder())
  const clock = systemClock()
  const vault = joinedVault(local, {
    connect: () => one.database.connect(),
    identity: await one.member(),
    node: 'follower',
    folder: temporaryFolder(),
    clock,
    random: Math.random,
    times: PROTOCOL_TIMES,
    patience: null,
    baseUrl: () => CLOUD,
    changed: () => undefined,
    scryptCost: CHEAP_SCRYPT,
    changesBetween,
  })
  const { sharing } = vault
  if (sharing === null) throw new Error('it takes part in a shared vault')
  const { fleet, lastAttempts, drills } = await vault.load()
  const cloud = new FakeCloud(new FakeClock())
  const engine = createEngine({
    clock,
    random: Math.random,
    webex: cloud,
    vault,
    elsewhere: sharing,
    settings: defaultSettings,
    fleet,
    lastAttempts,
    drills,
    newId: () => 'none',
  })
  engine.start()
  const took: number[] = []
  sharing.attach({
    follow: async (load) => {
      const began = performance.now()
      const changes = await engine.follow(load)
      took.push(performance.now() - began)
      return changes
    },
    renewHere: engine.renewHere,
    cancel: engine.cancelRequested,
    attempt: () => Promise.reject(new Error('it renews nothing')),
    followed: () => undefined,
  })
  await expect.poll(() => engine.fleet().profiles.size, { timeout: 60_000 }).toBe(PROFILES)
  await expect.poll(() => sharing.status.agreedAt, { timeout: 60_000 }).not.toBeNull()

  let renewals = 0
  const renew = async (count: number) => {
    const changes: FleetChange[] = []
    const attempts = Array.from({ length: count }, () => {
      const profileId = ids[renewals % PROFILES] ?? ''
      renewals += 1
      changes.push({ kind: 'profile-pair', profileId, pair: aPair(`new-${renewals}`) })
      return anAttempt(`a${renewals}`, { subject: { kind: 'profile', profileId } })
    })
    await one.vault.commit(changes, attempts)
  }
  const isFollowed = () =>
    expect
      .poll(() => tokenOf(ids[(renewals - 1) % PROFILES] ?? ''), { timeout: 60_000 })
      .toBe(`canary-access-new-${renewals}`)
  const tokenOf = (id: string) => engine.fleet().profiles.get(id)?.pair?.accessToken?.reveal()

  const [began, used, reads] = [performance.now(), process.cpuUsage(), took.length]
  for (let n = 0; n < BURST; n++) {
    await renew(1)
    if (PACE !== null) await new Promise((resolve) => clock.after(PACE, () => resolve(null)))
  }
  await isFollowed()
  const { user, system } = process.cpuUsage(used)
  const [seconds, burst] = [(performance.now() - began) / 1000, took.slice(reads)]
  const mean = burst.reduce((sum, ms) => sum + ms, 0) / burst.length
  console.log(
    `${PROFILES} profiles: the first reading ${Math.round(took[0] ?? 0)} ms, each later one ${Math.round(mean)} ms; ` +
      `${burst.length} readings in ${Math.round(seconds)} s of ${BURST} renewals, ` +
      `${Math.round((user + system) / 10_000 / seconds)} % of a core with the one that renews`,
  )

  const heap: number[] = []
  while (renewals < BURST + 2 * PROFILES) {
    await renew(PROFILES / 10)
    // Without the pauses between two readings.
    await engine.follow(async () => storedStateOf(await one.vault.load()))
    heap.push(heapUsed())
  }
  console.log(`heap, MiB, while ${2 * PROFILES} renewals are followed: ${heap.join(' ')}`)
  expect(cloud.seen.filter(({ endpoint }) => endpoint !== 'presence')).toEqual([])
  await engine.stop()
  await vault.close()
}, 400_000)

/** MiB, of what is still in use. */
function heapUsed(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return Math.round(process.memoryUsage().heapUsed / 2 ** 20)
}
