// Runs a program on a disk of a few MiB that is all its own.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

const NEEDS = `This test gives a program a small disk of its own (a tmpfs), which needs root or user namespaces.
Run it as root, or allow them: sudo sysctl kernel.unprivileged_userns_clone=1`

/** Rejects, saying what is missing, where no such disk can be had. */
export async function onSmallDisk(folder: string, program: string, args: readonly string[]): Promise<string> {
  const mount = 'mount -t tmpfs -o size=4m,mode=0700 satm-test "$1"'
  try {
    await run('unshare', ['-rm', 'sh', '-c', mount, 'sh', folder])
  } catch (cause) {
    throw new Error(NEEDS, { cause })
  }
  // A mount namespace of its own: the mount ends with the program, however that ends.
  const script = `${mount} && exec "$2" "$3" "$1" "$4" "$5"`
  const { stdout } = await run('unshare', [
    '-rm',
    'sh',
    '-c',
    script,
    'sh',
    folder,
    process.execPath,
    program,
    ...args,
  ])
  return stdout
}
