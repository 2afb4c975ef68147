import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { FleetChange } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { withoutDangling } from '#vault/backup/backup-content.ts'
import { managerLine, readRecord } from '#vault/backup/backup-records.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { readBackup } from './support/backups.ts'
import {
  anAttempt,
  anIntegration,
  aPair,
  aPersonalToken,
  aProfile,
  aServiceApp,
  temporaryFolder,
} from './support/builders.ts'
import { fakeKeychain } from './support/fake-keychain.ts'
import { opened } from './support/opened.ts'

const PASSPHRASE = new Secret('a backup of mine')

async function filled(): Promise<OpenVault> {
  const vault = await opened(temporaryFolder())
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'manager-saved', manager: anIntegration('m1', { isDefault: true, fallbackId: 'm3' }) },
      { kind: 'manager-saved', manager: aPersonalToken('m2') },
      {
        kind: 'manager-saved',
        manager: anIntegration('m3', { pair: aPair('m3', { expiresAt: null, renewAfter: 900_000 }) }),
      },
      { kind: 'profile-saved', profile: aProfile('p1', { pair: aPair('one'), managerId: 'm2' }) },
      {
        kind: 'profile-saved',
        profile: aProfile('p4', { pair: aPair('four', { expiresAt: null, renewAfter: 1_800_000 }) }),
      },
      {
        kind: 'profile-saved',
        profile: aProfile('p2', { probe: { kind: 'custom', path: '/x' }, orgName: 'Ümlaut, "Inc"' }),
      },
      {
        kind: 'profile-saved',
        profile: aProfile('p3', { pair: aPair('three', { accessToken: null, fingerprint: null }) }),
      },
    ],
    Array.from({ length: 1200 }, (_, n) => anAttempt(`a${n}`, { startedAt: n, endedAt: n })),
  )
  return vault
}

async function backedUp(vault: OpenVault): Promise<string> {
  const path = join(temporaryFolder(), 'mine.satm-backup')
  expect((await vault.backup(path, PASSPHRASE)).kind).toBe('written')
  return path
}

async function read(path: string, passphrase = PASSPHRASE) {
  const reading = await readBackup(path, passphrase)
  if (reading.kind !== 'ok') throw new Error(reading.sentence)
  return reading.backup
}

describe('a backup', () => {
  test('has fleet deliveries and their targets, whose IDs are made of two', async () => {
    const vault = await filled()
    const uuid = '0e5b1b1c-8f0e-4b5e-9c55-1f2f7d1c9a10'
    const spec = { kind: 'hook', command: 'reload', pass: 'stdin', timeLimit: 5_000 } as const
    const target = { id: `fleet:${uuid}:${uuid}`, profileId: 'p1', spec, createdAt: 0 }
    await vault.deliveries.save(target)
    const fleetDelivery = { id: uuid, serviceAppId: 'sa', spec, createdAt: 0 }
    await vault.fleetDeliveries.save([{ ...fleetDelivery, held: false }])
    const path = join(temporaryFolder(), 'fleet.satm-backup')
    expect(await vault.backup(path, PASSPHRASE)).toMatchObject({ kind: 'written', leftOut: 0 })
    const { delivery } = await read(path)
    expect(delivery).toMatchObject({
      targets: [target],
      fleetDeliveries: [{ ...fleetDelivery, held: true }],
    })
  })

  test('keeps a fallback; one that is not in it is none, and a file of before has none', async () => {
    const backup = await read(await backedUp(await filled()))
    const restored = async (change: (change: FleetChange) => readonly FleetChange[]) => {
      const vault = await opened(temporaryFolder())
      await vault.restore({ ...backup, changes: backup.changes.flatMap(change) })
      return (await vault.load()).fleet.managers.get('m1')?.fallbackId
    }
    expect(await restored((change) => [change])).toBe('m3')
    const line = managerLine(anIntegration('m1'))
    expect(line).toContain('"fallbackId":null')
    expect(readRecord(line.replace('"fallbackId":null,', ''))).toMatchObject({
      change: { manager: { id: 'm1', fallbackId: null } },
    })
    const vault = await filled()
    const fleet = (await vault.load()).fleet
    const managers = new Map([...fleet.managers].filter(([id]) => id !== 'm3'))
    const content = {
      fleet: { ...fleet, managers },
      dataSources: [],
      delivery: { targets: [], fleetDeliveries: [], consumers: [], webhook: null },
      leftOut: 0,
    }
    expect(withoutDangling(content).fleet.managers.get('m1')?.fallbackId).toBeNull()
  })

  test('comes back on a machine without keyring, with everything in it', async () => {
    const vault = await filled()
    const path = await backedUp(vault)
    const elsewhere = await opened(temporaryFolder(), {
      keychain: fakeKeychain({ state: 'unavailable' }),
      passphrase: new Secret('another passphrase'),
    })
    expect(await elsewhere.restore(await read(path))).toBeNull()
    expect(await elsewhere.load()).toEqual(await vault.load())
    expect((await elsewhere.load()).fleet.profiles.get('p4')?.pair?.renewAfter).toBe(1_800_000)
    expect((await elsewhere.load()).fleet.profiles.get('p1')?.pair?.refresh?.token.reveal()).toBe(
      'canary-refresh-one',
    )
    expect((await elsewhere.history({ limit: 2000 })).attempts).toEqual(
      (await vault.history({ limit: 2000 })).attempts,
    )
  })

  test('says what is in it before anybody restores it', async () => {
    const backup = await read(await backedUp(await filled()))
    expect(backup).toMatchObject({ profiles: 4, managers: 3, attempts: 1200 })
    expect(new Date(backup.createdAt).toISOString()).toBe('2026-03-01T12:00:00.000Z')
  })

  test("is its owner's alone and shows nothing of what is in it", async () => {
    const path = await backedUp(await filled())
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const file = readFileSync(path, 'latin1')
    for (const word of ['canary', 'Profile p1', 'org-p1', 'ROUTER_1']) expect(file).not.toContain(word)
    expect(readdirSync(join(path, '..'))).toHaveLength(1)
  })

  test('takes the place of what was there, of which a copy is kept', async () => {
    const path = await backedUp(await filled())
    const [folder, keychain] = [temporaryFolder(), fakeKeychain()]
    const vault = await opened(folder, { keychain })
    await vault.commit(
      [
        { kind: 'service-app-saved', serviceApp: aServiceApp('mine') },
        { kind: 'profile-saved', profile: aProfile('mine', { serviceAppId: 'mine', pair: aPair('mine') }) },
      ],
      [anAttempt('mine')],
    )
    const kept = await vault.restore(await read(path))
    expect([...(await vault.load()).fleet.profiles.keys()]).toEqual(['p1', 'p4', 'p2', 'p3'])
    expect((await vault.history({ limit: 2000 })).attempts.some(({ id }) => id === 'mine')).toBe(true)
    expect(kept).toMatch(/vault-kept-before-restore-.*\.db$/)
    expect(readFileSync(kept ?? '').includes('Profile mine')).toBe(true)
  })

  test('is not made under a passphrase that is too short', async () => {
    const vault = await opened(temporaryFolder())
    const path = join(temporaryFolder(), 'b')
    expect(await vault.backup(path, new Secret('short'))).toMatchObject({ kind: 'refused' })
  })

  test('that cannot be written leaves an older one as it is', async () => {
    const vault = await filled()
    expect(await vault.backup(join(temporaryFolder(), 'no', 'such', 'folder'), PASSPHRASE)).toMatchObject({
      kind: 'refused',
      sentence: 'The backup was not written: this place cannot be used. Choose another one.',
    })
  })
})

