// What befalls a fleet before its pictures are taken.
import type { Page } from 'playwright'
import { newIdentity, recipientOf } from '#vault/shared/members.ts'
import type { Seeded } from '../bench/app/seeding.ts'
import { ask } from '../e2e/support/ask.ts'
import { type Postgres, startPostgres } from '../shared/support/postgres.ts'

const LONG = `Übersicht über Kundenkontaktzentren 📞 ${'und Warteschlangen '.repeat(5)}`.slice(0, 120)
const RIGHT_TO_LEFT = 'لوحة معلومات مركز الاتصال للعملاء الدوليين'

/** 120 characters, emoji, right to left, and no blank anywhere. */
export async function longNames(page: Page): Promise<void> {
  const { fleet } = await ask(page, 'view.get', {})
  const names = [LONG, RIGHT_TO_LEFT, 'x'.repeat(120)]
  for (const [index, profile] of fleet.profiles.entries()) {
    await ask(page, 'service-app.edit', {
      profileId: profile.id,
      name: names[index] ?? profile.name,
      appId: profile.appId,
      clientId: profile.clientId,
      targetOrgId: profile.targetOrgId,
      orgName:
        index === 1 ? 'شركة' : 'The Very Long Company Name of Somebody Incorporated and Sons, Limited (EMEA)',
      probe: profile.probe,
      clientSecret: null,
      refreshToken: null,
    })
  }
}

/** Dead refresh tokens, an org that said no, the limit of live tokens, and something paused. */
export async function bringTrouble(page: Page, { simulator }: Seeded): Promise<void> {
  const [first, second, third] = simulator.serviceApps
  if (first === undefined || second === undefined || third === undefined)
    throw new Error('The fleet is too small.')
  const { fleet } = await ask(page, 'view.get', {})
  const of = (app: typeof first, org: number) =>
    fleet.profiles.find(
      ({ appId, targetOrgId }) => appId === app.appId && targetOrgId === app.orgs[org]?.orgId,
    )
  for (const org of [0, 1, 2]) {
    simulator.control.killRefreshToken(first.appId, first.orgs[org]?.orgId ?? '')
    simulator.control.deauthoriseOrg(first.orgs[org]?.orgId ?? '', first.appId)
  }
  simulator.control.killRefreshToken(second.appId, second.orgs[0]?.orgId ?? '')
  simulator.control.fault({
    kind: 'status',
    endpoint: 'tier1',
    client: second.name,
    orgId: second.orgs[1]?.orgId ?? '',
    times: 'until cleared',
    status: 400,
    shape: 'oauth',
    error: 'tokenlimit_reached',
  })
  const paused = of(third, 0)
  if (paused !== undefined) await ask(page, 'profile.pause', { profileId: paused.id, paused: true })
  for (const one of [of(first, 0), of(first, 1), of(first, 2), of(second, 0), of(second, 1)]) {
    if (one !== undefined) await ask(page, 'profile.refresh', { profileId: one.id })
  }
}

/** Its service apps are in a shared vault, which it renews. What it resolves with ends the database. */
export async function shareVault(page: Page): Promise<() => Promise<void>> {
  const postgres = await sharedOver(page)
  return postgres.remove
}

/** And its database is away. */
export async function shareVaultAndLoseIt(page: Page): Promise<() => Promise<void>> {
  const postgres = await sharedOver(page)
  await postgres.stop()
  await page.getByText(/^Offline/).waitFor()
  return postgres.remove
}

async function sharedOver(page: Page): Promise<Postgres> {
  const postgres = await startPostgres()
  const { host, port, user, database } = postgres.connection
  const url = `postgresql://${user}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`
  const { fleet } = await ask(page, 'view.get', {})
  for (const { id } of fleet.profiles) await ask(page, 'profile.refresh', { profileId: id })
  await ask(page, 'shared-vault.make', { database: url, name: 'Ada’s laptop' })
  // Of another computer, which has not joined yet.
  const recipient = await recipientOf(await newIdentity())
  await ask(page, 'shared-vault.add-member', { name: 'server 1', recipient })
  const made = "UPDATE attempts SET node = 'server-1 (a1f0)'"
  await postgres.program('psql', ['-d', database, '-c', made])
  return postgres
}
