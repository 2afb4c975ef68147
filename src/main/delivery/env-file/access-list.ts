// Access control lists (POSIX ACLs of Linux): whether a file has one, and how a new file gets the same. Node has no call
// for either, so `ls`, `getfacl` and `setfacl` are run.
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
  // Long names: the `ls` of BusyBox knows them not, and shows no lists either.
  const line = ['-l', '--directory', '--escape', '--numeric-uid-gid', '--', target, dirname(target)]
  const shown = await runTool('ls', line, environment())
  const files = shown?.code === 0 ? shown.output.trimEnd().split('\n') : []
  if (files.length === 2 && files.every((file) => WITHOUT_LIST.test(file))) return { kind: 'mode' }

  const asked = ['--access', '--absolute-names', '--numeric', '--omit-header', '--no-effective', '--', target]
  const list = await runTool('getfacl', asked, environment())
  if (list?.code !== 0) return { kind: 'unknown' }
  return { kind: 'list', entries: list.output.trim().replaceAll('\n', ',') }
}

/**
 * Whether it did. All at once: nobody gets more for a moment. By the open file, whatever has come to stand at its path.
 * Never rejects.
 */
export async function setRights(file: FileHandle, entries: string): Promise<boolean> {
  try {
    const line = ['--set', entries, '--', '/proc/self/fd/0']
    const child = spawn('setfacl', line, {
      ...toolOptions(environment()),
      stdio: [file.fd, 'ignore', 'ignore'],
    })
    const [code] = await once(child, 'close')
    return code === 0
  } catch {
    return false
  }
}

function environment(): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, LC_ALL: 'C' }
}
