// Every state a vault can be found in is told apart, and none of them changes anything.
import { randomBytes } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { Secret } from '#engine/domain/secret.ts'
import { aPair, aProfile, aServiceApp, temporaryFolder } from './support/builders.ts'
import { type FakeKeychain, fakeKeychain } from './support/fake-keychain.ts'
import { opened, opening } from './support/opened.ts'
import { changeBlob, contents, databaseFile, withDatabase } from './support/tamper.ts'

/** A folder with one profile in it, its vault closed. */
async function filled(keychain: FakeKeychain, options: Parameters<typeof opened>[1] = {}): Promise<string> {
  const folder = temporaryFolder()
  const vault = await opened(folder, { keychain, ...options })
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'profile-saved', profile: aProfile('p1', { pair: aPair('one') }) },
    ],
    [],
  )
  vault.close()
  return folder
}

describe('a new folder', () => {
  test('is protected by a keychain that protects', async () => {
    const result = await opening(temporaryFolder())
    expect(result).toMatchObject({
      kind: 'open',
      protection: { level: 'protected', backend: 'gnome_libsecret' },
    })
  })

  test('wants consent before a weak keychain is used, and creates nothing until then', async () => {
    const folder = temporaryFolder()
    const keychain = fakeKeychain({ state: 'weak', backend: 'basic_text' })
    expect(await opening(folder, { keychain })).toMatchObject({
      kind: 'consent-needed',
      backend: 'basic_text',
    })
    expect(existsSync(databaseFile(folder))).toBe(false)
    expect(await opening(folder, { keychain, weakStorageConsent: 'given' })).toMatchObject({
      kind: 'open',
      protection: { level: 'weak' },
    })
  })

  test('records the consent with its date and does not ask again', async () => {
    const keychain = fakeKeychain({ state: 'weak', backend: 'basic_text' })
    const folder = await filled(keychain, { weakStorageConsent: 'given' })
    const row = withDatabase(folder, (db) =>
      db.get(`SELECT value FROM meta WHERE key = 'weak-storage-consent'`),
    )
    expect(row?.value).toBe('2026-03-01T12:00:00.000Z')
    expect(await opening(folder, { keychain })).toMatchObject({ kind: 'open', protection: { level: 'weak' } })
  })

  test.each(['locked', 'unavailable'] as const)('is not made while the keychain is %s', async (state) => {
    const folder = temporaryFolder()
    const result = await opening(folder, { keychain: fakeKeychain({ state }) })
    expect(result.kind).toBe(state === 'locked' ? 'locked' : 'absent')
    expect(existsSync(databaseFile(folder))).toBe(false)
  })

  test('needs no keychain when a passphrase is given', async () => {
    const folder = temporaryFolder()
    const keychain = fakeKeychain({ state: 'unavailable' })
    const passphrase = new Secret('correct horse')
    expect(await opening(folder, { keychain, passphrase })).toMatchObject({
      kind: 'open',
      protection: { level: 'passphrase' },
    })
  })
})

describe('a keychain that does not open the data:', () => {
  /** What a person meets, and how it is undone. */
  const cases: readonly [string, string, (keychain: FakeKeychain) => void][] = [
    ['locked', 'locked', (keychain) => keychain.set({ state: 'locked' })],
    ['not running', 'absent', (keychain) => keychain.set({ state: 'weak', backend: 'basic_text' })],
    ['gone', 'absent', (keychain) => keychain.set({ state: 'unavailable' })],
    [
      'of another desktop',
      'changed-backend',
      (keychain) => {
        keychain.set({ backend: 'kwallet6' })
        keychain.replaceKey()
      },
    ],
    ['reset', 'unreadable', (keychain) => keychain.replaceKey()],
  ]

  test.each(cases)('%s is told as %s and changes nothing', async (_, kind, happen) => {
    const keychain = fakeKeychain()
    const folder = await filled(keychain)
    const before = contents(folder)
    happen(keychain)
    const result = await opening(folder, { keychain })
    expect(result).toMatchObject({ kind, passphraseHelps: false })
    expect(contents(folder)).toBe(before)
  })

  test('once unlocked the vault opens with everything in it', async () => {
    const keychain = fakeKeychain()
    const folder = await filled(keychain)
    keychain.set({ state: 'locked' })
    expect((await opening(folder, { keychain })).kind).toBe('locked')
    keychain.set({ state: 'available' })
    const vault = await opened(folder, { keychain })
    expect((await vault.load()).fleet.profiles.get('p1')?.pair?.accessToken?.reveal()).toBe(
      'canary-access-one',
    )
  })

  test.each(cases)(
    '%s: beginning anew sets the data aside, unless it is only locked',
    async (_, kind, happen) => {
      const keychain = fakeKeychain()
      const folder = await filled(keychain)
      happen(keychain)
      const options = {
        keychain,
        passphrase: new Secret('correct horse'),
        afterSetAside: 'begin-anew' as const,
      }
      const result = await opening(folder, options)
      const kept = readdirSync(folder).filter((name) => /^vault-set-aside.*\.db$/.test(name))
      expect(result.kind).toBe(kind === 'locked' ? 'locked' : 'open')
      expect(kept).toHaveLength(kind === 'locked' ? 0 : 1)
    },
  )

  test('each state has a sentence of its own', async () => {
    const sentences = new Set<string>()
    for (const [, , happen] of cases) {
      const keychain = fakeKeychain()
      const folder = await filled(keychain)
      happen(keychain)
      const result = await opening(folder, { keychain })
      sentences.add(result.kind === 'open' ? 'open' : result.sentence)
    }
    // "Not running" and "gone" are the same to a person.
    expect(sentences.size).toBe(cases.length - 1)
  })
})

