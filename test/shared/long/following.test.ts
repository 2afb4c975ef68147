// A computer that follows 5 000 profiles while another one renews four times a second: what it costs, and that nothing is kept.
import { expect, test } from 'vitest'
import { systemClock } from '#desktop/system/system-clock.ts'
import type { FleetChange } from '#engine/domain/model.ts'
import { defaultSettings } from '#engine/domain/policy.ts'
import { createEngine } from '#engine/renewal-engine.ts'
import { joinedVault } from '#vault/shared/joined-vault.ts'
import { PROTOCOL_TIMES } from '#vault/shared/leadership.ts'
import { FakeClock } from '../../engine/support/fake-clock.ts'
import { FakeCloud } from '../../engine/support/fake-cloud.ts'
import { anAttempt, aPair, aProfile, aServiceApp, temporaryFolder } from '../../vault/support/builders.ts'
import { CHEAP_SCRYPT, opened } from '../../vault/support/opened.ts'
import { postgresOfFile } from '../support/shared-vault.ts'
import { CLOUD, computersOfOneVault } from '../support/sharing-computers.ts'

const PROFILES = 5000
const RENEWALS = 400
const A_SECOND = 4

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
  let follows = 0
  sharing.attach({
    follow: async (load) => {
      const began = performance.now()
      const changes = await engine.follow(load)
      took.push(performance.now() - began)
      follows += 1
      return changes
    },
    renewHere: engine.renewHere,
    attempt: () => Promise.reject(new Error('it renews nothing')),
    followed: () => undefined,
  })
  await expect.poll(() => engine.fleet().profiles.size, { timeout: 60_000 }).toBe(PROFILES)
  await expect.poll(() => sharing.status.agreedAt, { timeout: 60_000 }).not.toBeNull()
  const first = took[0] ?? 0

  const burst = async (from: number) => {
    const [began, used] = [performance.now(), process.cpuUsage()]
    for (let n = from; n < from + RENEWALS; n++) {
      const id = ids[n % PROFILES] ?? ''
      const attempt = anAttempt(`a${n}`, { subject: { kind: 'profile', profileId: id } })
      await one.vault.commit([{ kind: 'profile-pair', profileId: id, pair: aPair(`new-${n}`) }], [attempt])
      const wait = began + ((n - from + 1) * 1000) / A_SECOND - performance.now()
      if (wait > 0) await new Promise((resolve) => clock.after(wait, () => resolve(null)))
    }
    const { user, system } = process.cpuUsage(used)
    return { share: (user + system) / 1000 / (performance.now() - began) }
  }
  const memory = () => {
    globalThis.gc?.()
    return process.memoryUsage().heapUsed / 2 ** 20
  }
  const before = memory()
  const { share } = await burst(0)
  const readsIn = follows
  await expect
    .poll(
      () =>
        engine
          .fleet()
          .profiles.get(`p${RENEWALS - 1}`)
          ?.pair?.accessToken?.reveal(),
      { timeout: 60_000 },
    )
    .toBe(`canary-access-new-${RENEWALS - 1}`)
  const steady = took.slice(1)
  const mean = steady.reduce((sum, ms) => sum + ms, 0) / steady.length
  console.log(
    `${PROFILES} profiles: the first reading ${Math.round(first)} ms, each later one ${Math.round(mean)} ms; ` +
      `${readsIn} readings in ${RENEWALS / A_SECOND} s, ${Math.round(share * 100)} % of a core with the renewing one; ` +
      `heap ${Math.round(before)} → ${Math.round(memory())} MiB`,
  )
  expect(cloud.seen.filter(({ endpoint }) => endpoint !== 'presence')).toEqual([])
  await engine.stop()
  await vault.close()
}, 400_000)
