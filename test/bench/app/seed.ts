// An Electron app that fills a vault with the fleet of a simulated Webex, under the same keyring as the real app, and ends.
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { app } from 'electron'
import { fingerprint } from '#base/node/fingerprint.ts'
import type { FleetChange, TokenPair } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { electronKeychain } from '#vault/crypto/electron-keychain.ts'
import { folderLock } from '#vault/db/folder-lock.ts'
import { openVault } from '#vault/opening.ts'
import { profileIdOf } from './profile-ids.ts'
import type { Seeds, SeedTokens } from './seeding.ts'

const DAY = 86_400_000
const seeds: Seeds = JSON.parse(readFileSync(process.env.SATM_BENCH_SEEDS ?? '', 'utf8'))
const now = Date.now()
/** ms */
const lifetime = seeds.accessTtl * 1000

app.whenReady().then(async () => {
  const opening = await openVault({
    folder: seeds.folder,
    lock: folderLock(seeds.folder),
    keychain: electronKeychain(),
    clock: { now: () => now },
    weakStorageConsent: 'given',
  })
  if (opening.kind !== 'open') throw new Error(opening.sentence)
  await opening.vault.commit(changes(), [])
  await opening.vault.cloud.record(seeds.baseUrl)
  opening.vault.close()
  app.exit(0)
})

function changes(): readonly FleetChange[] {
  const ofApps = seeds.serviceApps.flatMap(changesOfApp)
  return seeds.connected ? [managerSaved(seeds.integration), ...ofApps] : ofApps
}

function managerSaved(integration: Seeds['integration']): FleetChange {
  return {
    kind: 'manager-saved',
    manager: {
      kind: 'integration',
      id: randomUUID(),
      name: 'Token manager integration',
      isDefault: true,
      createdAt: now,
      clientId: integration.clientId,
      clientSecret: new Secret(integration.clientSecret),
      pair: pairOf(integration, 0, 14 * DAY),
    },
  }
}

function changesOfApp({ name, appId, clientId, clientSecret, orgs }: Seeds['serviceApps'][number]) {
  const dead = typeof seeds.dead === 'number' ? seeds.dead * orgs.length : (seeds.dead[name] ?? 0)
  const serviceApp = { id: randomUUID(), appId, clientId, clientSecret: new Secret(clientSecret) }
  return [
    { kind: 'service-app-saved', serviceApp } as const,
    ...orgs.map((org, index): FleetChange => {
      const profile = {
        id: profileIdOf(clientId, org.orgId),
        name: `${name} ${org.name}`,
        serviceAppId: serviceApp.id,
        targetOrgId: org.orgId,
        orgName: org.name,
        managerId: null,
        probe: { kind: 'data-sources' },
        paused: false,
        createdAt: now,
        // Up to four of their fourteen days old: nothing is due.
        pair: pairOf(org, ((index % 40) / 140) * lifetime, lifetime, index < dead),
      } as const
      return { kind: 'profile-saved', profile }
    }),
  ]
}

function pairOf(
  { accessToken, refreshToken }: SeedTokens,
  age: number,
  lifetime: number,
  dead = false,
): TokenPair {
  return {
    accessToken: new Secret(accessToken),
    fingerprint: fingerprint(accessToken),
    issuedAt: now - age,
    expiresAt: now - age + lifetime,
    origin: 'applications-api',
    refresh: {
      token: new Secret(refreshToken),
      issuedAt: now - age,
      expiresAt: now - age + 90 * DAY,
      firstLifetime: 90 * DAY,
      dead,
    },
  }
}
