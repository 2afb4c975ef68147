// Given membership: what this computer takes part in a shared vault with, from the files that it was started with.
import { hostname } from 'node:os'
import type { Joining } from '#application/joining.ts'
import { WrongOptions } from '#daemon/serve-options.ts'
import type { Instant } from '#engine/domain/model.ts'
import { identityFile as identityIn } from '#vault/shared/identity-file.ts'
import { readDatabaseFile } from './database-file.ts'

export interface MembershipFiles {
  readonly databaseFile: string
  readonly identityFile: string
}

/** Rejects with `WrongOptions`: what is wrong and what to do, without anything of their content. */
export async function givenMembership(files: MembershipFiles, now: Instant): Promise<Joining> {
  const { databaseFile, identityFile } = files
  const { url: database } = readDatabaseFile(databaseFile)
  const identity = await identityIn(identityFile, `${identityFile}.known`)
    .load()
    .catch((error: unknown) => {
      throw new WrongOptions(error instanceof Error ? error.message : String(error))
    })
  if (identity === null) {
    throw new WrongOptions(
      `There is no identity file ${identityFile}. Make it, and show its public key: satm vault join --database-file ${databaseFile} --identity-file ${identityFile}`,
    )
  }
  return { database, identity, host: hostname(), mayLead: true, now }
}
