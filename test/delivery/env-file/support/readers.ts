// Users of this system besides root, and what they can read.
import { execFileSync, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { FileOddity } from '#engine/domain/delivery-spec.ts'
import { temporaryFolder } from './places.ts'

/** Only root can play other users. */
export const isRoot = process.platform === 'linux' && process.getuid?.() === 0

export const CONFIRMED: readonly FileOddity[] = [
  'hard-links',
  'other-owner',
  'readable-by-others',
  'open-folder',
]

interface User {
  readonly uid: number
  readonly groups: readonly number[]
}

export const NOBODY = 65_534
export const ANNA = 12_001
export const BEN = 12_002
export const STAFF = 13_001
export const GUESTS = 13_002

export const users: readonly User[] = [
  { uid: NOBODY, groups: [NOBODY] },
  { uid: ANNA, groups: [12_001] },
  { uid: BEN, groups: [12_002, GUESTS] },
  { uid: 12_003, groups: [STAFF] },
  { uid: 12_004, groups: [STAFF, GUESTS] },
  { uid: 12_005, groups: [12_005] },
]

/** Runs a bundled program as nobody, who need not be able to read it; without root, as whoever runs the tests. */
export function runAsNobody(program: string, line: readonly string[]): string {
  const user = isRoot ? { uid: NOBODY, gid: NOBODY } : {}
  const input = readFileSync(program)
  const options = { ...user, input, cwd: '/', encoding: 'utf8' } as const
  return execFileSync(process.execPath, ['--input-type=module', '-', ...line], options)
}

/** Those who can read it, tried by each. */
export function readersOf(path: string): readonly number[] {
  const tries = users.map(({ uid, groups: [first = uid, ...others] }) => {
    const groups = others.length === 0 ? '--clear-groups' : `--groups=${others.join(',')}`
    return `setpriv --reuid=${uid} --regid=${first} ${groups} cat -- "$0" >&2 && echo ${uid}`
  })
  const { stdout } = spawnSync('sh', ['-c', tries.join('\n'), path], { encoding: 'utf8' })
  return stdout.split('\n').filter(Boolean).map(Number)
}

export function setfacl(path: string, ...line: readonly string[]): void {
  execFileSync('setfacl', [...line, '--', path])
}

export function rightsOf(path: string): string {
  return execFileSync('getfacl', ['-cnpE', '--', path], { encoding: 'utf8' })
}

/** In a folder that everybody may enter. */
export function placeFor(name = '.env'): string {
  const top = temporaryFolder()
  chmodSync(top, 0o755)
  const folder = join(top, 'project')
  mkdirSync(folder)
  chmodSync(folder, 0o755)
  return join(folder, name)
}

export function fileWith(mode: number, ...entries: readonly string[]): string {
  const path = placeFor()
  writeFileSync(path, 'TOKEN=old\n')
  chmodSync(path, mode)
  for (const entry of entries) setfacl(path, '-m', entry)
  return path
}

/** What new files in its folder get. */
export function giveFolder(path: string, ...entries: readonly string[]): void {
  for (const entry of entries) setfacl(dirname(path), '-d', '-m', entry)
}
