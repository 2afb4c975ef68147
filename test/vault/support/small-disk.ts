// Runs a program on a disk of a few MiB that is all its own.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

const NEEDS = `This test gives a program a small disk of its own (a tmpfs), which needs root or user namespaces.
Run it as root, or allow them: sudo sysctl kernel.unprivileged_userns_clone=1`

/** Best first: the last one is for root inside a chroot, where the others are refused. */
const NAMESPACES = [['-rm'], ['-m'], ['-m', '--propagation', 'unchanged']]

const MOUNT = 'mount -t tmpfs -o size=4m,mode=0700 satm-test "$1"'

/** Rejects, saying what is missing, where no such disk can be had. */
export async function onSmallDisk(folder: string, program: string, args: readonly string[]): Promise<string> {
  const namespace = await firstThatMounts(folder)
  const script = `${MOUNT} && { "$2" "$3" "$1" "$4" "$5"; code=$?; umount "$1"; exit $code; }`
  const line = [...namespace, 'sh', '-c', script, 'sh', folder, process.execPath, program, ...args]
  const { stdout } = await run('unshare', line)
  return stdout
}

async function firstThatMounts(folder: string): Promise<readonly string[]> {
  let cause: unknown
  for (const namespace of NAMESPACES) {
    try {
      await run('unshare', [...namespace, 'sh', '-c', `${MOUNT} && umount "$1"`, 'sh', folder])
      return namespace
    } catch (error) {
      cause = error
    }
  }
  throw new Error(NEEDS, { cause })
}
