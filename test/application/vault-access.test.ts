import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createBackups } from '#application/backup-restore.ts'
import { createPassphraseSettings, createVaultAccess } from '#application/vault-access.ts'
import type { StorageWay } from '#contract/contract.ts'
import { Secret } from '#engine/domain/secret.ts'
import { folderLock } from '#vault/db/folder-lock.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { backupOf, fileOf, profile, PASSPHRASE as SOMEBODYS, serviceApp } from '../vault/support/backups.ts'
import { aProfile, aServiceApp, NOW, temporaryFolder } from '../vault/support/builders.ts'
import { type FakeKeychain, fakeKeychain } from '../vault/support/fake-keychain.ts'
import { lockOf } from '../vault/support/opened.ts'
import { directReader, directWriting } from './support/direct-reader.ts'

const CLOUD = 'https://webex.example/v1'
const PASSPHRASE = new Secret('correct horse battery')

/** Storage over real files; `opened` notes how it came to be open. */
function stage(
  keychain: FakeKeychain,
  folder = temporaryFolder(),
  joined: (vault: OpenVault) => Promise<OpenVault> = async (vault) => vault,
) {
  const opened: string[] = []
  const said: string[] = []
  const storage = createVaultAccess({
    folder,
    lock: lockOf(folder),
    keychain,
    clock: { now: () => NOW },
    joined,
    weakIsFine: false,
    toast: ({ text }) => void said.push(text),
    changed: () => undefined,
  })
  storage.onOpened((_vault, by) => void opened.push(by))
  const ways = (): readonly StorageWay[] => {
    const view = storage.view()
    return view.level === 'closed' ? view.ways : []
  }
  const vault = (): OpenVault => {
    const open = storage.vault()
    if (open === null) throw new Error('The vault is not open.')
    return open
  }
  return { storage, folder, opened, said, ways, vault }
}

function backupsOver({ storage, folder }: ReturnType<typeof stage>, file: string) {
  return createBackups({
    vaultAccess: storage,
    supervisor: { whileStopped: (work) => work() },
    reader: directReader,
    writing: directWriting(storage),
    now: () => NOW,
    dialogs: { fileToOpen: async () => file, fileToSave: async () => path.join(folder, 'out') },
  })
}

async function withProfile(keychain = fakeKeychain()) {
  const app = aServiceApp('orders')
  const staged = stage(keychain)
  await staged.storage.retry()
  await staged.vault().commit(
    [
      { kind: 'service-app-saved', serviceApp: app },
      { kind: 'profile-saved', profile: aProfile('p1', { serviceAppId: app.id }) },
    ],
    [],
  )
  return staged
}

describe('where nothing protects what is stored', () => {
  test('the ways on are a passphrase, an explicit yes, another start, a backup', async () => {
    const { storage, ways, folder } = stage(fakeKeychain({ state: 'weak', backend: 'basic_text' }))
    await storage.retry()
    expect(storage.view().kind).toBe('consent-needed')
    expect(ways()).toEqual(['set-passphrase', 'accept-weak', 'restart', 'restore'])
    expect(readdirSync(folder)).not.toContain('vault.db')
  })

  test('a passphrase that is too short makes no vault', async () => {
    const { storage, folder } = stage(fakeKeychain({ state: 'weak', backend: 'basic_text' }))
    await storage.retry()
    await expect(storage.passphrase(new Secret('short'))).rejects.toMatchObject({ field: 'passphrase' })
    expect(readdirSync(folder)).not.toContain('vault.db')
  })

  test('a passphrase opens it, and later only that passphrase', async () => {
    const keychain = fakeKeychain({ state: 'weak', backend: 'basic_text' })
    const first = stage(keychain)
    await first.storage.retry()
    await first.storage.passphrase(PASSPHRASE)
    expect(first.storage.view()).toMatchObject({ kind: 'open', level: 'passphrase', hasPassphrase: true })
    first.vault().close()

    const next = stage(keychain, first.folder)
    await next.storage.retry()
    expect(next.ways()).toEqual(['enter-passphrase', 'restore', 'begin-anew'])
    await next.storage.passphrase(new Secret('wrong'))
    expect(next.storage.view().kind).toBe('passphrase-wrong')
    await next.storage.passphrase(PASSPHRASE)
    expect(next.opened).toEqual(['passphrase'])
    next.vault().close()
  })

  test('without a keyring at all a passphrase may be set, since nothing is stored yet', async () => {
    const { storage, ways } = stage(fakeKeychain({ state: 'unavailable' }))
    await storage.retry()
    expect(ways()).toEqual(['retry', 'set-passphrase', 'restore'])
  })
})

