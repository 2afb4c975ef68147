// Database file: the connection string of a shared vault's database, from a file that nobody else can read.
import type pg from 'pg'
import { WrongOptions } from '#daemon/serve-options.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'
import { readOwnFile } from '#vault/shared/identity-file.ts'
import { postgresSettings } from '#vault/shared/postgres-settings.ts'

/** Throws `WrongOptions` with what is wrong and what to do; nothing of the content is in it. */
export function readDatabaseFile(file: string): { readonly url: Secret; readonly settings: pg.ClientConfig } {
  const text = contentOf(file)
  if (text === null) {
    throw new WrongOptions(
      `There is no file ${file}. Write the connection string of the database into it, postgresql://USER:PASSWORD@HOST/DATABASE, and run "chmod 0600" on it.`,
    )
  }
  const reading = postgresSettings(text)
  if (reading.kind === 'refused') throw new WrongOptions(`${file}: ${reading.sentence}`)
  return { url: new Secret(text.trim()), settings: reading.settings }
}

function contentOf(file: string): string | null {
  try {
    return readOwnFile(file)
  } catch (error) {
    if (error instanceof StoreFailure) throw new WrongOptions(error.message)
    throw error
  }
}
