// Every file whose place a person chooses is a new one of the owner's alone: in a folder where others may write, nothing
// that a stranger prepared there is written through, kept, or left readable to the stranger.
import { spawnSync } from 'node:child_process'
import { chmodSync, linkSync, lstatSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createBackups } from '#application/backup-restore.ts'
import { createHistory } from '#application/history.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { anAttempt, aPair, aProfile, aServiceApp, NOW, temporaryFolder } from '../vault/support/builders.ts'
import { opened } from '../vault/support/opened.ts'
import { directReader, directWriting } from './support/direct-reader.ts'

const ROOT = process.getuid?.() === 0
/** `nobody`. Who is no superuser can only be the own user, to whom the owner's rights apply. */
const STRANGER = ROOT ? { uid: 65_534, gid: 65_534 } : {}
const VICTIM = 'a file of the owner'

async function filled(): Promise<OpenVault> {
  const vault = await opened(temporaryFolder())
  await vault.commit(
    [
      { kind: 'service-app-saved', serviceApp: aServiceApp('sa') },
      { kind: 'profile-saved', profile: aProfile('p1', { pair: aPair('one') }) },
    ],
    [anAttempt('a')],
  )
  return vault
}

const WRITERS: Readonly<Record<string, (vault: OpenVault, path: string) => Promise<unknown>>> = {
  'a backup': (vault, path) => writing(vault, path).backups.write(new Secret('unrelated words of mine')),
  'the list as CSV': (vault, path) => writing(vault, path).backups.exportList('csv'),
  'the list as JSON': (vault, path) => writing(vault, path).backups.exportList('json'),
  'the history': (vault, path) =>
    writing(vault, path).history.export({
      format: 'csv',
      profileId: null,
      managerId: null,
      outcome: null,
      tier: null,
    }),
}

function writing(vault: OpenVault, path: string) {
  const fileToSave = async () => path
  const vaultAccess = {
    vault: () => vault,
    opened: () => vault,
    restore: async () => {},
    dropWaiting: () => {},
  }
  const supervisor = { current: () => null, whileStopped: <T>(work: () => Promise<T>) => work() }
  return {
    backups: createBackups({
      vaultAccess,
      supervisor,
      reader: directReader,
      writing: directWriting(vaultAccess),
      now: () => NOW,
      dialogs: { fileToSave, fileToOpen: async () => null },
    }),
    history: createHistory({ vaultAccess, supervisor, now: () => NOW, fileToSave }),
  }
}

/** A folder in which everybody may write, with a file of the owner's next to it. */
function place(mode: number) {
  const folder = temporaryFolder()
  chmodSync(folder, mode)
  const victim = join(temporaryFolder(), 'victim')
  writeFileSync(victim, VICTIM, { mode: 0o644 })
  chmodSync(join(victim, '..'), 0o755)
  return { folder, path: join(folder, 'chosen'), victim }
}

const asStranger = (script: string, ...args: string[]) =>
  spawnSync('sh', ['-c', script, 'sh', ...args], { ...STRANGER, encoding: 'utf8' })

const PREPARED: readonly (readonly [string, string])[] = [
  ['nothing', 'true'],
  ['a file of the name, open to all', 'echo mine > "$1"; chmod 666 "$1"'],
  ['a link of the name', 'ln -s "$2" "$1"'],
  ['a link of the name to nowhere', 'ln -s "$1.elsewhere" "$1"'],
  ['a link of the name that was once written to', 'ln -s "$2" "$1.partial"; ln -s "$2" "$1.new"'],
  [
    'a file of that name, open to all',
    'for to in partial new tmp; do echo > "$1.$to"; chmod 666 "$1.$to"; done',
  ],
  ['a list that gives the folder away', 'true'],
]

describe.each(Object.keys(WRITERS))('%s', (name) => {
  const write = WRITERS[name] ?? (async () => {})

  test.each(PREPARED)('is a file of the owner alone where a stranger had put %s', async (what, script) => {
    const { folder, path, victim } = place(0o777)
    if (what.startsWith('a list')) {
      expect(spawnSync('setfacl', ['-d', '-m', 'u:65534:rwx,g::rwx,o::rwx', folder]).status).toBe(0)
    }
    asStranger(script, path, victim)
    const before = readdirSync(folder)
    const umask = process.umask(0)
    onTestFinished(() => void process.umask(umask))
    await write(await filled(), path)
    expect(lstatSync(path).isFile()).toBe(true)
    expect(statSync(path)).toMatchObject({ mode: 0o100600, uid: process.getuid?.() })
    expect(statSync(path).size).toBeGreaterThan(0)
    expect(readFileSync(victim, 'utf8')).toBe(VICTIM)
    expect(readdirSync(folder).toSorted()).toEqual([...new Set([...before, 'chosen'])].toSorted())
    if (ROOT) expect(asStranger('cat "$1"', path).stdout).toBe('')
  })

  test('is not read by a stranger who keeps hold of the older file of that name', async () => {
    const { folder, path } = place(0o777)
    // A second name leads to the same file, as a handle that is still open does.
    asStranger('echo mine > "$1"; chmod 666 "$1"; ln "$1" "$1.kept"', path)
    await write(await filled(), path)
    expect(readFileSync(join(folder, 'chosen.kept'), 'utf8')).toBe('mine\n')
  })

  test('takes no file of the owner along that has a second name', async () => {
    const { path, victim } = place(0o700)
    linkSync(victim, path)
    await write(await filled(), path)
    expect(readFileSync(victim, 'utf8')).toBe(VICTIM)
    expect(statSync(path)).toMatchObject({ nlink: 1, mode: 0o100600 })
  })

  test.each([
    ['a pipe', 'mkfifo "$1"'],
    ['a folder', 'mkdir "$1"'],
    ['a folder with something in it', 'mkdir -p "$1/more"'],
  ])('is refused in the place of %s, which stays', async (_, script) => {
    const { folder, path } = place(0o777)
    asStranger(script, path)
    const before = lstatSync(path).ino
    await expect(write(await filled(), path)).rejects.toThrow(/another/i)
    expect(lstatSync(path).ino).toBe(before)
    expect(readdirSync(folder)).toEqual(['chosen'])
  })

  test('is refused where it cannot be written, and nothing is left', async () => {
    await expect(write(await filled(), join(temporaryFolder(), 'none', 'chosen'))).rejects.toThrow(/another/i)
    const { folder } = place(0o700)
    await expect(write(await filled(), join(folder, 'x'.repeat(256)))).rejects.toThrow(/another/i)
    expect(readdirSync(folder)).toEqual([])
  })

  test('may have as long a name as the system allows', async () => {
    const { folder } = place(0o700)
    const path = join(folder, 'ü'.repeat(127))
    await write(await filled(), path)
    expect(statSync(path).mode).toBe(0o100600)
  })
})
