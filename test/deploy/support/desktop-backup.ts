// A backup as a desktop writes it of the fleet of a simulated Webex: with tokens, and with what they are delivered to.
import type { DeliverySpec } from '#engine/domain/delivery-spec.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { Simulator } from '#simulator/index.ts'
import { fleetOf } from '#vault/backup/backup-content.ts'
import { writeBackupFile } from '#vault/backup/backup-file.ts'
import { cloudLine, fleetLines, targetLine } from '#vault/backup/backup-records.ts'
import { SCRYPT_COST } from '#vault/crypto/passphrase.ts'
import { seedFleet } from '../../bench/app/seed-fleet.ts'

export interface Desktop {
  readonly passphrase: string
  /** The share of its lifetime that each token has behind it. */
  readonly age: number
  /** Of the first service app. */
  readonly deliveries: readonly DeliverySpec[]
}

/** Returns the names of its service apps. */
export async function writeDesktopBackup(
  file: string,
  { baseUrl, integration, serviceApps }: Simulator,
  { passphrase, age, deliveries }: Desktop,
): Promise<readonly string[]> {
  const now = Date.now()
  const seeds = { accessTtl: 1_209_600, integration, serviceApps, dead: 0, connected: true }
  const fleet = fleetOf(seedFleet(seeds, now, () => age))
  const profiles = [...fleet.profiles.values()]
  const [first] = profiles
  if (first === undefined) throw new Error('The simulator has no service app.')
  async function* lines() {
    yield cloudLine(baseUrl)
    yield* fleetLines(fleet)
    for (const [index, spec] of deliveries.entries())
      yield targetLine({ id: `delivery-${index}`, profileId: first?.id ?? '', spec, createdAt: now })
  }
  await writeBackupFile(file, lines(), { passphrase: new Secret(passphrase), cost: SCRYPT_COST, now })
  return profiles.map(({ name }) => name)
}
