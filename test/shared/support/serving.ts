// Servers that take part in one shared vault: each with its own folder and member, all with one PostgreSQL and one simulated Webex.
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { createSharedVaults, type SharedVaults } from '#application/shared-vault.ts'
import type { Simulator } from '#simulator/index.ts'
import { identityFile } from '#vault/shared/identity-file.ts'
import { openSharedVault } from '#vault/shared/shared-vault.ts'
import { type FleetSeeds, seedFleet } from '../../bench/app/seed-fleet.ts'
import { aPlace, aServer, type Place, type Server } from '../../server/support/running-server.ts'
import { CHEAP_SCRYPT } from '../../vault/support/opened.ts'
import type { Postgres } from './postgres.ts'
import { newDatabase, type OwnDatabase } from './shared-vault.ts'

export interface SharedFleet {
  readonly database: OwnDatabase
  /** In the order in which they joined; the first made the vault. */
  member(name: string): Promise<Member>
  /** Has an identity, and nobody has added it. */
  newcomer(): Promise<Member & { readonly recipient: string }>
}

export interface Member {
  readonly place: Place
  readonly vaults: SharedVaults
  readonly databaseFile: string
  readonly identityFile: string
  serve(args?: readonly string[]): Promise<Server>
}

/** Seconds: 14 days. */
const LIFETIME = 1_209_600

/** A shared vault with the service apps of a simulated Webex; all tokens have expired unless `ageOf` says otherwise. */
export async function sharedFleet(
  postgres: Postgres,
  { serviceApps, integration, baseUrl }: Pick<Simulator, 'serviceApps' | 'integration' | 'baseUrl'>,
  { ageOf = () => 1.001 }: { readonly ageOf?: Parameters<typeof seedFleet>[2] } = {},
): Promise<SharedFleet> {
  const database = await newDatabase(postgres)
  const { host, port, user } = postgres.connection
  const url = `postgresql://${user}@localhost:${port}/${database.name}?host=${encodeURIComponent(host)}`
  let first: Member | null = null

  const newMember = (): Member => {
    const place = aPlace({ SATM_WEBEX_BASE_URL: baseUrl })
    const file = (name: string) => path.join(path.dirname(place.folder), name)
    const [databaseFile, identity] = [file('database'), file('identity')]
    writeFileSync(databaseFile, `${url}\n`, { mode: 0o600 })
    const files = ['--database-file', databaseFile, '--identity-file', identity]
    return {
      place,
      databaseFile,
      identityFile: identity,
      vaults: createSharedVaults({
        connect: database.connect,
        identity: identityFile(identity, `${identity}.known`),
        now: Date.now,
        scryptCost: CHEAP_SCRYPT,
      }),
      serve: (args = []) => aServer(place, [...files, ...args]),
    }
  }

  return {
    database,
    async member(name) {
      const member = newMember()
      if (first === null) {
        first = member
        await member.vaults.create(name)
        const seeds: FleetSeeds = { accessTtl: LIFETIME, integration, serviceApps, dead: 0, connected: true }
        const own = identityFile(member.identityFile, `${member.identityFile}.known`)
        const vault = await openSharedVault(database.connect(), own)
        await vault.commit(seedFleet(seeds, Date.now(), ageOf), [])
        await vault.cloud.record(baseUrl)
        return member
      }
      const { recipient } = await member.vaults.join()
      await first.vaults.addMember(name, recipient)
      return member
    },
    async newcomer() {
      const member = newMember()
      const { recipient } = await member.vaults.join()
      return { ...member, recipient }
    },
  }
}
