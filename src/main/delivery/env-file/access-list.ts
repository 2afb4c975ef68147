// Access control lists (POSIX ACLs of Linux) and extended attributes: whether a file has them, and how a new file gets the
// same. Node has no call for either, so `ls`, `getfacl`, `setfacl` and `cp` are run.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { runTool, toolOptions } from './system-tool.ts'

export type AccessRights =
  /** The mode is all there is to the file and to a new one in its folder. */
  | { readonly kind: 'mode' }
  /** All entries, as `setfacl` takes them. */
  | { readonly kind: 'list'; readonly entries: string }
  /** There may be a list, and it cannot be read. */
  | { readonly kind: 'unknown' }

/** As `ls` shows what has no list, neither for itself nor for new files: a plus after the mode would stand for one. */
const WITHOUT_LIST = /^[-d][rwxsStT-]{9}[ .]/

/** Never rejects. */
export async function readRights(target: string): Promise<AccessRights> {
  if (process.platform !== 'linux') return { kind: 'mode' }
  // The folder may be given by a link to its descriptor.
  if (await haveNoLists([target, `${dirname(target)}/.`])) return { kind: 'mode' }
  const asked = ['--access', '--absolute-names', '--numeric', '--omit-header', '--no-effective', '--', target]
  const list = await runTool('getfacl', asked, environment())
  if (list?.code !== 0) return { kind: 'unknown' }
  return { kind: 'list', entries: list.output.trim().replaceAll('\n', ',') }
}

/** Whether it is certain. Never rejects. */
export async function haveNoLists(paths: readonly string[]): Promise<boolean> {
  if (process.platform !== 'linux' || paths.length === 0) return true
  // Long names: the `ls` of BusyBox knows them not, and shows no lists either.
  const line = ['-l', '--directory', '--escape', '--numeric-uid-gid', '--', ...paths]
  const shown = await runTool('ls', line, environment())
  const files = shown?.code === 0 ? shown.output.trimEnd().split('\n') : []
  return files.length === paths.length && files.every((file) => WITHOUT_LIST.test(file))
}

/**
 * Copies the attributes of the user (`user.*`), which need no right but to write. Whether it did, or there were none. A
 * label of SELinux is the one that the folder gives its files. Never rejects.
 */
export async function copyAttributes(from: string, to: FileHandle): Promise<boolean> {
  if (process.platform !== 'linux') return true
  const line = ['--attributes-only', '--preserve=xattr', '--', from, '/proc/self/fd/0']
  return exitsWell('cp', line, to)
}

/**
 * Whether it did. All at once: nobody gets more for a moment. By the open file, whatever has come to stand at its path.
 * Never rejects.
 */
export async function setRights(file: FileHandle, entries: string): Promise<boolean> {
  return exitsWell('setfacl', ['--set', entries, '--', '/proc/self/fd/0'], file)
}

/** `file`: its standard input. */
async function exitsWell(name: string, line: readonly string[], file: FileHandle): Promise<boolean> {
  try {
    const child = spawn(name, line, { ...toolOptions(environment()), stdio: [file.fd, 'ignore', 'ignore'] })
    const [code] = await once(child, 'close')
    return code === 0
  } catch {
    return false
  }
}

function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C' }
}
