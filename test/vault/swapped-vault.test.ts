// A whole vault that nothing protects, put in the place of this one by somebody who can write the folder and has no key:
// where there is a keychain, nothing in it acts before a person has confirmed it.
import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { Secret } from '#engine/domain/secret.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { aPair, aProfile, aServiceApp, temporaryFolder } from './support/builders.ts'
import { aConsumer, aHook, anEnvFile, aWebhook } from './support/delivery.ts'
import { type FakeKeychain, fakeKeychain } from './support/fake-keychain.ts'
import { opened, opening } from './support/opened.ts'
import { databaseFile, withDatabase } from './support/tamper.ts'

const PASSPHRASE = new Secret('only mine')

async function fill(vault: OpenVault): Promise<void> {
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'profile-saved', profile: aProfile('p1', { pair: aPair('one') }) },
    ],
    [],
  )
  await vault.deliveries.save(anEnvFile('file'))
  await vault.deliveries.save(aHook('hook', 'p1'))
  await vault.consumers.add(aConsumer('all'))
  await vault.consumers.add(aConsumer('some', { profileIds: ['p1'] }))
  await vault.webhook.save(aWebhook)
}

/** Made where no keychain is, which anybody can do anywhere; closed. */
async function madeByAnybody(): Promise<string> {
  const folder = temporaryFolder()
  const keychain = fakeKeychain({ state: 'weak', backend: 'basic_text' })
  const vault = await opened(folder, { keychain, weakStorageConsent: 'given' })
  await fill(vault)
  vault.close()
  return folder
}

/** Here, under a keychain; closed. */
async function protectedHere(): Promise<{ folder: string; keychain: FakeKeychain }> {
  const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
  const vault = await opened(folder, { keychain })
  await fill(vault)
  vault.close()
  return { folder, keychain }
}

function swap(theirs: string, folder: string, name = databaseFile(folder)): void {
  for (const companion of ['-wal', '-shm', '']) rmSync(name + companion, { force: true })
  copyFileSync(databaseFile(theirs), name)
}

async function acting(vault: OpenVault) {
  const { targets } = await vault.deliveries.load()
  const consumers = await vault.consumers.load()
  const webhook = await vault.webhook.load()
  return [
    ...targets.flatMap(({ target, state }) => (state.held ? [] : [target.id])),
    ...consumers.flatMap(({ id, held }) => (held ? [] : [id])),
    ...(webhook === null || webhook.held ? [] : ['webhook']),
  ]
}

async function all(vault: OpenVault): Promise<number> {
  return (await vault.deliveries.load()).targets.length + (await vault.consumers.load()).length
}

describe('where there is a keychain', () => {
  test('everything that acts in it is held, at this start and the next', async () => {
    const { folder, keychain } = await protectedHere()
    swap(await madeByAnybody(), folder)
    const vault = await opened(folder, { keychain })
    expect(vault.protection().level).toBe('protected')
    expect(await acting(vault)).toEqual([])
    expect(await all(vault)).toBe(4)
    expect(vault.heldAtOpening).toBe(5)
    vault.close()
    const again = await opened(folder, { keychain })
    expect(await acting(again)).toEqual([])
    expect(again.heldAtOpening).toBe(0)
    again.close()
  })

  test('what was seen of an env file elsewhere counts for nothing', async () => {
    const { folder, keychain } = await protectedHere()
    swap(await madeByAnybody(), folder)
    const vault = await opened(folder, { keychain })
    const { targets } = await vault.deliveries.load()
    const spec = targets.find(({ target }) => target.id === 'file')?.target.spec
    expect(spec).toMatchObject({ kind: 'env-file', confirmed: [] })
    expect(spec).not.toHaveProperty('seen')
    vault.close()
  })

  test.each([
    ['locked', 'locked'],
    ['refusing to seal', 'available'],
  ] as const)('also while it is %s', async (what, state) => {
    const { folder, keychain } = await protectedHere()
    swap(await madeByAnybody(), folder)
    const refusing = {
      ...keychain,
      state: async () => state,
      encrypt: () => Promise.reject(new Error(what)),
    }
    const result = await opening(folder, { keychain: refusing })
    if (result.kind !== 'open') throw new Error(result.kind)
    expect(result.protection.level).toBe('weak')
    expect(await acting(result.vault)).toEqual([])
    result.vault.close()
  })

  test('of a vault that had a passphrase alone, too', async () => {
    const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
    const mine = await opened(folder, { keychain })
    await fill(mine)
    await mine.setPassphrase(PASSPHRASE, 'alone')
    mine.close()
    swap(await madeByAnybody(), folder)
    const vault = await opened(folder, { keychain })
    expect(await acting(vault)).toEqual([])
    vault.close()
  })

  test("with the forger's own passphrase beside the published key, nothing opens", async () => {
    const { folder, keychain } = await protectedHere()
    const theirs = await madeByAnybody()
    withDatabase(theirs, (db) =>
      db.run(
        `INSERT INTO meta (key, value) VALUES ('envelope-passphrase', '{"box":"a forged one","sealedAt":1}')`,
      ),
    )
    swap(theirs, folder)
    expect((await opening(folder, { keychain })).kind).toBe('unreadable')
  })

  test('left as a rescued file, it is held as well', async () => {
    const { folder, keychain } = await protectedHere()
    swap(await madeByAnybody(), folder, join(folder, 'vault-rescued-2099-01-01T00-00-00Z.db'))
    const vault = await opened(folder, { keychain })
    expect(vault.heldAtOpening).toBe(5)
    expect(await acting(vault)).toEqual([])
    vault.close()
  })

  test('under the running app it is noticed, and the next start goes on with the own one', async () => {
    const { folder, keychain } = await protectedHere()
    const theirs = await madeByAnybody()
    const vault = await opened(folder, { keychain })
    renameSync(databaseFile(folder), join(folder, 'gone'))
    copyFileSync(databaseFile(theirs), databaseFile(folder))
    await expect(vault.checkFiles()).rejects.toThrow('is another file')
    vault.close()
    const again = await opened(folder, { keychain })
    expect(again.heldAtOpening).toBe(0)
    expect((await acting(again)).length).toBe(5)
    again.close()
    expect(existsSync(join(folder, 'gone'))).toBe(true)
  })
})

test('one that this keychain sealed goes on', async () => {
  const { folder, keychain } = await protectedHere()
  keychain.set({ reEncrypt: true })
  const vault = await opened(folder, { keychain })
  expect(vault.heldAtOpening).toBe(0)
  expect((await acting(vault)).length).toBe(5)
  vault.close()
})

test('where there is no keychain, what acts goes on at each start', async () => {
  const folder = await madeByAnybody()
  const vault = await opened(folder, { keychain: fakeKeychain({ state: 'weak', backend: 'basic_text' }) })
  expect(vault.heldAtOpening).toBe(0)
  expect((await acting(vault)).length).toBe(5)
  vault.close()
})