describe('a sealed key that was', () => {
  test.each<[string, (blob: Buffer) => Buffer]>([
    ['cut', (blob) => blob.subarray(0, 20)],
    ['emptied', () => Buffer.alloc(0)],
    ['replaced by noise', () => randomBytes(67)],
    ['altered in one bit of its text', (blob) => flipped(blob, 25)],
    ['altered in one bit of its nonce', (blob) => flipped(blob, 4)],
    ['altered in one bit of its mark', (blob) => flipped(blob, 2)],
    ['given another mark', (blob) => Buffer.concat([Buffer.from('v12'), blob.subarray(3)])],
  ])('%s is unreadable and stays as it is', async (_, change) => {
    const keychain = fakeKeychain()
    const folder = await filled(keychain)
    changeBlob(folder, change)
    const before = contents(folder)
    expect((await opening(folder, { keychain })).kind).toBe('unreadable')
    expect(contents(folder)).toBe(before)
  })

  test('swapped for the one of another vault is unreadable', async () => {
    const keychain = fakeKeychain()
    const [mine, other] = [await filled(keychain), await filled(keychain)]
    let stolen = Buffer.alloc(0)
    changeBlob(other, (blob) => {
      stolen = Buffer.from(blob)
      return blob
    })
    changeBlob(mine, () => stolen)
    expect((await opening(mine, { keychain })).kind).toBe('unreadable')
  })

  test.each([['with the same key'], ['with a key of the forger']])(
    'forged under the published key, %s, is unreadable',
    async (which) => {
      const keychain = fakeKeychain()
      const folder = await filled(keychain)
      const text = which.includes('forger')
        ? randomBytes(32).toString('base64')
        : (await keychain.decrypt(keychain.sealed[0] ?? Buffer.alloc(0))).text
      const forged = await keychain.encrypt(text, 'weak')
      changeBlob(folder, () => forged)
      expect((await opening(folder, { keychain })).kind).toBe('unreadable')
    },
  )
})

test.each(['protected', 'weak'])(
  'a forged key whose record says %s opens nothing without consent',
  async (strength) => {
    const keychain = fakeKeychain()
    const folder = await filled(keychain)
    const { text } = await keychain.decrypt(keychain.sealed[0] ?? Buffer.alloc(0))
    const blob = (await keychain.encrypt(text, 'weak')).toString('base64')
    withDatabase(folder, (db) =>
      db.run(
        `UPDATE meta SET value = json_set(value, '$.blob', ?, '$.tag', 'v10', '$.strength', ?) WHERE key LIKE 'envelope-keychain:%'`,
        blob,
        strength,
      ),
    )
    expect((await opening(folder, { keychain })).kind).toBe('unreadable')
  },
)

test('a key check that is gone opens nothing and mints nothing', async () => {
  const keychain = fakeKeychain()
  const folder = await filled(keychain)
  withDatabase(folder, (db) => db.run(`DELETE FROM meta WHERE key = 'key-check'`))
  expect((await opening(folder, { keychain })).kind).toBe('unreadable')
})

test('an emptied meta table is no new vault', async () => {
  const keychain = fakeKeychain()
  const folder = await filled(keychain)
  withDatabase(folder, (db) => db.run('DELETE FROM meta'))
  expect((await opening(folder, { keychain })).kind).toBe('unreadable')
  expect(withDatabase(folder, (db) => db.all('SELECT id FROM profiles'))).toHaveLength(1)
})

test('the key is sealed anew when the keychain asks for it', async () => {
  const keychain = fakeKeychain()
  const folder = await filled(keychain)
  keychain.set({ reEncrypt: true })
  ;(await opened(folder, { keychain })).close()
  expect(keychain.sealed).toHaveLength(2)
  expect((await opening(folder, { keychain })).kind).toBe('open')
})

test('a keyring that comes up later takes over from weak storage, under another key', async () => {
  const keychain = fakeKeychain({ state: 'weak', backend: 'basic_text' })
  const folder = await filled(keychain, { weakStorageConsent: 'given' })
  const open = withDatabase(folder, (db) => db.get(`SELECT value FROM meta WHERE key = 'key-check'`))?.value
  keychain.set({ state: 'available', backend: 'gnome_libsecret' })
  const result = await opening(folder, { keychain })
  expect(result).toMatchObject({ kind: 'open', protection: { level: 'protected' } })
  if (result.kind !== 'open') return
  expect((await result.vault.load()).fleet.profiles.get('p1')?.pair?.accessToken?.reveal()).toBe(
    'canary-access-one',
  )
  result.vault.close()
  const rows = withDatabase(folder, (db) => db.all('SELECT key, value FROM meta'))
  expect(rows.find(({ key }) => key === 'key-check')?.value).not.toBe(open)
  expect(JSON.stringify(rows)).not.toContain('"weak"')
  expect(rows.map(({ key }) => key)).not.toContain('weak-storage-consent')
})

function flipped(blob: Buffer, at: number): Buffer {
  const copy = Buffer.from(blob)
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at)
  return copy
}