describe('a file that is not to be restored:', () => {
  test.each<[string, string, (file: Buffer) => Buffer]>([
    ['altered in its middle', 'damaged', (file) => flipped(file, Math.floor(file.length / 2))],
    ['altered in its last byte', 'damaged', (file) => flipped(file, file.length - 1)],
    ['cut', 'damaged', (file) => file.subarray(0, file.length - 40)],
    ['cut to its first line', 'damaged', (file) => file.subarray(0, file.indexOf('\n') + 1)],
    ['with another date', 'damaged', (file) => replaced(file, '2026-03-01', '2027-03-01')],
    ['of a newer version', 'too-new', (file) => replaced(file, '"version":5', '"version":6')],
    [
      'asking for more memory than there is',
      'damaged',
      (file) => replaced(file, '"N":1024', '"N":1073741824'),
    ],
    ['something else', 'not-a-backup', () => Buffer.from('{"format":"other"}\n')],
    ['empty', 'not-a-backup', () => Buffer.alloc(0)],
  ])('%s is %s', async (_, kind, change) => {
    const path = await backedUp(await filled())
    writeFileSync(path, change(readFileSync(path)))
    expect((await readBackup(path, PASSPHRASE)).kind).toBe(kind)
  })

  test('a wrong passphrase is told from a damaged file', async () => {
    const path = await backedUp(await filled())
    expect((await readBackup(path, new Secret('not the passphrase'))).kind).toBe('passphrase-wrong')
  })

  test('a missing one is unreadable', async () => {
    expect((await readBackup(join(temporaryFolder(), 'none'), PASSPHRASE)).kind).toBe('unreadable')
  })
})

test('a restore that fails leaves the fleet as it was', async () => {
  const backup = await read(await backedUp(await filled()))
  const vault = await opened(temporaryFolder())
  await vault.commit([{ kind: 'service-app-saved', serviceApp: aServiceApp('mine') }], [])
  const orphan = { kind: 'profile-saved', profile: aProfile('o', { serviceAppId: 'nobody' }) } as const
  const broken = { ...backup, changes: [...backup.changes, orphan] }
  await expect(vault.restore(broken)).rejects.toMatchObject({ name: 'StoreFailure' })
  expect([...(await vault.load()).fleet.serviceApps.keys()]).toEqual(['mine'])
})

function flipped(file: Buffer, at: number): Buffer {
  const copy = Buffer.from(file)
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at)
  return copy
}

function replaced(file: Buffer, from: string, to: string): Buffer {
  const end = file.indexOf('\n')
  return Buffer.concat([Buffer.from(file.toString('utf8', 0, end).replace(from, to)), file.subarray(end)])
}

test('a passphrase set while a restore runs waits for it, and everything stays readable', async () => {
  const backup = await read(await backedUp(await filled()))
  const keychain = fakeKeychain({ state: 'weak', backend: 'basic_text' })
  const vault = await opened(temporaryFolder(), { keychain, weakStorageConsent: 'given' })
  const restoring = vault.restore(backup)
  expect((await vault.setPassphrase(new Secret('another passphrase'), 'alone')).kind).toBe('changed')
  await restoring
  const { fleet, unreadable } = await vault.load()
  expect(unreadable).toEqual([])
  expect(fleet.profiles.get('p1')?.pair?.accessToken?.reveal()).toBe('canary-access-one')
})