describe('where data is stored that cannot be opened', () => {
  test('a locked keyring is no reason to leave it', async () => {
    const keychain = fakeKeychain()
    const { vault, folder } = await withProfile(keychain)
    vault().close()
    keychain.set({ state: 'locked' })
    const { storage, ways } = stage(keychain, folder)
    await storage.retry()
    expect([storage.view().kind, ways()]).toEqual(['locked', ['unlock-keyring']])
    expect(storage.view().sentence).toBe(
      'The keyring (Secret Service) is locked. Unlock it, and the app opens. Nothing was changed or deleted.',
    )
    expect(storage.failure()).toBeNull()
  })

  test.each([
    ['locked', ['restart']],
    ['unavailable', ['restart', 'restore', 'begin-anew']],
  ] as const)(
    'only a new start helps where this process does not see the %s keyring',
    async (state, then) => {
      const keychain = fakeKeychain()
      const { vault, folder } = await withProfile(keychain)
      vault().close()
      keychain.set({ state, isSettled: true })
      const { storage, ways } = stage(keychain, folder)
      await storage.retry()
      expect(ways()).toEqual(then)
    },
  )

  test('a file set aside is kept, and the way to a new one may take several steps', async () => {
    const keychain = fakeKeychain({ state: 'weak', backend: 'basic_text' })
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'vault.db'), 'this is no database')
    const { storage, ways, vault } = stage(keychain, folder)
    await storage.retry()
    expect([storage.view().kind, ways()]).toEqual(['moved-aside', ['restore', 'begin-anew', 'retry']])
    expect(storage.failure()).toContain('could not be opened')
    await storage.beginAnew()
    expect(storage.view().kind).toBe('consent-needed')
    await storage.passphrase(PASSPHRASE)
    expect([storage.view().kind, storage.failure()]).toEqual(['open', null])
    vault().close()
    const kept = readdirSync(folder).find((name) => name.startsWith('vault-set-aside-'))
    expect(readFileSync(path.join(folder, kept ?? 'none'), 'utf8')).toBe('this is no database')
  })
})

test('a folder that cannot be used is a failure until it can be', async () => {
  const folder = path.join(temporaryFolder(), 'vault')
  writeFileSync(folder, 'a file of this name')
  const { storage, vault } = stage(fakeKeychain(), folder)
  expect(storage.failure()).toBeNull()
  await storage.retry()
  expect(storage.failure()).toContain(`${folder} is not a folder`)
  rmSync(folder)
  await storage.retry()
  expect(storage.failure()).toBeNull()
  vault().close()
})

describe('where another instance has the folder', () => {
  /** As another process has it: this lock is no part of the storage below. */
  const held = () => {
    const folder = temporaryFolder()
    const other = folderLock(folder)
    expect(other.take().kind).toBe('held')
    onTestFinished(other.release)
    return { folder, other }
  }

  test('nothing is opened, made or set aside; the ways are to quit or to try again', async () => {
    const { folder, other } = held()
    writeFileSync(path.join(folder, 'vault.db'), 'this is no database')
    const { storage, ways } = stage(fakeKeychain(), folder)
    for (const way of [storage.retry, storage.beginAnew, storage.acceptWeak]) {
      await way()
      expect([storage.view().kind, ways()]).toEqual(['taken', ['quit', 'retry']])
      expect(storage.view().sentence).toMatch(/already running with that data folder/)
    }
    await storage.passphrase(PASSPHRASE)
    expect(storage.view().kind).toBe('taken')
    expect(readdirSync(folder).sort()).toEqual(['instance.lock', 'vault.db'])
    other.release()
    await storage.retry()
    expect(storage.view().kind).toBe('moved-aside')
  })

  test('no backup is restored, nor waits to come over what the other one makes meanwhile', async () => {
    const { folder, other } = held()
    const source = await withProfile()
    const file = path.join(source.folder, 'all.satm-backup')
    await source.vault().backup(file, PASSPHRASE)
    const staged = stage(fakeKeychain(), folder)
    const backups = backupsOver(staged, file)
    await staged.storage.retry()
    await backups.choose()
    await backups.read(PASSPHRASE)
    await expect(backups.restore(false)).rejects.toThrow(/already running/)
    expect(staged.storage.view()).toMatchObject({ kind: 'taken', waiting: null })
    other.release()
    await staged.storage.retry()
    expect((await staged.vault().load()).fleet.profiles.size).toBe(0)
  })
})

