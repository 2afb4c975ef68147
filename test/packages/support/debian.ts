// A Debian 12 of its own, without Node: made once by debootstrap, and for each test covered by a layer that takes every
// change and is thrown away. What runs in it has it as its root by pivot_root(2), since a kernel denies user namespaces,
// and so Chromium its sandbox, to what is in a chroot.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { finishedFolder } from '../../../scripts/electron-runtime/finished-folder.mjs'
import { cacheFolder } from '../../../scripts/project.mjs'
import { run } from './packages.ts'

const SUITE = 'bookworm'
const MIRROR = 'http://deb.debian.org/debian'
/** What a desktop has and no package of ours depends on, and what unpacks an image in place of mounting it. */
const DESKTOP = ['ca-certificates', 'dbus', 'gnome-keyring', 'squashfs-tools']
/** Its person. */
export const USER = { id: 1000, home: '/home/ada' } as const

export interface Ran {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Debian {
  /** As seen from outside. */
  readonly root: string
  asRoot(...command: readonly string[]): Promise<Ran>
  /** With no variable but HOME, and those given. */
  asUser(env: Readonly<Record<string, string>>, ...command: readonly string[]): Promise<Ran>
  /**
   * A program for outside that runs `command` with its own arguments inside, as the user, with a session bus and a keyring.
   */
  launcher(command: string, env: Readonly<Record<string, string>>): string
  /** Addresses for the browser so far. */
  opened(): readonly string[]
  /** A file from outside; its path inside. */
  take(file: string): string
  remove(): void
}

const ENTER = `
mount --bind "$1" "$1" && cd "$1" && mount -t proc proc proc && mount --rbind /dev dev && mount -t tmpfs tmpfs run &&
mkdir -p tmp/.X11-unix && mount --bind /tmp/.X11-unix tmp/.X11-unix && pivot_root . mnt && umount -l /mnt && shift && exec "$@"`

/** Inside, as the user: bus, keyring, program. */
const SESSION = `
mkdir -p /tmp/ada-run && chmod 700 /tmp/ada-run
exec dbus-run-session -- sh -c 'printf test | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null 2>&1; exec "$@"' session "$@"`

export async function debian(): Promise<Debian> {
  const base = path.join(cacheFolder(process.env), `debian-${SUITE}`)
  if (!existsSync(base)) await finishedFolder(base, async (making) => makeBase(making))
  const place = mkdtempSync(path.join(tmpdir(), 'satm-debian-'))
  chmodSync(place, 0o755)
  const [root = '', upper = '', work = ''] = ['root', 'upper', 'work'].map((name) => path.join(place, name))
  for (const folder of [root, upper, work]) mkdirSync(folder)
  run('mount', ['-t', 'overlay', 'overlay', '-o', `lowerdir=${base},upperdir=${upper},workdir=${work}`, root])

  const entering = (command: readonly string[]) => [
    ...['--mount', '--propagation', 'private', 'sh', '-c', ENTER, 'enter', root],
    ...command,
  ]
  // Not one after the other with all else: the simulated Webex answers from this process.
  const asRan = async (command: readonly string[]): Promise<Ran> => {
    const env = {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      DEBIAN_FRONTEND: 'noninteractive',
      LC_ALL: 'C.UTF-8',
    }
    const child = spawn('unshare', entering(command), { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const said = { out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', (text) => {
      said.out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      said.err += text
    })
    const [code] = await once(child, 'close')
    return { code, ...said }
  }
  const become = ['setpriv', `--reuid=${USER.id}`, `--regid=${USER.id}`, '--clear-groups']

  const notes = path.join(root, 'tmp/opened')
  const browser = path.join(root, 'usr/local/bin/xdg-open')
  writeFileSync(browser, `#!/bin/sh\nprintf '%s\\n' "$1" >> /tmp/opened\n`)
  chmodSync(browser, 0o755)
  if (process.env.XAUTHORITY) {
    copyFileSync(process.env.XAUTHORITY, path.join(root, 'tmp/authority'))
    chmodSync(path.join(root, 'tmp/authority'), 0o644)
  }
  return {
    root,
    asRoot: (...command) => asRan(command),
    asUser: (env, ...command) =>
      asRan([...become, 'env', '-i', `HOME=${USER.home}`, ...assigned(env), ...command]),
    launcher(command, env) {
      const display = {
        PATH: '/usr/local/bin:/usr/bin:/bin',
        HOME: USER.home,
        DISPLAY: process.env.DISPLAY ?? '',
        XAUTHORITY: '/tmp/authority',
        XDG_RUNTIME_DIR: '/tmp/ada-run',
        ...env,
      }
      const file = path.join(mkdtempSync(path.join(place, 'start-')), 'start')
      const line = entering([
        ...become,
        'env',
        '-i',
        ...assigned(display),
        'sh',
        '-c',
        SESSION,
        'session',
        command,
      ])
      writeFileSync(file, `#!/bin/sh\nexec unshare ${line.map(quoted).join(' ')} "$@"\n`)
      chmodSync(file, 0o755)
      return file
    },
    opened: () => (existsSync(notes) ? readFileSync(notes, 'utf8').trimEnd().split('\n') : []),
    take(file) {
      const inside = `/tmp/${path.basename(file)}`
      copyFileSync(file, path.join(root, inside))
      chmodSync(path.join(root, inside), 0o755)
      return inside
    },
    remove() {
      run('umount', ['--lazy', root])
      rmSync(place, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
    },
  }
}

function makeBase(folder: string): void {
  chmodSync(folder, 0o755)
  run('debootstrap', ['--variant=minbase', SUITE, folder, MIRROR])
  for (const file of ['/etc/resolv.conf', '/etc/hosts'])
    if (existsSync(file)) copyFileSync(file, path.join(folder, file))
  run('chroot', [folder, 'useradd', '--create-home', '--uid', String(USER.id), 'ada'])
  run('chroot', [folder, 'apt-get', 'update'])
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  run('chroot', [folder, 'apt-get', 'install', '-y', '--no-install-recommends', ...DESKTOP], { env })
}

const assigned = (env: Readonly<Record<string, string>>) =>
  Object.entries(env).map(([name, value]) => `${name}=${value}`)

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`
