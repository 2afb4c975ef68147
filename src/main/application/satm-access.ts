// Command line access: where satm reaches the app, what it acts on, and the note by which it finds and starts the app.
import { type FSWatcher, realpathSync, watch } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { appImageOf } from '#base/node/app-image.ts'
import type { DeliveryView, StorageView } from '#contract/contract.ts'
import { createTokenSupply } from '#delivery/endpoint/token-supply.ts'
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import { readNote, writeNote } from '#satm/app-location.ts'
import type { SatmApp, SatmCommands } from '#satm/server/commands.ts'
import { chooseSocket, identityOf, isAnswered, removeSocket } from '#satm/server/listening-socket.ts'
import { type SatmServer, startSatmServer } from '#satm/server/socket-server.ts'
import type { DataSourceRequests } from './data-sources.ts'
import { type EngineSupervisor, STARTING } from './engine-supervisor.ts'
import type { VaultAccess } from './vault-access.ts'

export interface Satm {
  /** Begins to listen; what goes wrong is in the view. `opening`: the first try to open the vault. */
  start(opening: Promise<unknown>): Promise<void>
  view(): DeliveryView['commandLine']
  close(): Promise<void>
}

/** ms. Until a socket or note that was removed is there again. */
const CHECK_AFTER_CHANGE = 1_000
/** ms. Not every file system reports its changes, and none those of a folder above. */
const CHECK_ANYWAY = 60_000
/** ms. The longest wait for the vault: a keyring may be asking the person. */
const OPENING_TAKES = 10_000
/** ms for a token; one call to Webex may take 15 s. */
const TOKEN_TAKES = 20_000

/** This run of the app: how satm finds it and starts it again. */
export interface AppInstance {
  /** The real path, without links. */
  readonly dataFolder: string
  readonly version: string
  readonly appPath: string
  readonly packaged: boolean
  readonly kind: 'app' | 'demo' | 'server'
}

export function createSatm(dependencies: {
  readonly instance: AppInstance
  readonly supervisor: Pick<EngineSupervisor, 'current' | 'held'>
  readonly vaultAccess: Pick<VaultAccess, 'vault' | 'view'>
  readonly dataSources: DataSourceRequests
  readonly clock: Clock
  readonly delay: (ms: Duration) => Promise<void>
  readonly commands: SatmCommands
  readonly failed: (error: unknown) => void
  readonly changed: () => void
}): Satm {
  const { instance, supervisor, vaultAccess, dataSources, clock, delay, commands, failed, changed } =
    dependencies
  const { dataFolder, version } = instance
  const isServer = instance.kind === 'server'
  const userId = process.getuid?.() ?? null
  const { execPath: executable, argv, env } = process
  const launchCommand = launchCommandOf({ ...instance, executable, argv, env })
  const command = commandOf({ ...instance, executable, env })
  const tokens = createTokenSupply(clock, TOKEN_TAKES)
  const { platform } = process
  const folder = identityOf(dataFolder)
  let server: SatmServer | null = null
  let socket: string | null = null
  let problem: string | null = null
  let isClosed = false
  let checking = Promise.resolve()
  let stopChecking = () => {}

  const app = (opening: Promise<unknown>): SatmApp => {
    const settled = Promise.race([opening.catch(() => undefined), delay(OPENING_TAKES)])
    return {
      version,
      dataFolder,
      isServer,
      tokens,
      ready: async () => void (await settled),
      holdsRenewals: () => (supervisor.held()?.kind ?? 'other-cloud') !== 'other-cloud',
      now: clock.now,
      delay,
      core() {
        const session = supervisor.current()
        const vault = vaultAccess.vault()
        if (session === null || vault === null) return null
        const { engine, unreadable } = session
        return {
          engine,
          unreadable: unreadable.profiles,
          dataSources,
          history: async (query) => (await vault.history(query)).attempts,
          sharedVault() {
            if (vault.sharing === null) return null
            const { leader, leadsHere, trouble, agreedAt } = vault.sharing.status
            return { leader, leadsHere, trouble: trouble?.sentence ?? null, agreedAt }
          },
        }
      },
      whyClosed: () => supervisor.held()?.sentence ?? whyClosed(vaultAccess.view(), isServer),
      commands,
    }
  }

  const noteSocket = () =>
    writeNote(dataFolder, { socket, command: launchCommand, ...(isServer ? { isServer } : {}) })

  const listen = async (reached: SatmApp) => {
    const place = chooseSocket(dataFolder, { platform, env, temporary: tmpdir(), userId })
    try {
      const next = await startSatmServer({ app: reached, socket: place, userId, clock, unexpected: failed })
      server?.retire()
      server = next
      socket = place
    } catch (error) {
      removeSocket(place, dataFolder, userId)
      throw error
    }
    noteSocket()
  }

  const isInPlace = () => server?.isInPlace() === true && readNote(dataFolder, userId)?.socket === socket

  /** Restores what was removed or replaced while the app runs. */
  const restore = async (reached: SatmApp) => {
    if (isInPlace()) return
    if (server?.isInPlace() === true && identityOf(dataFolder) === folder) return noteSocket()
    // Nothing is made in another folder that took its place, nor in one that is gone.
    if (identityOf(dataFolder) !== folder) throw new Error(`The data folder ${dataFolder} ${MOVED}`)
    if (socket !== null && (await isAnswered(socket))) throw new Error(`At ${socket} ${ANOTHER_PROGRAM}`)
    await listen(reached)
  }

  const attempt = async (work: () => Promise<void>) => {
    const before = [problem, socket].join()
    try {
      await work()
      problem = null
    } catch (error) {
      const now = error instanceof Error ? error.message : String(error)
      if (now !== problem) failed(error)
      problem = now
    }
    if ([problem, socket].join() !== before) changed()
  }

  /** Calls `changed` when something in the folders of socket and note changes; null: that cannot be known. */
  const watchFolders = (changed: () => void): readonly FSWatcher[] | null => {
    const isFile = socket !== null && platform !== 'win32'
    const folders = new Set([dataFolder, ...(isFile ? [path.dirname(socket ?? '')] : [])])
    const watchers: FSWatcher[] = []
    try {
      for (const each of folders)
        watchers.push(watch(each, { persistent: false }, changed).on('error', changed))
      return watchers
    } catch {
      for (const watcher of watchers) watcher.close()
      return null
    }
  }

  /** Waits for a change without waking up, since the app is in the tray for weeks. */
  const check = (reached: SatmApp) => {
    const again = () => {
      stopChecking()
      checking = attempt(() => restore(reached))
      void checking.then(() => {
        if (!isClosed) check(reached)
      })
    }
    let cancel = clock.after(CHECK_ANYWAY, again)
    let isSoon = false
    const soon = () => {
      if (isSoon) return
      isSoon = true
      cancel()
      cancel = clock.after(CHECK_AFTER_CHANGE, again)
    }
    const watchers = watchFolders(soon)
    if (watchers === null || !isInPlace()) soon()
    stopChecking = () => {
      isSoon = true
      cancel()
      for (const watcher of watchers ?? []) watcher.close()
    }
  }

  return {
    async start(opening) {
      const reached = app(opening)
      const before = readNote(dataFolder, userId)?.socket ?? null
      if (before !== null) removeSocket(before, dataFolder, userId)
      await attempt(() => listen(reached))
      changed()
      check(reached)
    },
    view: () => ({ command, socket, problem }),
    async close() {
      isClosed = true
      stopChecking()
      await checking
      await server?.close()
      if (socket !== null) removeSocket(socket, dataFolder, userId)
      server = null
      socket = null
    },
  }
}

