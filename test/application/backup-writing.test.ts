// A move over real vaults and files: nothing is renewed on two sides, and what fails changes nothing.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createBackupWriting } from '#application/backup-writing.ts'
import { createEngineSupervisor, type EngineSession } from '#application/engine-supervisor.ts'
import type { FileReader } from '#application/file-reader.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { readBackup } from '../vault/support/backups.ts'
import {
  anAttempt,
  anIntegration,
  aPair,
  aProfile,
  aServiceApp,
  NOW,
  temporaryFolder,
} from '../vault/support/builders.ts'
import { anEnvFile } from '../vault/support/delivery.ts'
import { opened } from '../vault/support/opened.ts'
import { directReader } from './support/direct-reader.ts'

const PASSPHRASE = new Secret('unrelated words of mine')

interface Staged {
  readonly reader?: Pick<FileReader, 'backup'>
  readonly over?: (vault: OpenVault) => OpenVault
}

/** A vault with a session over it that only notes what happens to it. */
async function stage({ reader = directReader, over = (vault) => vault }: Staged = {}) {
  const vault = over(await opened(temporaryFolder()))
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'manager-saved', manager: anIntegration('m') },
      { kind: 'profile-saved', profile: aProfile('p1', { pair: aPair('one') }) },
    ],
    [anAttempt('a'), anAttempt('b')],
  )
  const happened: string[] = []
  let isUnsaved = false
  const supervisor = createEngineSupervisor({
    clock: { now: () => NOW, after: () => () => undefined },
    vaultAccess: { view: () => ({ level: 'protected', sentence: '' }) } as never,
    startSession: async () => {
      happened.push('started')
      const engine = {
        now: () => NOW,
        view: () => ({}),
        hasUnsaved: () => isUnsaved,
        storeTrouble: () => null,
      }
      return {
        engine,
        begin: () => undefined,
        stop: async () => void happened.push('stopped'),
        resume: async () => void happened.push('resumed'),
      } as unknown as EngineSession
    },
    guard: { trouble: async () => null, choose: async () => undefined },
    seen: null,
    firstChanges: [],
    failed: (error) => expect.unreachable(String(error)),
    changed: () => undefined,
  })
  await supervisor.start(vault)
  const writing = createBackupWriting({
    vaultAccess: { opened: () => vault },
    supervisor,
    reader: {
      backup: (file, ...rest) => {
        happened.push('read back')
        return reader.backup(file, ...rest)
      },
    },
    elsewhere: 'server',
    now: () => NOW,
  })
  const folder = temporaryFolder()
  const file = join(folder, 'all.satm-backup')
  return {
    vault,
    supervisor,
    writing,
    happened,
    folder,
    file,
    loseDisk: () => {
      isUnsaved = true
    },
  }
}

test('a move stops everything, proves the file before it has its name, and holds the renewals from then on', async () => {
  const seen: unknown[] = []
  const staged = await stage({
    reader: {
      async backup(place, ...rest) {
        seen.push(existsSync(staged.file), await staged.vault.renewalHold.load(), staged.supervisor.current())
        return directReader.backup(place, ...rest)
      },
    },
  })
  const written = await staged.writing.move(staged.file, PASSPHRASE)
  expect(written).toEqual({
    path: staged.file,
    serviceApps: 1,
    customers: 1,
    managers: 1,
    attempts: 2,
    leftOut: 0,
  })
  const hold = { to: 'server', at: NOW, file: staged.file }
  expect(seen).toEqual([false, { why: 'moving', ...hold }, null])
  expect(await staged.vault.renewalHold.load()).toEqual({ why: 'moved', ...hold })
  expect(staged.happened).toEqual(['started', 'stopped', 'read back'])
  expect(staged.supervisor.held()?.title).toBe('This computer’s service apps were moved to a server')
  expect((await readBackup(staged.file, PASSPHRASE)).kind).toBe('ok')
})

test('an ordinary backup stops nothing and holds nothing', async () => {
  const { vault, writing, happened, file } = await stage()
  expect(await writing.write(file, PASSPHRASE)).toMatchObject({ customers: 1, attempts: 2 })
  expect(happened).toEqual(['started'])
  expect(await vault.renewalHold.load()).toBeNull()
})

