// The exchange of the data key, of a small vault; that of a large one is in `long/`.
import { expect, test } from 'vitest'
import { exchangedAndKilled } from './support/killed-rekey.ts'
import { postgresOfFile } from './support/shared-vault.ts'

const postgres = postgresOfFile()

test('an exchange of the data key that is killed leaves everything readable', async () => {
  expect(await exchangedAndKilled(postgres(), { profiles: 100, kills: 3 })).toBeLessThan(10_000)
})
