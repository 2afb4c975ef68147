// The exchange of the data key of a large vault: how long it takes, and what a kill in the middle of it leaves.
import { expect, test } from 'vitest'
import { exchangedAndKilled } from '../support/killed-rekey.ts'
import { postgresOfFile } from '../support/shared-vault.ts'

const postgres = postgresOfFile()

test('the data key of 5 000 profiles is exchanged within 10 s, and 50 kills leave everything readable', {
  timeout: 1_800_000,
}, async () => {
  expect(await exchangedAndKilled(postgres(), { profiles: 5000, kills: 50 })).toBeLessThan(10_000)
})
