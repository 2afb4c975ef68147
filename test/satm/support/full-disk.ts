// A program for a small disk of its own: satm asks for a refresh while the disk is full, and again when there is room.
// Prints what came of it as one line of JSON.
import { randomUUID } from 'node:crypto'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createSatm } from '#application/satm-access.ts'
import { readUnreadable } from '#application/unreadable-records.ts'
import { systemClock, systemDelay } from '#desktop/system/system-clock.ts'
import { defaultSettings } from '#engine/domain/policy.ts'
import { Secret } from '#engine/domain/secret.ts'
import { createEngine } from '#engine/renewal-engine.ts'
import { runSatm } from '#satm/client/satm.ts'
import { folderLock } from '#vault/db/folder-lock.ts'
import { openVault } from '#vault/opening.ts'
import { createWebex } from '#webex/client.ts'
import { aPair, aProfile, aServiceApp } from '../../vault/support/builders.ts'
import { publishedKeychain } from '../../vault/support/published-keychain.ts'

const [folder = '', baseUrl = '', app = '{}'] = process.argv.slice(2)
const { appId, clientId, clientSecret, orgs } = JSON.parse(app)
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
await vault.commit(
  [
    {
      kind: 'service-app-saved',
      serviceApp: { ...aServiceApp('sa'), appId, clientId, clientSecret: new Secret(clientSecret) },
    },
    ...orgs.map(({ orgId, refreshToken }: { orgId: string; refreshToken: string }, index: number) => {
      const old = aPair(`old-${index}`, { issuedAt: clock.now(), expiresAt: clock.now() + 86_400_000 })
      if (old.refresh === null) throw new Error('a pair has a refresh token')
      const pair = { ...old, refresh: { ...old.refresh, token: new Secret(refreshToken) } }
      return { kind: 'profile-saved', profile: aProfile(`p${index}`, { targetOrgId: orgId, pair }) }
    }),
  ],
  [],
)
const { fleet, lastAttempts } = await vault.load()
const engine = createEngine({
  clock,
  random: Math.random,
  webex: createWebex({
    baseUrl: () => baseUrl,
    fetch: (url, init) => fetch(url, init),
    clock,
    userAgent: 'full-disk',
    newTrackingId: () => randomUUID(),
  }),
  vault,
  settings: defaultSettings,
  fleet,
  lastAttempts,
  newId: () => randomUUID(),
})
engine.start()
const commandLine = createSatm({
  instance: { dataFolder: folder, version: '1.2.3', appPath: folder, packaged: false, kind: 'demo' },
  supervisor: {
    current: () => ({ engine, unreadable: readUnreadable([], fleet) }),
    held: () => null,
  } as never,
  vaultAccess: { vault: () => vault, view: () => ({ kind: 'open', sentence: '' }) } as never,
  dataSources: {} as never,
  clock,
  delay: systemDelay,
  commands: {} as never,
  failed: (error) => console.error(error),
  changed: () => undefined,
})
await commandLine.start(Promise.resolve())

fillDisk()
const full = await refreshAll()
rmSync(filler)
const withRoom = await refreshAll()
await commandLine.close()
await engine.stop()
vault.close()
console.log(JSON.stringify({ full, withRoom }))
process.exit(0)

async function refreshAll() {
  const said = { out: '', err: '' }
  const began = clock.monotonic()
  const code = await runSatm(['refresh', '--all', '--timeout', '20s'], {
    env: { SATM_DATA_FOLDER: folder },
    version: '1.2.3',
    style: { terminal: false, colors: false },
    atKeyboard: () => false,
    out(text) {
      said.out += text
    },
    complain(line) {
      said.err += line
    },
    progress: () => undefined,
    input: async () => {
      throw new Error('asks nothing')
    },
  })
  return { code, ...said, took: clock.monotonic() - began }
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
