// Launch options: switches, environment and folders of this run, read once, before anything else.
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { LogFile } from '#desktop/log/log.ts'
import { KEYRING_RESTARTS } from '#desktop/system/quit.ts'
import type { Page, PageOptions } from '#desktop/window/page.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { Answering } from '#ipc/electron-binding.ts'
import type { FolderLock } from '#vault/db/folder-lock.ts'
import type { LaterLaunches } from './single-instance.ts'

export interface Launch {
  /** Everything the app stores is below it. */
  readonly dataFolder: string
  readonly vaultFolder: string
  readonly logFolder: string
  /** Chromium's files, separate from the app's. */
  readonly chromiumFolder: string
  readonly demo: DemoLaunch | null
  /** SATM_WEBEX_BASE_URL as it was given. */
  readonly baseUrl: string | null
  readonly hidden: boolean
  /** How many starts before this one, in a row, the app made because the keyring was unlocked. */
  readonly keyringRestarts: number
}

export interface DemoLaunch {
  /** Nothing is set up: the person connects and adds service apps manually. */
  readonly blank: boolean
  /** It takes part in a shared vault, whose Webex SATM_WEBEX_BASE_URL names; null: it has a simulated Webex of its own. */
  readonly shared: { readonly databaseFile: string; readonly identityFile: string } | null
  /** Seconds a service app's token lives. */
  readonly accessTtl: number
  /** The data folder is only this demo's, and is deleted with it. */
  readonly ownFolder: boolean
}

/** Seconds. Short enough to see every state within five minutes, long enough to read. */
const DEMO_ACCESS_TTL = 240

export function readLaunch(parts: {
  /** A switch's value; empty when it was given without one; null when it was not given. */
  readonly switchValue: (name: string) => string | null
  readonly env: Readonly<Record<string, string | undefined>>
  readonly userData: string
  readonly processId: number
}): Launch {
  const { switchValue, env } = parts
  const chosen = switchValue('user-data-dir')
  const mode = switchValue('demo')
  const ownFolder = mode !== null && (chosen === null || chosen === '')
  const dataFolder = ownFolder
    ? path.join(tmpdir(), `service-app-token-manager-demo-${parts.processId}`)
    : path.resolve(chosen === null || chosen === '' ? parts.userData : chosen)
  const accessTtl = Number(switchValue('demo-access-ttl') ?? DEMO_ACCESS_TTL)
  return {
    dataFolder,
    vaultFolder: path.join(dataFolder, 'vault'),
    logFolder: path.join(dataFolder, 'logs'),
    chromiumFolder: path.join(dataFolder, 'chromium'),
    demo:
      mode === null
        ? null
        : {
            blank: mode === 'blank',
            shared:
              mode === 'shared'
                ? {
                    databaseFile: env.SATM_DATABASE_FILE ?? '',
                    identityFile: env.SATM_IDENTITY_FILE ?? '',
                  }
                : null,
            accessTtl: Number.isInteger(accessTtl) && accessTtl >= 5 ? accessTtl : DEMO_ACCESS_TTL,
            ownFolder,
          },
    baseUrl: env.SATM_WEBEX_BASE_URL ?? null,
    hidden: switchValue('hidden') !== null,
    keyringRestarts: Number.parseInt(switchValue(KEYRING_RESTARTS) ?? '', 10) || 0,
  }
}

/**
 * Switches of Chromium that open the app to whoever gives them: its page to a debugger, its code to V8's traces, its
 * connections to a stranger's certificate, their keys and contents to a file. No fuse of Electron's closes them.
 */
const OPENING_SWITCHES = [
  'remote-debugging-port',
  'remote-debugging-pipe',
  'js-flags',
  'ignore-certificate-errors',
  'ignore-certificate-errors-spki-list',
  'ssl-key-log-file',
  // Its own mode leaves out cookies and bodies, not a bearer token; nor does a trace of the network.
  'log-net-log',
  'net-log-capture-mode',
  'trace-startup',
  'trace-config-file',
  'enable-tracing',
  'background-tracing-output-path',
]

/** Why the app does not start with these switches; null: it does. */
export function switchRefusal(hasSwitch: (name: string) => boolean): string | null {
  const name = OPENING_SWITCHES.find(hasSwitch)
  if (name === undefined) return null
  return `The app does not start with --${name}, which would give others access to its data. Start it without this option, or use "npm run dev".`
}

/** What the earliest start (`index.ts`) passes on. */
export interface Begun {
  readonly launch: Launch
  /** Of the vault's folder. */
  readonly lock: FolderLock
  readonly launches: LaterLaunches
  readonly clock: Clock
  readonly log: LogFile
  readonly pageParts: PageOptions
  /** The page that is loading; null when the app stays in the tray, or waits for a debugger. */
  readonly first: Page | null
  readonly inTray: boolean
  readonly awaitsDebugger: boolean
  /** Files beside the built code. */
  readonly resource: (relative: string) => string
  /** To be called once: the page's requests are answered from then on. */
  readonly answer: (answering: Answering) => void
}

/** A demo beside this app: a process and a data folder of its own, so nothing of this one is touched. */
export function startDemoProcess(): void {
  const own = process.argv.slice(1).filter((argument) => !argument.startsWith('--user-data-dir'))
  spawn(process.execPath, [...own, '--demo'], { detached: true, stdio: 'ignore' }).unref()
}
