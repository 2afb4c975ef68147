// Folder access: which folders on the way to a file somebody else can change, so that another file stands in its place.
// The rule is that of OpenSSH (`safe_path`, the option StrictModes) and of sudo, with sticky folders and private groups:
// the owner of each is this user or root, and nobody else may write to it.
import {
  chmodSync,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'

type Access = Pick<Stats, 'uid' | 'gid' | 'mode'>

export interface Folder extends Access {
  readonly path: string
}

/** `group`: and the group is more than this user. `owner`: another user, who can always change it. */
export type Others = 'everybody' | 'group' | 'owner'

/** The folders from the root to `folder`, which is the last. */
export function foldersTo(folder: string): readonly string[] {
  const parent = dirname(folder)
  return parent === folder ? [folder] : [...foldersTo(parent), folder]
}

/**
 * Who else can change what stands in a folder; null: nobody. `holds`: what stands there already, or what may be created
 * by anybody. In a sticky folder (/tmp) nobody replaces what is this user's or root's.
 */
export function othersIn({ uid, gid, mode }: Access, holds: 'what-is-there' | 'new-files'): Others | null {
  if (process.platform === 'win32') return null
  if (!isOwnOrRoots(uid)) return 'owner'
  if ((mode & 0o1000) !== 0 && holds === 'what-is-there') return null
  if ((mode & 0o002) !== 0) return 'everybody'
  return (mode & 0o020) !== 0 && !isPrivateGroup(gid) ? 'group' : null
}

/** Whether nobody else can have written what is in the file. */
export function isOwnFile({ uid, mode }: Pick<Stats, 'uid' | 'mode'>): boolean {
  return process.platform === 'win32' || (isOwnOrRoots(uid) && (mode & 0o022) === 0)
}

export function isOwnOrRoots(uid: number): boolean {
  return uid === 0 || uid === process.geteuid?.() || isRootsOutside(uid)
}

const OVERFLOW_USER = 65_534

/** In a sandbox with users of its own (Flatpak) everything of root is shown as nobody's, who does not exist there. */
function isRootsOutside(uid: number): boolean {
  if (uid !== OVERFLOW_USER || process.platform !== 'linux') return false
  try {
    // Lines of: first ID here, first ID outside, count (user_namespaces(7)).
    const ranges = readFileSync('/proc/self/uid_map', 'utf8').trim().split('\n')
    return ranges.every((range) => {
      const [first = 0, , count = 0] = range.trim().split(/\s+/).map(Number)
      return uid < first || uid >= first + count
    })
  } catch {
    return false
  }
}

/** Loaded where it is needed, which is seldom: satm starts for each token. */
const childProcess = () => process.getBuiltinModule('node:child_process')

/** A group of one, called like its user, as most systems of Linux give to each. */
export function isPrivateGroup(gid: number): boolean {
  try {
    const { username, gid: own } = userInfo()
    if (gid !== own) return false
    // Name, password, ID and members (group(5)).
    const [name, , , members = ''] = groupLine(gid).split(':')
    return name === username && members.split(',').every((member) => ['', username].includes(member.trim()))
  } catch {
    return false
  }
}

function groupLine(gid: number): string {
  const local = readFileSync('/etc/group', 'utf8').split('\n')
  const found = local.find((line) => line.split(':')[2] === String(gid))
  // A directory service, such as SSSD.
  return (
    found ??
    childProcess().execFileSync('getent', ['group', String(gid)], { encoding: 'utf8', timeout: 1_000 })
  )
}

/** The message says what is wrong and what to do. */
export class UnsafeFolder extends Error {
  override readonly name = 'UnsafeFolder'
}

/**
 * Makes a folder of this app its owner's alone. Throws an `UnsafeFolder` when somebody else owns it or something in it, or
 * could put another one in its place; then nothing was changed.
 */
export function secureFolder(folder: string): void {
  if (process.platform === 'win32') return
  const real = provenFolder(folder)
  if ((statSync(real).mode & 0o077) === 0) return
  try {
    chmodSync(real, 0o700)
  } catch {
    // Root's, or on a disk without modes: what counts is who may write.
  }
  const { mode } = statSync(real)
  if ((mode & 0o022) !== 0) throw replaceable(folder, real, mode)
}

/** Throws an `UnsafeFolder` where `secureFolder` would, and where others can write in the folder. Changes nothing. */
export function refuseUnsafe(folder: string): void {
  if (process.platform === 'win32') return
  const real = provenFolder(folder)
  const access = statSync(real)
  if (othersIn(access, 'new-files') !== null || canOthersChange(real, access)) {
    throw replaceable(folder, real, access.mode)
  }
}

/** The real path. */
function provenFolder(folder: string): string {
  const real = realpathSync.native(folder)
  for (const path of waysTo(folder)) {
    const access = lstatSync(path)
    const isAbove = path !== real && path !== folder && !access.isSymbolicLink()
    if (!isOwnOrRoots(access.uid)) throw ofAnotherUser(path, access.uid)
    if (isAbove && canOthersChange(path, access)) throw replaceable(folder, path, access.mode)
  }
  for (const name of readdirSync(real)) {
    // Gone by now: an instance that is running renames and removes files there.
    const access = lstatSync(join(real, name), { throwIfNoEntry: false })
    if (access !== undefined && !isOwnOrRoots(access.uid)) throw ofAnotherUser(join(real, name), access.uid)
  }
  return real
}

/** Everything that decides where a path leads: its folders, its links, and what is on the way to where each of them leads. */
function waysTo(path: string): ReadonlySet<string> {
  const way = new Set<string>()
  // As many links as Linux follows; `realpath` has followed them before.
  for (let [at, links]: [string | null, number] = [path, 0]; at !== null && links <= 40; links++) {
    const folders: readonly string[] = foldersTo(at)
    const link = folders.find((one) => way.add(one) && lstatSync(one).isSymbolicLink())
    // What is before the first link has none, so that `..` in it is above its own folder.
    at = link === undefined ? null : resolve(dirname(link), readlinkSync(link), relative(link, at))
  }
  return way
}

/** With an access control list the bits of the group stand for everybody in the list as well. */
function canOthersChange(path: string, access: Access): boolean {
  if (othersIn(access, 'what-is-there') !== null) return true
  return (access.mode & 0o1020) === 0o020 && hasList(path)
}

function hasList(path: string): boolean {
  if (process.platform !== 'linux') return false
  const env = { PATH: process.env.PATH, LC_ALL: 'C' }
  const options = { encoding: 'utf8', timeout: 1_000, env } as const
  try {
    return childProcess().execFileSync('ls', ['-l', '-d', '--', path], options).charAt(10) === '+'
  } catch {
    return true
  }
}

function ofAnotherUser(path: string, uid: number): UnsafeFolder {
  return new UnsafeFolder(
    `${path} belongs to another user of this computer (ID ${uid}), who could read or replace what is stored there. Nothing was opened. Remove it, make it yours with "chown", or start the app with a data folder of your own (--user-data-dir).`,
  )
}

function replaceable(folder: string, path: string, mode: number): UnsafeFolder {
  const octal = (mode & 0o7777).toString(8).padStart(4, '0')
  return new UnsafeFolder(
    `Other users of this computer can change ${path} (mode ${octal}), and so replace what is stored in ${folder}. Nothing was opened. Run "chmod go-w" on it, or start the app with a data folder of your own (--user-data-dir).`,
  )
}
