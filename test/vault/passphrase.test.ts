import { describe, expect, test } from 'vitest'
import { Secret } from '#engine/domain/secret.ts'
import { openWithPassphrase, SCRYPT_COST, sealWithPassphrase } from '#vault/crypto/passphrase.ts'
import { aPair, aProfile, aServiceApp, temporaryFolder } from './support/builders.ts'
import { type FakeKeychain, fakeKeychain } from './support/fake-keychain.ts'
import { CHEAP_SCRYPT, opened, opening } from './support/opened.ts'
import { contents, withDatabase } from './support/tamper.ts'

const RIGHT = new Secret('correct horse battery')
const NEW = new Secret('staple, correctly')
const WRONG = new Secret('incorrect horse')

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

async function tokenIn(folder: string, options: Parameters<typeof opened>[1]): Promise<string | undefined> {
  const vault = await opened(folder, options)
  const token = (await vault.load()).fleet.profiles.get('p1')?.pair?.accessToken?.reveal()
  vault.close()
  return token
}

describe('a vault under a passphrase alone', () => {
  test('asks for it, refuses a wrong one without harm, and opens with the right one', async () => {
    const keychain = fakeKeychain({ state: 'unavailable' })
    const folder = await filled(keychain, { passphrase: RIGHT })
    const before = contents(folder)
    expect((await opening(folder, { keychain })).kind).toBe('passphrase-needed')
    expect((await opening(folder, { keychain, passphrase: WRONG })).kind).toBe('passphrase-wrong')
    expect(contents(folder)).toBe(before)
    expect(await tokenIn(folder, { keychain, passphrase: RIGHT })).toBe('canary-access-one')
  })

  test('stays alone where a keychain comes up later', async () => {
    const keychain = fakeKeychain({ state: 'unavailable' })
    const folder = await filled(keychain, { passphrase: RIGHT })
    keychain.set({ state: 'available' })
    expect(await tokenIn(folder, { keychain, passphrase: RIGHT })).toBe('canary-access-one')
    expect((await opening(folder, { keychain })).kind).toBe('passphrase-needed')
  })

  test('does not take the passphrase of a box that was altered', async () => {
    const keychain = fakeKeychain({ state: 'unavailable' })
    const folder = await filled(keychain, { passphrase: RIGHT })
    withDatabase(folder, (db) => db.run(`UPDATE meta SET value = '{}' WHERE key = 'envelope-passphrase'`))
    expect((await opening(folder, { keychain, passphrase: RIGHT })).kind).toBe('unreadable')
  })
})

describe('a passphrase beside the keychain', () => {
  test('is not asked for while the keychain opens the data', async () => {
    const keychain = fakeKeychain()
    const folder = await filled(keychain, { passphrase: RIGHT })
    expect(await opening(folder, { keychain })).toMatchObject({
      kind: 'open',
      protection: { level: 'protected' },
    })
  })

  test.each([
    ['is locked', (keychain: FakeKeychain) => keychain.set({ state: 'locked' })],
    ['is gone', (keychain: FakeKeychain) => keychain.set({ state: 'weak', backend: 'basic_text' })],
    ['was reset', (keychain: FakeKeychain) => keychain.replaceKey()],
  ])('opens the data when the keychain %s', async (_, happen) => {
    const keychain = fakeKeychain()
    const folder = await filled(keychain, { passphrase: RIGHT })
    happen(keychain)
    expect(await opening(folder, { keychain })).toMatchObject({ passphraseHelps: true })
    expect((await opening(folder, { keychain, passphrase: WRONG })).kind).toBe('passphrase-wrong')
    expect(await tokenIn(folder, { keychain, passphrase: RIGHT })).toBe('canary-access-one')
  })

  test('hands the data over to another keychain, and the old one can still come back', async () => {
    const keychain = fakeKeychain()
    const folder = await filled(keychain, { passphrase: RIGHT })
    keychain.set({ backend: 'kwallet6' })
    const atHome = fakeKeychain({ backend: 'kwallet6' })
    expect((await opening(folder, { keychain: atHome })).kind).toBe('changed-backend')
    await tokenIn(folder, { keychain: atHome, passphrase: RIGHT })
    expect(await tokenIn(folder, { keychain: atHome })).toBe('canary-access-one')
    keychain.set({ backend: 'gnome_libsecret' })
    expect(await tokenIn(folder, { keychain })).toBe('canary-access-one')
  })
})

