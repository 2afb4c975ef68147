// Serve: the program of `satm serve`, from the options to the end. Everything it writes is a line of JSON on standard output,
// but for what keeps it from starting, which is a sentence on standard error as well.
import { realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { versions } from '#application/app-view.ts'
import { secureFolder, UnsafeFolder } from '#base/node/folder-access.ts'
import { readPassphraseFile } from '#daemon/passphrase-file.ts'
import {
  type GivenOptions,
  readServeOptions,
  type ServeOptions,
  WrongOptions,
} from '#daemon/serve-options.ts'
import { createServiceManager } from '#daemon/service-manager.ts'
import { type Level, type Log, logOver } from '#desktop/log/log.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { Secret } from '#engine/domain/secret.ts'
import { ENDPOINT_SETTINGS } from '#engine/domain/settings.ts'
import { defaultDataFolder } from '#satm/app-location.ts'
import { CliError, EXIT } from '#satm/client/exit-codes.ts'
import { makeFolder } from '#vault/db/data-files.ts'
import { folderLock, inTurn } from '#vault/db/folder-lock.ts'
import { storeFailure } from '#vault/db/sqlite-errors.ts'
import { createServerContainer, type ServerContainer } from './server-container.ts'

/** ms. What is under way has ended by then: one call to Webex takes 15 s at most. */
const STOPPING_TAKES = 20_000

export interface Program {
  readonly env: NodeJS.ProcessEnv
  readonly version: string
  /** Gets the sentence of what keeps the server from running. */
  readonly complain: (sentence: string) => void
}

/** Ends the process once it was stopped, or could not start. Timers that are left would keep it for seconds. */
export async function serve(given: GivenOptions, { env, version, complain }: Program): Promise<never> {
  try {
    const options = readServeOptions(given, env, ENDPOINT_SETTINGS.endpointPort.default)
    process.exit(await run(options, env, version))
  } catch (error) {
    complain(error instanceof Error ? error.message : String(error))
    if (error instanceof WrongOptions) process.exit(EXIT.usage)
    process.exit(error instanceof CliError ? error.exitCode : EXIT.failed)
  }
}

async function run(options: ServeOptions, env: NodeJS.ProcessEnv, version: string): Promise<number> {
  const clock = systemClock()
  const log = logOver({ clock, stamp: 'time', write: toStandardOutput(options.logLevel) })
  const manager = createServiceManager({
    env,
    clock,
    failed: (error) => log.warn('service-manager.failed', { error }),
  })
  try {
    const passphrase = readPassphraseFile(options.passphraseFile)
    log.knownSecret(passphrase.reveal())
    process.umask(0o077)
    const dataFolder = usableFolder(options.dataFolder ?? defaultDataFolder(process.platform, env, homedir()))
    const lock = takenFolder(dataFolder)
    const stopped = untilStopped(clock)
    const container = createServerContainer({
      options,
      env,
      version,
      dataFolder,
      lock,
      clock,
      log,
      failed(error) {
        log.error('server.failed', { error })
        stopped.stop(EXIT.failed)
      },
    })
    const baseUrl = container.settings.baseUrl()
    log.info('server.start', { version, node: versions().node, dataFolder, baseUrl })
    try {
      await start(container, options, passphrase)
      process.on('SIGHUP', () => void reload(container, manager.notify, log))
      manager.watch(() => container.supervisor.current() !== null)
      const { length: profiles } = container.fleet().profiles
      log.info('server.ready', { profiles, endpoint: options.listen })
      void manager.notify('READY=1', `STATUS=Keeps the tokens of ${profiles} profiles alive`)
      return await stopped.code
    } finally {
      log.info('server.stopping')
      void manager.notify('STOPPING=1')
      manager.stop()
      await closeInOrder(container, log)
      lock.release()
      stopped.ended()
      log.info('server.stopped')
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    log.error('server.not-running', { reason })
    void manager.notify(`STATUS=${reason}`)
    throw error
  }
}

/**
 * `code` resolves at the first signal, or with what `stop` is given; a second signal ends the process at once, and so does
 * whatever takes too long, until `ended` is called.
 */
function untilStopped(clock: Pick<Clock, 'after'>) {
  let stop: (code: number) => void = () => undefined
  const code = new Promise<number>((resolve) => {
    stop = resolve
  })
  let signals = 0
  let cancel = () => {}
  const signaled = () => {
    signals += 1
    if (signals > 1) process.exit(EXIT.failed)
    cancel = clock.after(STOPPING_TAKES, () => process.exit(EXIT.failed))
    stop(EXIT.ok)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, signaled)
  return { code, stop, ended: () => cancel() }
}

async function start(container: ServerContainer, options: ServeOptions, passphrase: Secret): Promise<void> {
  const { vaultAccess, supervisor, satm, endpoint } = container
  const opening = opened(container, passphrase)
  await satm.start(opening)
  await opening
  await supervisor.settled()
  const held = supervisor.held()
  if (held !== null) throw new CliError(EXIT.needsPerson, held.sentence)
  if (vaultAccess.vault() === null) throw new CliError(EXIT.closed, vaultAccess.view().sentence)
  await endpoint.start()
  const { problem } = endpoint.view()
  if (problem !== null) throw new CliError(EXIT.portTaken, `--listen ${options.listen.port}: ${problem}`)
}

const IN_THE_KEYCHAIN =
  'This data is protected by the keychain of the desktop that made it, and no passphrase is set. Open it there and set one under Settings → Security, or take a backup there and start the server with --restore and an empty data folder.'

/** Rejects with `CliError` while it is closed. An empty folder gets a new vault with this passphrase. */
async function opened({ vaultAccess }: ServerContainer, passphrase: Secret): Promise<void> {
  await vaultAccess.retry()
  if (vaultAccess.vault() !== null) return
  const closed = vaultAccess.view()
  const ways = closed.level === 'closed' ? closed.ways : []
  const isSealedElsewhere = ways.includes('restart') && !ways.includes('set-passphrase')
  if (isSealedElsewhere && !ways.includes('enter-passphrase'))
    throw new CliError(EXIT.closed, IN_THE_KEYCHAIN)
  try {
    await vaultAccess.passphrase(passphrase)
  } catch (error) {
    throw new CliError(EXIT.closed, error instanceof Error ? error.message : String(error))
  }
  const { kind, sentence } = vaultAccess.view()
  if (kind === 'passphrase-wrong')
    throw new CliError(
      EXIT.closed,
      'The passphrase file does not contain the passphrase of this vault. Nothing was changed.',
    )
  if (kind !== 'open') throw new CliError(kind === 'taken' ? EXIT.folderTaken : EXIT.closed, sentence)
}

/** Nothing new begins; what was renewed is stored. */
async function closeInOrder(container: ServerContainer, log: Log): Promise<void> {
  const { endpoint, webhook, supervisor, satm, network } = container
  await endpoint.keep()
  await endpoint.stop()
  await supervisor.close(async () => {
    log.error('server.token-lost', { reason: 'A renewed token could not be stored.' })
    return true
  })
  webhook.stop()
  await satm.close()
  await network.close()
}

/** sd_notify(3): `RELOADING=1` with the time it began, then `READY=1`. */
async function reload(
  { preferences, settings, supervisor }: ServerContainer,
  notify: (...state: readonly string[]) => Promise<void>,
  log: Log,
): Promise<void> {
  await notify('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`)
  if (preferences.reread()) {
    supervisor.current()?.engine.configure(settings.engine())
    log.info('server.reloaded')
  } else
    log.warn('server.not-reloaded', {
      reason: 'The settings file cannot be read. The settings stay as they were.',
    })
  await notify('READY=1')
}

/** The real path; made where it is missing. */
function usableFolder(folder: string): string {
  try {
    makeFolder(folder)
    secureFolder(folder)
    return realpathSync.native(folder)
  } catch (error) {
    const why = error instanceof UnsafeFolder ? error.message : storeFailure(error, folder).message
    throw new CliError(EXIT.failed, `The data folder ${folder} cannot be used. ${why}`)
  }
}

function takenFolder(folder: string) {
  const vaultFolder = path.join(folder, 'vault')
  const lock = folderLock(vaultFolder)
  const taking = inTurn(vaultFolder, () => lock.take())
  if (taking.kind === 'failed') throw new CliError(EXIT.failed, taking.failure.message)
  if (taking.kind === 'taken') {
    throw new CliError(
      EXIT.folderTaken,
      `The app or another server is running with the data folder ${folder}, and only one may renew its tokens. Stop that first.`,
    )
  }
  return lock
}

const RANK: Readonly<Record<Level | 'debug', number>> = { debug: 0, info: 1, warn: 2, error: 3 }

/** A pipe that nobody reads any more must end nothing. */
function toStandardOutput(least: ServeOptions['logLevel']): (line: string, level: Level) => void {
  process.stdout.on('error', () => undefined)
  return (line, level) => {
    if (RANK[level] >= RANK[least]) process.stdout.write(`${line}\n`)
  }
}
