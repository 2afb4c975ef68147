// What is done for a target: a first write looks first, and a disk that hangs holds nothing up.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DeliverableToken } from '#delivery/delivery-handler.ts'
import { envFileDelivery } from '#delivery/env-file/env-file-delivery.ts'
import { createEnvFileWriter, type EnvFiles } from '#delivery/env-file/env-writer.ts'
import type { DeliverySpec } from '#engine/domain/delivery-spec.ts'
import { Secret } from '#engine/domain/secret.ts'

const token: DeliverableToken = {
  profileId: 'p1',
  profileName: 'Orders',
  orgId: 'org-1',
  accessToken: new Secret('the-token'),
  fingerprint: '12345678',
  refreshToken: null,
  refreshFingerprint: null,
  expiresAt: null,
}
const never = new AbortController().signal
let folder: string

beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'satm-performing-')))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const performed = (files: EnvFiles) => envFileDelivery(files).perform

function envFile(confirmed: DeliverySpec<'env-file'>['confirmed'] = []): DeliverySpec<'env-file'> {
  const file = path.join(folder, '.env')
  return { kind: 'env-file', path: file, accessTokenName: 'TOKEN', refreshTokenName: null, confirmed }
}

describe('a file that Git would commit, of a target that was set up elsewhere', () => {
  beforeEach(() => execFileSync('git', ['init', '-q', folder]))

  test('is not written before a person has confirmed it', async () => {
    const perform = performed(createEnvFileWriter())
    expect(await perform(envFile(), token, never, () => [])).toMatchObject({
      kind: 'failed',
      sentence: expect.stringContaining('not ignored'),
    })
    expect(existsSync(path.join(folder, '.env'))).toBe(false)
    expect(await perform(envFile(['git']), token, never, () => [])).toMatchObject({
      kind: 'delivered',
      ran: null,
    })
  })

  test('is written when it was written before: what a repository does later stops no delivery', async () => {
    writeFileSync(path.join(folder, '.env'), 'TOKEN=old\n', { mode: 0o600 })
    expect(await performed(createEnvFileWriter())(envFile(), token, never, null)).toMatchObject({
      kind: 'delivered',
      ran: null,
    })
    expect(readFileSync(path.join(folder, '.env'), 'utf8')).toBe('TOKEN=the-token\n')
  })
})

test('a disk that does not answer is not waited for once deliveries are broken off', async () => {
  const abort = new AbortController()
  const hanging = performed({ write: () => new Promise(() => {}), forget: async () => {} })(
    envFile(),
    token,
    abort.signal,
    null,
  )
  abort.abort()
  expect(await hanging).toEqual({ kind: 'broken-off', ran: null })
})