const MOVED =
  'was moved, removed or replaced while the app is running, so satm cannot reach it. Move it back, or restart the app.'
const ANOTHER_PROGRAM =
  'another program listens instead of this app. Quit that program; this app listens there again within seconds.'

function whyClosed({ kind, level, sentence }: StorageView, isServer: boolean): string {
  if (level !== 'closed' || (isServer && kind === 'opening')) return STARTING
  // It ends then, and says why in its log.
  if (isServer) return sentence
  if (kind === 'opening') {
    return 'The data is still being opened. The keychain may be waiting for its password: check the app’s window.'
  }
  return `${sentence} Open the app’s window.`
}

/** null for a demo, whose folder is deleted, and for a server, which is the service manager's to start. Otherwise with those arguments of this run that the next one needs. */
export function launchCommandOf(
  run: Pick<AppInstance, 'packaged' | 'appPath' | 'kind'> & {
    readonly executable: string
    readonly argv: readonly string[]
    readonly env: Readonly<Record<string, string | undefined>>
  },
): readonly string[] | null {
  if (run.kind !== 'app') return null
  const program = appImageOf(run.env, run.executable) ?? run.executable
  const kept = run.argv.filter((argument) => KEPT.test(argument))
  return run.packaged ? [program, ...kept] : [program, ...kept, path.resolve(run.appPath)]
}

const KEPT = /^--(no-sandbox|password-store=[\w-]+|ozone-platform(-hint)?=\w+|disable-gpu)$/

/** As it can be typed into a shell of this system. Packaged, satm is a program of its own. */
export function commandOf(run: {
  readonly packaged: boolean
  readonly appPath: string
  readonly executable: string
  readonly env: Readonly<Record<string, string | undefined>>
}): string {
  const { packaged, appPath, executable, env } = run
  if (!packaged) return `node ${typed(path.join(appPath, 'out', 'satm', 'index.js'))}`
  // What is in an image has no path that lasts, but its file passes the command on.
  const image = appImageOf(env, executable)
  if (image !== null) return `${typed(image)} satm`
  const { platform } = process
  if (platform === 'darwin') return typed(path.resolve(executable, '../../Resources/satm'))
  const program = path.join(path.dirname(executable), platform === 'win32' ? 'satm.exe' : 'satm')
  return realOf(ON_THE_PATH) === program ? 'satm' : typed(program)
}

/** Where packages for Linux put a link to it. */
const ON_THE_PATH = '/usr/bin/satm'

function realOf(file: string): string | null {
  try {
    return realpathSync.native(file)
  } catch {
    return null
  }
}

function typed(file: string): string {
  if (process.platform === 'win32') return `"${file}"`
  return /^[\w./@+-]+$/.test(file) ? file : `'${file.replaceAll("'", `'\\''`)}'`
}
