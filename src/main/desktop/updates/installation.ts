// Installation: the package this app runs from, and how a newer one takes its place. An AppImage is exchanged by a rename,
// so that its name leads to a whole one at any time; the previous one is kept beside it until the new one has started once.
import { spawn } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
import path from 'node:path'
import { appImageOf, outsideAppImage, PREVIOUS } from '#base/node/app-image.ts'
import { syncFolder } from '#base/node/whole-file.ts'
import { asWriteFailure } from './download.ts'
import type { PackageTarget } from './release-feed.ts'

export interface Installation {
  readonly target: PackageTarget
  /** How a person upgrades where the app does not; null: the app does. */
  readonly upgrade: { readonly command: string | null } | null
  /** Where a newer package is downloaded to; its folder is what has to be writable. */
  readonly staged: string
  /** Puts the staged package in place, whole or not at all. Throws an `UpdateFailure`; then all is as it was. */
  replace(): void
  /** Starts what is in place as soon as this process has ended; with the previous one if that does not start. */
  startAfterEnd(args: readonly string[]): void
  /** This version has started: what downloads left behind goes, and after an update the previous version as well. */
  settle(isAfterUpdate: boolean): void
}

/** This run of the app. */
export interface RunningPackage {
  readonly platform: NodeJS.Platform
  readonly arch: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly executable: string
  readonly isPackaged: boolean
  /** For what is downloaded, where that cannot lie beside the app. */
  readonly dataFolder: string
  readonly processId: number
  /** Seconds for a new version to start. */
  readonly patience?: number
}

const APP_ID = 'service-app-token-manager'
/** Where the packages for Linux put the app. */
const SYSTEM_FOLDER = `/usr/lib/${APP_ID}/`
/** What dpkg keeps of a package that it installed. */
const DPKG_LIST = `/var/lib/dpkg/info/${APP_ID}.list`

/** null: the app runs from its sources. */
export function installationOf(run: RunningPackage): Installation | null {
  const { platform, arch, executable, isPackaged } = run
  const image = platform === 'linux' ? appImageOf(run.env, executable) : null
  if (image !== null) return appImage(image, run)
  if (!isPackaged) return null
  if (platform === 'win32') return withInstaller('nsis', run)
  if (platform === 'darwin') return withInstaller('dmg', run)
  if (!executable.startsWith(SYSTEM_FOLDER)) return toldOnly({ kind: 'tar', arch }, null)
  return existsSync(DPKG_LIST)
    ? toldOnly({ kind: 'deb', arch }, `sudo apt update && sudo apt install --only-upgrade ${APP_ID}`)
    : toldOnly({ kind: 'rpm', arch }, `sudo dnf upgrade ${APP_ID}`)
}

function toldOnly(target: PackageTarget, command: string | null): Installation {
  const never = () => {
    throw new Error('The app does not replace this package.')
  }
  return { target, upgrade: { command }, staged: '', replace: never, startAfterEnd: never, settle() {} }
}

function appImage(
  image: string,
  { arch, env, processId, patience = PATIENCE }: RunningPackage,
): Installation {
  const previous = `${image}${PREVIOUS}`
  // Where the newer one did not start, a person may have started the previous one under its name.
  const isPrevious = env.APPIMAGE === previous
  const folder = path.dirname(image)
  const prefix = `.${path.basename(image)}.`
  const staged = path.join(folder, `${prefix}${processId}${STAGED}`)
  return {
    target: { kind: 'appimage', arch },
    upgrade: null,
    staged,
    replace() {
      try {
        chmodSync(staged, statSync(isPrevious ? previous : image).mode & 0o777)
        if (!isPrevious) keep(image, previous)
        renameSync(staged, image)
        syncFolder(folder)
      } catch (error) {
        if (!isPrevious) rmSync(previous, { force: true })
        asWriteFailure(error)
      }
    },
    startAfterEnd(args) {
      const script = ['-c', START, 'sh', String(processId), image, previous, String(patience), ...args]
      const environment = outsideAppImage(env)
      startDetached('/bin/sh', script, environment)
    },
    settle(isAfterUpdate) {
      if (isAfterUpdate && isPrevious) renameSync(previous, image)
      else if (isAfterUpdate) rmSync(previous, { force: true })
      removeStaged(folder, prefix, STAGED, processId)
    },
  }
}

const STAGED = '.update'

/** Seconds for the new version to start; a keyring may be asking the person. */
const PATIENCE = 600

/**
 * Waits for the end of this process, starts the new version and waits until that has removed the previous one, which says
 * that it has started. If it ends with an error before, or takes too long, the previous one takes its place again.
 */
const START = `pid=$1 new=$2 old=$3 left=$4; shift 4
while kill -0 "$pid" 2>/dev/null; do sleep 1; done
setsid "$new" "$@" & app=$!
while [ -e "$old" ] && kill -0 "$app" 2>/dev/null; do
  sleep 1; left=$((left - 1)); [ "$left" -gt 0 ] || kill -KILL "-$app"
done
[ -e "$old" ] || exit 0
wait "$app" && exit 0
mv -f "$old" "$new" && exec "$new" "$@"`

/** A second name for the same file, or a copy where the disk knows none. */
function keep(image: string, previous: string): void {
  rmSync(previous, { force: true })
  try {
    linkSync(image, previous)
  } catch {
    copyFileSync(image, previous)
  }
}

/** What runs that were killed left there. */
function removeStaged(folder: string, prefix: string, suffix: string, own: number): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(prefix) || !name.endsWith(suffix)) continue
    const owner = name.slice(prefix.length, -suffix.length)
    if (/^\d+$/.test(owner) && (Number(owner) === own || !isRunning(Number(owner)))) {
      rmSync(path.join(folder, name), { force: true })
    }
  }
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Lives on when this process ends. Where it cannot be started, this version ends all the same. */
function startDetached(program: string, args: readonly string[], env: NodeJS.ProcessEnv): void {
  const child = spawn(program, args, { cwd: path.parse(program).root, env, detached: true, stdio: 'ignore' })
  child.on('error', () => undefined)
  child.unref()
}

/** An installer of electron-builder (NSIS), or a disk image from which a person takes the app. */
function withInstaller(kind: 'nsis' | 'dmg', { arch, dataFolder, processId }: RunningPackage): Installation {
  const suffix = kind === 'nsis' ? '.exe' : '.dmg'
  const staged = path.join(dataFolder, `update-${processId}${suffix}`)
  return {
    target: { kind, arch },
    upgrade: null,
    staged,
    replace() {},
    startAfterEnd() {
      const [program, args] =
        kind === 'nsis' ? [staged, ['--updated', '--force-run']] : ['/usr/bin/open', [staged]]
      startDetached(program, args, process.env)
    },
    settle: () => removeStaged(dataFolder, 'update-', suffix, processId),
  }
}