describe('changing it', () => {
  test('the new one opens, the old one does not', async () => {
    const keychain = fakeKeychain({ state: 'unavailable' })
    const folder = await filled(keychain, { passphrase: RIGHT })
    const vault = await opened(folder, { keychain, passphrase: RIGHT })
    expect(await vault.changePassphrase(RIGHT, NEW)).toMatchObject({ kind: 'changed' })
    vault.close()
    expect((await opening(folder, { keychain, passphrase: RIGHT })).kind).toBe('passphrase-wrong')
    expect(await tokenIn(folder, { keychain, passphrase: NEW })).toBe('canary-access-one')
  })

  test('needs the old one', async () => {
    const keychain = fakeKeychain({ state: 'unavailable' })
    const folder = await filled(keychain, { passphrase: RIGHT })
    const vault = await opened(folder, { keychain, passphrase: RIGHT })
    expect(await vault.changePassphrase(WRONG, NEW)).toMatchObject({ reason: 'passphrase-wrong' })
    expect(await vault.changePassphrase(RIGHT, new Secret('short'))).toMatchObject({ reason: 'too-short' })
    expect(await vault.isPassphrase(RIGHT)).toBe(true)
  })
})

describe('setting it later', () => {
  test('alone, the keychain does not open the data any more', async () => {
    const keychain = fakeKeychain()
    const folder = await filled(keychain)
    const vault = await opened(folder, { keychain })
    expect(await vault.setPassphrase(RIGHT, 'alone')).toMatchObject({ protection: { level: 'passphrase' } })
    vault.close()
    expect((await opening(folder, { keychain })).kind).toBe('passphrase-needed')
    expect(await tokenIn(folder, { keychain, passphrase: RIGHT })).toBe('canary-access-one')
  })

  test('over weak storage the key that lay open is exchanged and forgotten', async () => {
    const keychain = fakeKeychain({ state: 'weak', backend: 'basic_text' })
    const folder = await filled(keychain, { weakStorageConsent: 'given' })
    const vault = await opened(folder, { keychain })
    const change = await vault.setPassphrase(RIGHT, 'beside')
    expect(change).toMatchObject({ kind: 'changed', protection: { level: 'passphrase' } })
    vault.close()
    const rows = withDatabase(folder, (db) => db.all('SELECT key FROM meta').map(({ key }) => key))
    expect(rows.some((key) => String(key).startsWith('envelope-keychain'))).toBe(false)
    expect(await tokenIn(folder, { keychain, passphrase: RIGHT })).toBe('canary-access-one')
  })

  test('is refused while one is set', async () => {
    const vault = await opened(temporaryFolder(), { passphrase: RIGHT })
    expect(await vault.setPassphrase(NEW, 'beside')).toMatchObject({ reason: 'already-set' })
  })
})

describe('removing it', () => {
  test('hands the data to the keychain', async () => {
    const keychain = fakeKeychain()
    const folder = temporaryFolder()
    const vault = await opened(folder, { keychain, passphrase: RIGHT })
    expect(await vault.removePassphrase(WRONG)).toMatchObject({ reason: 'passphrase-wrong' })
    expect(await vault.removePassphrase(RIGHT)).toMatchObject({ protection: { level: 'protected' } })
    expect(vault.hasPassphrase()).toBe(false)
    vault.close()
    keychain.replaceKey()
    expect(await opening(folder, { keychain })).toMatchObject({ kind: 'unreadable', passphraseHelps: false })
  })

  test('is refused where nothing else would protect the data', async () => {
    const keychain = fakeKeychain({ state: 'weak', backend: 'basic_text' })
    const vault = await opened(temporaryFolder(), { keychain, passphrase: RIGHT })
    expect(await vault.removePassphrase(RIGHT)).toMatchObject({ reason: 'no-keychain' })
    expect(vault.hasPassphrase()).toBe(true)
  })
})

describe('the box', () => {
  const content = Buffer.from('thirty-two bytes of a data key..')

  test('is opened by the same letters in another Unicode form', async () => {
    const box = await sealWithPassphrase(new Secret('Zürich nachts'), content, 'test', CHEAP_SCRYPT)
    expect(await openWithPassphrase(new Secret('Zu\u0308rich nachts'), box, 'test')).toEqual(content)
  })

  test('is bound to its purpose and to its cost', async () => {
    const box = await sealWithPassphrase(RIGHT, content, 'test', CHEAP_SCRYPT)
    expect(await openWithPassphrase(RIGHT, box, 'other')).toBeNull()
    expect(await openWithPassphrase(RIGHT, { ...box, cost: { ...CHEAP_SCRYPT, p: 2 } }, 'test')).toBeNull()
  })

  test('cannot ask for more memory than the machine has', async () => {
    const box = await sealWithPassphrase(RIGHT, content, 'test', CHEAP_SCRYPT)
    const greedy = { ...box, cost: { N: 2 ** 30, r: 64, p: 1 } }
    expect(await openWithPassphrase(RIGHT, greedy, 'test')).toBeNull()
  })

  test('is made and opened at the full cost', async () => {
    const box = await sealWithPassphrase(RIGHT, content, 'test', SCRYPT_COST)
    expect(await openWithPassphrase(RIGHT, box, 'test')).toEqual(content)
  })

  test('costs an attacker at least what OWASP asks for', () => {
    expect(SCRYPT_COST.N * SCRYPT_COST.r * SCRYPT_COST.p).toBeGreaterThanOrEqual(2 ** 17 * 8)
  })
})