describe('a backup', () => {
  const written = async () => {
    const source = await withProfile()
    const file = path.join(source.folder, 'all.satm-backup')
    await source.vault().cloud.record(CLOUD)
    await source.vault().backup(file, PASSPHRASE)
    source.vault().close()
    return file
  }

  test('comes into an empty folder as soon as it is chosen what protects it there', async () => {
    const staged = stage(fakeKeychain({ state: 'weak', backend: 'basic_text' }))
    const backups = backupsOver(staged, await written())
    await staged.storage.retry()
    await backups.choose()
    await expect(backups.read(new Secret('another one'))).rejects.toMatchObject({ field: 'passphrase' })
    expect(await backups.read(PASSPHRASE)).toMatchObject({
      file: 'all.satm-backup',
      customers: 1,
      cloud: CLOUD,
    })
    await backups.restore(false)
    expect(staged.storage.view()).toMatchObject({ kind: 'consent-needed', waiting: { customers: 1 } })
    await staged.storage.passphrase(PASSPHRASE)
    expect([...(await staged.vault().load()).fleet.profiles.keys()]).toEqual(['p1'])
    expect(await staged.vault().cloud.load()).toEqual({ kind: 'known', baseUrl: CLOUD, restored: true })
    staged.vault().close()
  })

  test('that waits for that is dropped when the person says so', async () => {
    const staged = stage(fakeKeychain({ state: 'weak', backend: 'basic_text' }))
    const backups = backupsOver(staged, await written())
    await staged.storage.retry()
    await backups.choose()
    await backups.read(PASSPHRASE)
    await backups.restore(false)
    backups.forget()
    expect(staged.storage.view()).toMatchObject({ kind: 'consent-needed', waiting: null })
    await staged.storage.passphrase(PASSPHRASE)
    expect((await staged.vault().load()).fleet.profiles.size).toBe(0)
    staged.vault().close()
  })

  test('never comes over data that is still in place', async () => {
    const keychain = fakeKeychain()
    const { vault, folder } = await withProfile(keychain)
    vault().close()
    keychain.set({ state: 'locked' })
    const staged = stage(keychain, folder)
    const backups = backupsOver(staged, await written())
    await staged.storage.retry()
    await backups.choose()
    await backups.read(PASSPHRASE)
    await expect(backups.restore(false)).rejects.toMatchObject({ code: 'storage' })
    expect(staged.storage.view()).toMatchObject({ kind: 'locked', waiting: null })
  })

  test('takes the place of an open list, and a copy of what was there is kept', async () => {
    const file = await written()
    const staged = await withProfile()
    const backups = backupsOver(staged, file)
    await backups.choose()
    await backups.read(PASSPHRASE)
    const { kept } = await backups.restore(false)
    expect(kept).toContain('vault-kept-before-restore-')
    staged.vault().close()
  })

  test.each([
    ['HTTPS://Webex.Example/', CLOUD],
    ['https://user:secret@webex.example/v1', null],
    ['x'.repeat(501), null],
    ['', null],
  ])('that says %j for its cloud is shown and restored with %j', async (address, cloud) => {
    const records = [{ kind: 'cloud', value: { baseUrl: address } }, serviceApp('sa'), profile('p')]
    const staged = await withProfile()
    const backups = backupsOver(staged, await fileOf(records))
    await backups.choose()
    expect(await backups.read(SOMEBODYS)).toMatchObject({ cloud, leftOut: 0, oddValues: 0 })
    await backups.restore(false)
    expect(await staged.vault().cloud.load()).toMatchObject(
      cloud === null ? { kind: 'unknown', why: 'restored' } : { kind: 'known', baseUrl: cloud },
    )
    staged.vault().close()
  })

  test('can be restored paused: nothing of it is renewed beside the other copy', async () => {
    const file = await written()
    const open = await withProfile()
    const closed = stage(fakeKeychain({ state: 'weak', backend: 'basic_text' }))
    await closed.storage.retry()
    for (const staged of [open, closed]) {
      const backups = backupsOver(staged, file)
      await backups.choose()
      await backups.read(PASSPHRASE)
      await backups.restore(true)
      if (staged === closed) await closed.storage.passphrase(PASSPHRASE)
      const { profiles } = (await staged.vault().load()).fleet
      expect([...profiles.values()].map(({ paused }) => paused)).toEqual([true])
      staged.vault().close()
    }
  })

  test('that was forgotten is not restored', async () => {
    const staged = await withProfile()
    const backups = backupsOver(staged, await written())
    await backups.choose()
    await backups.read(PASSPHRASE)
    backups.forget()
    await expect(backups.restore(false)).rejects.toMatchObject({ code: 'invalid' })
    staged.vault().close()
  })

  test('leaves out nothing but tells how much is in it; the list holds no secret', async () => {
    const staged = await withProfile()
    const backups = backupsOver(staged, 'none')
    expect(await backups.write(PASSPHRASE)).toMatchObject({
      serviceApps: 1,
      customers: 1,
      managers: 0,
      leftOut: 0,
    })
    await expect(backups.write(new Secret('short'))).rejects.toMatchObject({ code: 'refused' })
    const list = await backups.exportList('csv')
    expect(readFileSync(list?.path ?? '', 'utf8')).not.toContain('canary')
    staged.vault().close()
  })
})

