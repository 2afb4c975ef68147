// A program: opens a vault and refreshes all its profiles against Webex, over and over, until it is killed.
// It says `announced <profile> <fingerprint>` when the app would, which is after the vault has stored.
import { randomUUID } from 'node:crypto'
import { writeSync } from 'node:fs'
import { systemClock } from '#desktop/system/system-clock.ts'
import { defaultSettings } from '#engine/domain/policy.ts'
import { createEngine } from '#engine/renewal-engine.ts'
import { folderLock } from '#vault/db/folder-lock.ts'
import { openVault } from '#vault/opening.ts'
import { createWebex } from '#webex/client.ts'
import { publishedKeychain } from './published-keychain.ts'

const [folder = '', baseUrl = ''] = process.argv.slice(2)
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
const { fleet, lastAttempts } = await vault.load()
const engine = createEngine({
  clock,
  random: Math.random,
  webex: createWebex({
    baseUrl: () => baseUrl,
    fetch,
    clock,
    userAgent: 'refresh-loop',
    newTrackingId: () => randomUUID(),
  }),
  vault,
  settings: { ...defaultSettings, requestsPerSecond: null },
  fleet,
  lastAttempts,
  newId: () => randomUUID(),
})
engine.subscribe((event) => {
  if (event.kind !== 'attempt' || event.attempt.subject.kind !== 'profile') return
  const { subject, outcome, after } = event.attempt
  const unsaved = engine.view().profiles.find(({ id }) => id === subject.profileId)?.unsaved
  if (outcome === 'renewed' && unsaved === false) say(`announced ${subject.profileId} ${after}`)
})
engine.start()
say('looping')
await Promise.all([...fleet.profiles.keys()].map(refreshForEver))

async function refreshForEver(profileId: string): Promise<never> {
  for (;;) await engine.refresh(profileId, 'manual')
}

/** Written when it returns: a killed process says nothing more. */
function say(line: string): void {
  writeSync(1, `${line}\n`)
}
