// Many edits from several computers while tokens are renewed.
import { test } from 'vitest'
import { editedAgainstRenewals } from '../support/edits.ts'
import { postgresOfFile } from '../support/shared-vault.ts'

const postgres = postgresOfFile()

test('1 000 concurrent edits against renewals', { timeout: 900_000 }, async () => {
  await editedAgainstRenewals(postgres(), 1000)
})