describe('a backup that cannot be restored while the vault is closed', () => {
  /** As no reader lets through: its profile has no service app. */
  const impossible = async () => {
    const backup = await backupOf([serviceApp('sa'), profile('p')])
    return { ...backup, changes: backup.changes.filter(({ kind }) => kind === 'profile-saved') }
  }
  /** Its history breaks off. */
  const brokenOff = async () => ({
    ...(await backupOf([serviceApp('sa'), profile('p')])),
    history: () => ({
      [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new Error('broken off')) }),
    }),
  })
  const summary = {
    file: 'b',
    createdAt: 0,
    cloud: null,
    serviceApps: 1,
    customers: 1,
    managers: 0,
    attempts: 0,
  }

  const reasons: readonly [string, () => FakeKeychain, (vault: OpenVault) => Promise<unknown>][] = [
    ['another keychain', () => fakeKeychain(), async () => undefined],
    ['no keychain', () => fakeKeychain({ state: 'unavailable' }), async () => undefined],
    [
      'a keychain that protects nothing',
      () => fakeKeychain({ state: 'weak', backend: 'basic_text' }),
      async () => undefined,
    ],
    ['a passphrase', () => fakeKeychain(), (vault) => vault.setPassphrase(PASSPHRASE, 'alone')],
  ]
  test.each(reasons.flatMap((reason) => [[...reason, impossible] as const, [...reason, brokenOff] as const]))(
    'by %s leaves the data in its place: no empty list, and the ways of before',
    async (...given) => {
      const [, keychain, close, broken] = given
      const { vault, folder } = await withProfile()
      await close(vault())
      vault().close()
      const staged = stage(keychain(), folder)
      await staged.storage.retry()
      const [before, files] = [staged.storage.view(), readdirSync(folder).sort()]
      expect(before.level).toBe('closed')
      const restoring = async () => {
        await staged.storage.restore({ backup: await broken(), summary })
        // It waits for what protects it here.
        await staged.storage.passphrase(PASSPHRASE)
      }
      await expect(restoring()).rejects.toThrow(/could not be restored. Nothing was changed/)
      expect(staged.storage.view()).toEqual(before)
      expect([staged.opened, readdirSync(folder).sort()]).toEqual([[], files])
    },
  )

  test('because of no database leaves that one set aside, and one can be restored then', async () => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'vault.db'), 'this is no database')
    const staged = stage(fakeKeychain(), folder)
    await staged.storage.retry()
    await expect(staged.storage.restore({ backup: await impossible(), summary })).rejects.toThrow(
      /could not be restored/,
    )
    expect([staged.storage.view().kind, staged.ways()]).toEqual([
      'moved-aside',
      ['restore', 'begin-anew', 'retry'],
    ])
    const backup = await backupOf([serviceApp('sa'), profile('p')])
    await staged.storage.restore({ backup, summary })
    expect([...(await staged.vault().load()).fleet.profiles.keys()]).toEqual(['p'])
    staged.vault().close()
  })

  test('in an empty folder makes none, so that the next start does not begin with an empty list', async () => {
    const staged = stage(fakeKeychain({ state: 'weak', backend: 'basic_text' }))
    await staged.storage.retry()
    await staged.storage.restore({ backup: await brokenOff(), summary })
    await expect(staged.storage.passphrase(PASSPHRASE)).rejects.toThrow(/could not be restored/)
    expect(staged.storage.view()).toMatchObject({ kind: 'consent-needed', waiting: null })
    expect(readdirSync(staged.folder)).toEqual(['instance.lock'])
  })

  test('is told in a message where nobody waits for the answer, as after a suspension', async () => {
    const keychain = fakeKeychain({ state: 'weak', backend: 'basic_text' })
    const staged = stage(keychain)
    await staged.storage.retry()
    await staged.storage.restore({ backup: await brokenOff(), summary })
    await staged.storage.retryUnasked()
    expect(staged.said).toEqual([])
    keychain.set({ state: 'available' })
    await expect(staged.storage.retryUnasked()).resolves.toBeUndefined()
    expect(staged.said).toEqual([expect.stringMatching(/could not be restored/)])
    expect(staged.storage.view()).toMatchObject({ kind: 'open' })
    staged.vault().close()
  })
})

