// The vault of a server: opened by its passphrase, with the fleet of a simulated Webex.
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { DeliverySpec } from '#engine/domain/delivery-spec.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { Simulator } from '#simulator/index.ts'
import { absentKeychain } from '#vault/crypto/absent-keychain.ts'
import type { ScryptCost } from '#vault/crypto/passphrase.ts'
import { folderLock } from '#vault/db/folder-lock.ts'
import { type OpenVault, openVault } from '#vault/opening.ts'
import { seedFleet } from '../../bench/app/seed-fleet.ts'
import { fakeKeychain } from '../../vault/support/fake-keychain.ts'
import { CHEAP_SCRYPT } from '../../vault/support/opened.ts'

export const PASSPHRASE = 'canary-passphrase of the server'

interface Folder {
  /** The data folder. */
  readonly folder: string
}

/** To be closed. A new one, or as it is there. */
export async function openedVault(
  { folder }: Folder,
  {
    sealing = 'by a passphrase',
    scryptCost = CHEAP_SCRYPT,
  }: {
    readonly sealing?: 'by a passphrase' | 'by a keychain'
    readonly scryptCost?: ScryptCost
  } = {},
): Promise<OpenVault> {
  const vaultFolder = path.join(folder, 'vault')
  mkdirSync(vaultFolder, { recursive: true, mode: 0o700 })
  const lock = folderLock(vaultFolder)
  const opening = await openVault({
    folder: vaultFolder,
    lock,
    keychain: sealing === 'by a passphrase' ? absentKeychain : fakeKeychain(),
    clock: { now: Date.now },
    weakStorageConsent: 'ask',
    scryptCost,
    ...(sealing === 'by a passphrase' ? { passphrase: new Secret(PASSPHRASE) } : {}),
  })
  if (opening.kind !== 'open') throw new Error(opening.sentence)
  const close = async () => {
    await opening.vault.close()
    lock.release()
  }
  return { ...opening.vault, close }
}

/** Seconds: 14 days. */
const LIFETIME = 1_209_600

/** As the app would have left it. */
export async function fillVault(
  place: Folder,
  { serviceApps, integration, baseUrl }: Pick<Simulator, 'serviceApps' | 'integration' | 'baseUrl'>,
  more: {
    /** Of an app's nth org: the share of its lifetime that its token has behind it. Missing: all have expired. */
    readonly ageOf?: (nth: number) => number
    /** Whether there is a token manager. Missing: there is. */
    readonly connected?: boolean
    readonly targets?: () => readonly DeliverySpec[]
    readonly filled?: (vault: OpenVault) => Promise<void>
  } = {},
): Promise<void> {
  const { ageOf = () => 1.001, connected = true, targets = () => [], filled = async () => undefined } = more
  const now = Date.now()
  const vault = await openedVault(place)
  const seeds = { accessTtl: LIFETIME, integration, serviceApps, dead: 0, connected }
  const changes = seedFleet(seeds, now, ageOf)
  await vault.commit(changes, [])
  await vault.cloud.record(baseUrl)
  for (const change of changes) {
    if (change.kind !== 'profile-saved') continue
    const { id: profileId } = change.profile
    for (const [index, spec] of targets().entries())
      await vault.deliveries.save({ id: `target-${index}-${profileId}`, profileId, spec, createdAt: now })
  }
  await filled(vault)
  vault.close()
}
