// An Electron app that fills a vault with the fleet of a simulated Webex, under the same keyring as the real app, and ends.
import { readFileSync } from 'node:fs'
import { app } from 'electron'
import { electronKeychain } from '#vault/crypto/electron-keychain.ts'
import { folderLock } from '#vault/db/folder-lock.ts'
import { openVault } from '#vault/opening.ts'
import { seedFleet } from './seed-fleet.ts'
import type { Seeds } from './seeding.ts'

const seeds: Seeds = JSON.parse(readFileSync(process.env.SATM_BENCH_SEEDS ?? '', 'utf8'))
const now = Date.now()

app.whenReady().then(async () => {
  const opening = await openVault({
    folder: seeds.folder,
    lock: folderLock(seeds.folder),
    keychain: electronKeychain(),
    clock: { now: () => now },
    weakStorageConsent: 'given',
  })
  if (opening.kind !== 'open') throw new Error(opening.sentence)
  await opening.vault.commit(seedFleet(seeds, now), [])
  await opening.vault.cloud.record(seeds.baseUrl)
  opening.vault.close()
  app.exit(0)
})