describe('a move that is refused leaves everything as it was', () => {
  const goesOn = async ({ vault, supervisor, folder, file }: Awaited<ReturnType<typeof stage>>) => {
    expect(await vault.renewalHold.load()).toBeNull()
    expect([supervisor.held(), supervisor.current() === null]).toEqual([null, false])
    expect(readFileSync(file, 'utf8')).toBe('an older backup')
    expect(readdirSync(folder)).toEqual(['all.satm-backup'])
  }

  test('by a weak passphrase, before anything stops', async () => {
    const staged = await stage()
    writeFileSync(staged.file, 'an older backup')
    await expect(staged.writing.move(staged.file, new Secret('password1234'))).rejects.toMatchObject({
      field: 'passphrase',
    })
    expect(staged.happened).toEqual(['started'])
    await goesOn(staged)
  })

  test.each([
    ['cannot be read back', async () => ({ kind: 'damaged', sentence: '' }) as const],
    [
      'lacks something that was written',
      async (...asked: Parameters<FileReader['backup']>) => {
        const reading = await directReader.backup(...asked)
        if (reading.kind !== 'ok') return reading
        return { kind: 'ok', backup: { ...reading.backup, attempts: 1 } } as const
      },
    ],
  ])('when the file %s', async (_, backup) => {
    const staged = await stage({ reader: { backup } })
    writeFileSync(staged.file, 'an older backup')
    await expect(staged.writing.move(staged.file, PASSPHRASE)).rejects.toThrow(/could not be read back/)
    expect(staged.happened).toEqual(['started', 'stopped', 'read back', 'started'])
    await goesOn(staged)
  })

  test('when records would be left behind that cannot be read', async () => {
    const staged = await stage()
    writeFileSync(staged.file, 'an older backup')
    // No backup takes an ID as long.
    await staged.vault.deliveries.save(anEnvFile('t'.repeat(200)))
    expect(await staged.writing.write(join(staged.folder, 'copy'), PASSPHRASE)).toMatchObject({ leftOut: 1 })
    rmSync(join(staged.folder, 'copy'))
    await expect(staged.writing.move(staged.file, PASSPHRASE)).rejects.toThrow(/would be left behind/)
    await goesOn(staged)
  })

  test('when the place cannot be written', async () => {
    const staged = await stage()
    writeFileSync(staged.file, 'an older backup')
    const folder = join(staged.folder, '..', 'missing', 'all.satm-backup')
    await expect(staged.writing.move(folder, PASSPHRASE)).rejects.toThrow(/Choose another one/)
    mkdirSync(join(staged.folder, 'folder'))
    await expect(staged.writing.move(join(staged.folder, 'folder'), PASSPHRASE)).rejects.toThrow(/Choose/)
    expect(await staged.vault.renewalHold.load()).toBeNull()
    expect(staged.supervisor.current()).not.toBeNull()
  })

  test('over a pair that is only in memory', async () => {
    const staged = await stage()
    writeFileSync(staged.file, 'an older backup')
    staged.loseDisk()
    await expect(staged.writing.move(staged.file, PASSPHRASE)).rejects.toThrow(/could not be stored yet/)
    expect(staged.happened).toEqual(['started', 'stopped', 'resumed'])
    await goesOn(staged)
  })
})

test('what was moved is not moved again, until it is renewed here', async () => {
  const { supervisor, writing, file, folder, happened } = await stage()
  const again = join(folder, 'again.satm-backup')
  const moves = await Promise.allSettled([writing.move(file, PASSPHRASE), writing.move(again, PASSPHRASE)])
  expect(moves.map(({ status }) => status)).toEqual(['fulfilled', 'rejected'])
  expect(existsSync(again)).toBe(false)
  await supervisor.renewHere()
  expect(happened.at(-1)).toBe('started')
  await writing.move(again, PASSPHRASE)
  expect(supervisor.current()).toBeNull()
})

test.each(['moved', 'none'] as const)(
  'where the vault cannot note "%s", nothing is renewed, and the window says that it is not known',
  async (failing) => {
    const staged = await stage({
      over: (vault) => ({
        ...vault,
        renewalHold: {
          ...vault.renewalHold,
          async save(hold) {
            if ((hold?.why ?? 'none') === failing) throw new StoreFailure('disk-full', 'The disk is full.')
            await vault.renewalHold.save(hold)
          },
        },
      }),
      reader: {
        backup: async (...asked) =>
          failing === 'none' ? { kind: 'damaged', sentence: '' } : directReader.backup(...asked),
      },
    })
    await expect(staged.writing.move(staged.file, PASSPHRASE)).rejects.toThrow()
    expect(existsSync(staged.file)).toBe(failing === 'moved')
    expect(staged.supervisor.current()).toBeNull()
    expect(staged.supervisor.held()?.sentence).toMatch(/was interrupted/)
  },
)
