// Moving many service apps into a shared vault and back, killed at many points.
import { test } from 'vitest'
import { appMovedThereAndBack } from '../support/moved-app.ts'
import { movedThereAndBack } from '../support/moved-vault.ts'
import { postgresOfFile } from '../support/shared-vault.ts'

const postgres = postgresOfFile()

test('500 profiles are moved there and back, killed at 100 points', { timeout: 1_800_000 }, async () => {
  await movedThereAndBack(postgres(), { profiles: 500, points: 50 })
})

test('500 profiles of an app are moved there and back, and both sides are killed at 100 points', {
  timeout: 1_800_000,
}, async () => {
  await appMovedThereAndBack(postgres(), { profiles: 500, kills: 25 })
})