test('a vault that opens after all is not replaced by the backup that was chosen', async () => {
  const keychain = fakeKeychain()
  const { vault, folder } = await withProfile(keychain)
  vault().close()
  keychain.set({ state: 'unavailable' })
  const staged = stage(keychain, folder)
  await staged.storage.retry()
  expect(staged.ways()).toContain('restore')
  keychain.set({ state: 'available' })
  const backup = await backupOf([serviceApp('sa'), profile('theirs')])
  const summary = {
    file: 'b',
    createdAt: 0,
    cloud: null,
    serviceApps: 1,
    customers: 1,
    managers: 0,
    attempts: 0,
  }
  await expect(staged.storage.restore({ backup, summary })).rejects.toThrow(/already open/)
  expect([...(await staged.vault().load()).fleet.profiles.keys()]).toEqual(['p1'])
  expect(readdirSync(folder).filter((name) => name.includes('kept') || name.includes('aside'))).toEqual([])
  staged.vault().close()
})

describe('the passphrase of an open vault', () => {
  test('is set, changed and removed, each seen at once; a refusal names its field', async () => {
    const { storage, vault } = await withProfile()
    const passphrase = createPassphraseSettings({ vaultAccess: storage, changed: () => undefined })
    const next = new Secret('battery staple')
    await passphrase.set(PASSPHRASE, 'beside')
    expect(storage.view()).toMatchObject({ level: 'protected', hasPassphrase: true })
    await expect(passphrase.change(next, PASSPHRASE)).rejects.toMatchObject({ field: 'passphrase' })
    await expect(passphrase.change(PASSPHRASE, new Secret('short'))).rejects.toMatchObject({
      field: 'next',
    })
    await passphrase.change(PASSPHRASE, next)
    await passphrase.remove(next)
    expect(storage.view()).toMatchObject({ level: 'protected', hasPassphrase: false })
    vault().close()
  })
})

test('a part in a shared vault that cannot be opened anew leaves the one before in force, and open', async () => {
  const closed: string[] = []
  const parts: (string | Error)[] = ['one', new Error('no room'), 'two']
  const staged = stage(fakeKeychain(), temporaryFolder(), async (local) => {
    const part = parts.shift()
    if (typeof part !== 'string') throw part
    return {
      ...local,
      sharing: { close: async () => void closed.push(part) } as unknown as OpenVault['sharing'],
    }
  })
  await staged.storage.retry()
  const before = staged.vault()
  await expect(staged.storage.rejoin()).rejects.toThrow('no room')
  expect(staged.vault()).toBe(before)
  expect(closed).toEqual([])
  expect(await staged.storage.rejoin()).toBe(staged.vault())
  expect(staged.vault()).not.toBe(before)
  expect(closed).toEqual(['one'])
})
