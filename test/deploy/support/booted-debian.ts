// A Debian that systemd runs, as on a machine of its own: process, mount and control group namespaces of its own, the
// network of this machine. It needs root.
import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmdirSync } from 'node:fs'
import path from 'node:path'
import { vi } from 'vitest'
import { type Debian, debian, type Ran } from '../../packages/support/debian.ts'

export interface BootedDebian {
  /** As seen from outside; `/run` and `/dev/shm` are not. */
  readonly root: string
  /** As root, in root's home. */
  start(command: readonly string[]): ChildProcessWithoutNullStreams
  run(command: readonly string[], input?: string): Promise<Ran>
  /** Returns what it wrote to standard output, and throws with all of it where that was no success. */
  must(command: readonly string[], input?: string): Promise<string>
  remove(): Promise<void>
}

/** As systemd-nspawn gives it: /proc/sys and /sys read-only, devices that harm nobody, mounts that reach services. */
const BOOT = `
set -e
mount --bind "$1" "$1"; cd "$1"
mount -t proc proc proc; mount --bind proc/sys proc/sys; mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys; mount -t cgroup2 cgroup2 sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs dev
for name in null zero full random urandom tty; do touch dev/$name; mount --bind /dev/$name dev/$name; done
mkdir dev/pts dev/shm; mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx; ln -s /proc/self/fd dev/fd; mount -t tmpfs -o mode=1777 tmpfs dev/shm
mount -t tmpfs -o mode=755 tmpfs run
pivot_root . mnt; umount -l /mnt; mount --make-rshared /
exec env -i container=satm-test PATH=/usr/sbin:/usr/bin:/sbin:/bin /lib/systemd/systemd --log-target=journal --show-status=false
`
const VARIABLES = [
  'PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'HOME=/root',
  'LC_ALL=C.UTF-8',
  'DEBIAN_FRONTEND=noninteractive',
]
const WAIT = { timeout: 60_000, interval: 50 }
const NAMESPACES = ['--mount', '--uts', '--ipc', '--pid', '--cgroup']

export async function bootedDebian(): Promise<BootedDebian> {
  const system = await debian()
  const group = mkdtempSync(path.join(controlGroups(), 'satm-debian-'))
  const enter = 'echo $$ > "$1/cgroup.procs"; shift; exec unshare --fork --kill-child "$@"'
  const boot = [...NAMESPACES, '--propagation', 'private', 'sh', '-c', BOOT, 'boot', system.root]
  const outer = spawn('sh', ['-c', enter, 'enter', group, ...boot], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const remove = async () => {
    outer.kill('SIGKILL')
    if (outer.exitCode === null && outer.signalCode === null) await once(outer, 'exit')
    await vi.waitUntil(() => isRemoved(group), WAIT)
    system.remove()
  }
  try {
    await vi.waitUntil(() => firstProcess(outer) !== null, WAIT)
    const machine = entered(system, firstProcess(outer) ?? '', remove)
    const state = async () => (await machine.run(['systemctl', 'is-system-running'])).out.trim()
    await vi.waitUntil(async () => (await state()) === 'running', WAIT)
    return machine
  } catch (error) {
    await remove()
    throw error
  }
}

function entered({ root }: Debian, first: string, remove: () => Promise<void>): BootedDebian {
  const start: BootedDebian['start'] = (command) =>
    spawn('nsenter', [
      '--target',
      first,
      ...NAMESPACES,
      'env',
      '-i',
      '--chdir=/root',
      ...VARIABLES,
      ...command,
    ])
  const run: BootedDebian['run'] = async (command, input = '') => {
    const child = start(command)
    const said = { out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said.out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said.err += text
    })
    // It may end without reading all of it.
    child.stdin.on('error', () => undefined).end(input)
    const [code] = await once(child, 'close')
    return { code, ...said }
  }
  return {
    root,
    start,
    run,
    async must(command, input) {
      const { code, out, err } = await run(command, input)
      if (code !== 0) throw new Error(`${command.join(' ')}: ${code}\n${input ?? ''}\n${out}${err}`)
      return out
    },
    remove,
  }
}

/** Where this machine has the hierarchy that systemd 252 and later use alone. */
function controlGroups(): string {
  const [, place] = /^\S+ (\S+) cgroup2 /m.exec(readFileSync('/proc/mounts', 'utf8')) ?? []
  if (place === undefined)
    throw new Error('This machine has no control groups of version 2 (mount -t cgroup2).')
  return place
}

/** Of its process namespace, by its ID out here. */
function firstProcess({ pid }: ChildProcess): string | null {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim() || null
}

/** A group goes when no process and no group is left in it. */
function isRemoved(group: string): boolean {
  try {
    for (const { name, parentPath } of readdirSync(group, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .reverse())
      rmdirSync(path.join(parentPath, name))
    rmdirSync(group)
    return true
  } catch {
    return false
  }
}
