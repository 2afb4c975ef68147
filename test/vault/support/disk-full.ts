// A program for a small disk of its own: the disk fills up while a rotated token is on its way. Prints what it saw as
// one line of JSON.
import { randomUUID } from 'node:crypto'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { systemClock, systemDelay } from '#desktop/system/system-clock.ts'
import { defaultSettings } from '#engine/domain/policy.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'
import { createEngine } from '#engine/renewal-engine.ts'
import { Connection } from '#vault/db/connection.ts'
import { folderLock } from '#vault/db/folder-lock.ts'
import { openVault } from '#vault/opening.ts'
import { createWebex } from '#webex/client.ts'
import { aPair, aProfile, aServiceApp } from './builders.ts'
import { publishedKeychain } from './published-keychain.ts'

const [folder = '', baseUrl = '', app = '{}'] = process.argv.slice(2)
const { appId, clientId, clientSecret, orgId, refreshToken } = JSON.parse(app)
const filler = join(folder, 'filler')
const clock = systemClock()
const lock = folderLock(folder)

const opening = await openVault({
  folder,
  lock,
  keychain: publishedKeychain(),
  clock,
  weakStorageConsent: 'ask',
})
if (opening.kind !== 'open') throw new Error(`${opening.kind}: ${opening.sentence}`)
const { vault } = opening
const old = aPair('old', { issuedAt: clock.now(), expiresAt: clock.now() + 86_400_000 })
if (old.refresh === null) throw new Error('a pair has a refresh token')
const pair = { ...old, refresh: { ...old.refresh, token: new Secret(refreshToken) } }
await vault.commit(
  [
    {
      kind: 'service-app-saved',
      serviceApp: { ...aServiceApp('sa'), appId, clientId, clientSecret: new Secret(clientSecret) },
    },
    { kind: 'profile-saved', profile: aProfile('p', { targetOrgId: orgId, pair }) },
  ],
  [],
)

let fillsUp = true
const { fleet, lastAttempts } = await vault.load()
const engine = createEngine({
  clock,
  random: Math.random,
  webex: createWebex({
    baseUrl: () => baseUrl,
    fetch: async (url, init) => {
      const response = await fetch(url, init)
      if (fillsUp && url.endsWith('/access_token')) fillDisk()
      return response
    },
    clock,
    userAgent: 'disk-full',
    newTrackingId: () => randomUUID(),
  }),
  vault,
  settings: { ...defaultSettings, requestsPerSecond: null },
  fleet,
  lastAttempts,
  newId: () => randomUUID(),
})
engine.start()

await engine.refresh('p', 'manual')
const whileFull = { ...inMemory(), onDisk: onDisk() }
await engine.refresh('p', 'manual')
const triedAgain = { ...inMemory(), onDisk: onDisk() }
const change = await outcomeOf(
  engine.apply([{ kind: 'profile-saved', profile: aProfile('p', { name: 'Edited' }) }]),
)

fillsUp = false
rmSync(filler)
while (engine.hasUnsaved()) await systemDelay(50)
const withRoom = { ...inMemory(), onDisk: onDisk() }
await engine.refresh('p', 'manual')
const afterwards = { ...inMemory(), onDisk: onDisk() }
await engine.stop()
const history = (await vault.history({ limit: 10, outcome: 'renewed' })).attempts.map(({ after }) => after)
const damage = await vault.damage()
vault.close()

fillDisk()
const reopening = await openVault({
  folder,
  lock,
  keychain: publishedKeychain(),
  clock,
  weakStorageConsent: 'ask',
})
const openedFull = reopening.kind === 'open' ? await outcomeOf(reopening.vault.prove()) : reopening.kind
console.log(
  JSON.stringify({
    old: old.fingerprint,
    whileFull,
    triedAgain,
    change,
    withRoom,
    afterwards,
    history,
    damage,
    openedFull,
  }),
)
process.exit(0)

function inMemory() {
  const profile = engine.view().profiles.find(({ id }) => id === 'p')
  return { fingerprint: profile?.accessToken?.fingerprint, unsaved: profile?.unsaved, name: profile?.name }
}

/** By another connection, as the next start would find it. */
function onDisk() {
  const db = new Connection(join(folder, 'vault.db'))
  const row = db.get(`SELECT fingerprint FROM token_pairs WHERE owner_id = 'p' AND slot = 'current'`)
  db.close()
  return row?.fingerprint
}

async function outcomeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'done'
  } catch (error) {
    return error instanceof StoreFailure ? error.reason : String(error)
  }
}

/** To the last byte. */
function fillDisk(): void {
  const file = openSync(filler, 'a')
  for (let size = 64 * 1024; size >= 1; size = Math.floor(size / 2)) {
    try {
      for (;;) writeSync(file, Buffer.alloc(size))
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
    }
  }
  closeSync(file)
}
