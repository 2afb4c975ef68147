// The vault in real Electron with a real gnome-keyring, in every state a keyring can be found in.
import { createCipheriv, pbkdf2Sync, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { changeBlob, contents, withDatabase } from '../vault/support/tamper.ts'
import type { Opened } from './vault-harness/order.ts'
import { type Session, type VaultHarness, vaultHarness } from './vault-harness/session.ts'

const TOKENS = ['canary-access-one', 'canary-access-two']
const LOGIN: Session = { keyring: 'unlocked', home: 'login', passwordStore: 'gnome-libsecret' }

describe.runIf(process.platform === 'linux')('a vault sealed by a real keyring', () => {
  let harness: VaultHarness
  let folder = ''

  beforeAll(async () => {
    harness = await vaultHarness()
    folder = harness.folder('vault')
    expect(await harness.open(LOGIN, [{ folder, fill: true }])).toMatchObject([{ kind: 'open' }])
  })

  afterAll(() => harness?.remove())

  async function opening(session: Session): Promise<Opened | undefined> {
    const before = contents(folder)
    const [opened] = await harness.open(session, [{ folder }])
    if (opened?.kind !== 'open') expect(contents(folder)).toBe(before)
    return opened
  }

  test('says what protects it, and the blob says the same', async () => {
    expect(await opening(LOGIN)).toMatchObject({
      kind: 'open',
      backend: 'gnome_libsecret',
      level: 'protected',
      tokens: TOKENS,
    })
    const row = withDatabase(folder, (db) =>
      db.get(`SELECT value FROM meta WHERE key LIKE 'envelope-keychain:%'`),
    )
    const { tag, blob } = JSON.parse(String(row?.value))
    expect([tag, Buffer.from(blob, 'base64').toString('latin1', 0, 3)]).toEqual(['v11', 'v11'])
  })

  test('locked: told as locked; unlocked again it opens', async () => {
    expect(await opening({ ...LOGIN, keyring: 'locked' })).toMatchObject({
      kind: 'locked',
      sentence: expect.stringContaining('Unlock it'),
    })
    expect(await opening(LOGIN)).toMatchObject({ kind: 'open', tokens: TOKENS })
  })

  test('not running: told as absent, whether or not Chromium was told of it', async () => {
    const told = await opening({ ...LOGIN, keyring: 'absent' })
    const guessed = await opening({ keyring: 'absent', home: 'login' })
    expect([told?.kind, guessed?.kind]).toEqual(['absent', 'absent'])
    expect(told?.sentence).toContain('which is not running')
  })

  test('another backend: told with both names', async () => {
    expect(await opening({ ...LOGIN, passwordStore: 'kwallet5' })).toMatchObject({
      kind: 'changed-backend',
      sentence: expect.stringMatching(/Secret Service.*KWallet/),
    })
  })

  test('a keyring that was reset does not open it, and its key is not replaced', async () => {
    expect(await opening({ ...LOGIN, home: 'another-login' })).toMatchObject({ kind: 'unreadable' })
    expect(await opening(LOGIN)).toMatchObject({ kind: 'open', tokens: TOKENS })
  })

  test('a sealed key that was tampered with is unreadable, however it was done', async () => {
    const other = harness.folder('other')
    await harness.open(LOGIN, [{ folder: other, fill: true }])
    let ofAnother = Buffer.alloc(0)
    changeBlob(other, (blob) => {
      ofAnother = Buffer.from(blob)
      return blob
    })
    const ways: Readonly<Record<string, (blob: Buffer) => Buffer>> = {
      cut: (blob) => blob.subarray(0, 20),
      emptied: () => Buffer.alloc(0),
      swapped: () => ofAnother,
      forged: () => sealedWithPublishedKey(randomBytes(32).toString('base64')),
      'forged with nothing in it': () => sealedWithPublishedKey(''),
      'one bit of its text': (blob) => flipped(blob, 12),
      'one bit of its last block': (blob) => flipped(blob, blob.length - 1),
      'one bit of its mark': (blob) => flipped(blob, 2),
    }
    const folders = Object.entries(ways).map(([way, change]) => {
      const copy = harness.copy(folder, way)
      changeBlob(copy, change)
      return copy
    })
    const before = folders.map(contents)
    const results = await harness.open(
      LOGIN,
      folders.map((copy) => ({ folder: copy })),
    )
    expect(results.map(({ kind }) => kind)).toEqual(folders.map(() => 'unreadable'))
    expect(folders.map(contents)).toEqual(before)
  })

  test('a record that cannot be read is named, and the others load', async () => {
    const copy = harness.copy(folder, 'one-record')
    withDatabase(copy, (db) =>
      db.exec(
        `UPDATE credentials SET client_secret = (SELECT client_secret FROM credentials WHERE id = 'two') WHERE id = 'one'`,
      ),
    )
    expect(await harness.open(LOGIN, [{ folder: copy }])).toMatchObject([
      { kind: 'open', tokens: [TOKENS[1]], unreadable: ['credentials one', 'profiles one'] },
    ])
  })

  test('without a keyring nothing is stored before the person agreed; a keyring that comes later takes over', async () => {
    const weak = harness.folder('weak')
    const none: Session = { keyring: 'absent', home: 'no-keyring', passwordStore: 'basic' }
    const results = await harness.open(none, [
      { folder: weak },
      { folder: weak, consent: 'given', fill: true },
      { folder: weak },
    ])
    expect(results).toMatchObject([
      { kind: 'consent-needed', backend: 'basic_text' },
      { kind: 'open', level: 'weak' },
      { kind: 'open', level: 'weak', tokens: TOKENS },
    ])
    expect(await harness.open(LOGIN, [{ folder: weak }])).toMatchObject([
      { kind: 'open', level: 'protected', tokens: TOKENS },
    ])
    // Nobody can open it with the published key any more.
    expect(await harness.open(none, [{ folder: weak }])).toMatchObject([{ kind: 'absent' }])
  })

  test('a passphrase does where there is no keyring', async () => {
    const alone = harness.folder('alone')
    const none: Session = { keyring: 'absent', home: 'no-keyring' }
    const results = await harness.open(none, [
      { folder: alone, passphrase: 'correct horse', fill: true },
      { folder: alone },
      { folder: alone, passphrase: 'wrong horse' },
      { folder: alone, passphrase: 'correct horse' },
    ])
    expect(results).toMatchObject([
      { kind: 'open', level: 'passphrase' },
      { kind: 'passphrase-needed' },
      { kind: 'passphrase-wrong' },
      { kind: 'open', level: 'passphrase', tokens: TOKENS },
    ])
  })
})

/** As Chromium does where it has no keyring (os_crypt_linux.cc): anybody can. */
function sealedWithPublishedKey(text: string): Buffer {
  const key = pbkdf2Sync('peanuts', 'saltysalt', 1, 16, 'sha1')
  const cipher = createCipheriv('aes-128-cbc', key, Buffer.alloc(16, ' '))
  return Buffer.concat([Buffer.from('v10'), cipher.update(text, 'utf8'), cipher.final()])
}

function flipped(blob: Buffer, at: number): Buffer {
  const copy = Buffer.from(blob)
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at)
  return copy
}
