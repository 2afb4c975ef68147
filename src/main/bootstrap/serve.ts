// Serve: the program of `satm serve`, from the options to the end. Everything it writes is a line of JSON on standard output,
// but for what keeps it from running, which is a sentence on standard error as well.
import { readFileSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { type Joining, takePart } from '#application/joining.ts'
import { createVaultAccess } from '#application/vault-access.ts'
import { createSignal } from '#base/common/signal.ts'
import { secureFolder, UnsafeFolder } from '#base/node/folder-access.ts'
import type { Toast } from '#contract/contract.ts'
import { logOutput } from '#daemon/log-output.ts'
import { readPassphraseFile } from '#daemon/passphrase-file.ts'
import {
  type GivenOptions,
  readServeOptions,
  type ServeOptions,
  WrongOptions,
} from '#daemon/serve-options.ts'
import { createServiceManager, type ServiceManager } from '#daemon/service-manager.ts'
import {
  type ListenAddress,
  listenAddress,
  readCertificate,
  type TlsFiles,
} from '#delivery/endpoint/listen-address.ts'
import { type Log, logOver } from '#desktop/log/log.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import type { Clock } from '#engine/domain/ports.ts'
import { ENDPOINT_SETTINGS } from '#engine/domain/settings.ts'
import { defaultDataFolder } from '#satm/app-location.ts'
import { CliError, EXIT } from '#satm/client/exit-codes.ts'
import { absentKeychain } from '#vault/crypto/absent-keychain.ts'
import { makeFolder } from '#vault/db/data-files.ts'
import { folderLock, inTurn } from '#vault/db/folder-lock.ts'
import { storeFailure } from '#vault/db/sqlite-errors.ts'
import { joinedOver } from './joined-over.ts'
import type { ServerContainer } from './server-container.ts'
import { startServer } from './server-run.ts'

/** ms, however it came to an end. What is under way has ended by then: one call to Webex takes 15 s at most. */
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
  const write = logOutput(process.stdout, options.logLevel, (lines) => log.warn('log.dropped', { lines }))
  const log: Log = logOver({ clock, stamp: 'time', write })
  const manager = createServiceManager({
    env,
    clock,
    failed: (error) => log.warn('service-manager.failed', { error }),
  })
  try {
    return await runOver(options, { env, version, clock, log, manager })
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    log.error('server.not-running', { reason })
    void manager.notify(`STATUS=${reason}`)
    throw error
  }
}

async function runOver(
  options: ServeOptions,
  parts: {
    readonly env: NodeJS.ProcessEnv
    readonly version: string
    readonly clock: Clock
    readonly log: Log
    readonly manager: ServiceManager
  },
): Promise<number> {
  const { env, version, clock, log, manager } = parts
  // From the first moment: without a listener it ends the process.
  let hungUp = () => {}
  process.on('SIGHUP', () => hungUp())
  // Node would open a debugger, through which every user of this machine could read the tokens.
  process.on('SIGUSR1', () => undefined)
  const passphrase = readPassphraseFile(options.passphraseFile)
  log.knownSecret(passphrase.reveal())
  const joining = await joiningOf(options, clock)
  for (const secret of joining === null ? [] : [joining.database, joining.identity])
    log.knownSecret(secret.reveal())
  const listen = addressOf(options)
  process.umask(0o077)
  const dataFolder = usableFolder(options.dataFolder ?? defaultDataFolder(process.platform, env, homedir()))
  const lock = takenFolder(dataFolder)
  const stopped = untilStopped()
  const failed = (error: unknown) => {
    log.error('server.failed', { error })
    stopped.stop(EXIT.failed)
  }
  // Node would print it with its stack, unredacted and not as JSON, and end without storing what is under way.
  process.on('uncaughtException', failed)
  log.info('server.start', { version, node: process.versions.node, dataFolder })
  const changes = createSignal()
  const tell = ({ level, text }: Toast) =>
    log[level === 'warning' ? 'warn' : 'info']('server.notice', { text })
  let baseUrl: () => string = () => ''
  const over = joinedOver({
    clock,
    dataFolder,
    kind: 'server',
    baseUrl: () => baseUrl(),
    log,
    changed: changes.emit,
  })
  const vaultAccess = createVaultAccess({
    folder: path.join(dataFolder, 'vault'),
    lock,
    keychain: absentKeychain,
    clock,
    joined: async (local) => {
      if (joining !== null) await takePart(local, joining)
      return over(local)
    },
    weakIsFine: false,
    toast: tell,
    changed: changes.emit,
  })
  const common = { listen, env, version, dataFolder, clock, log, failed, vaultAccess, tell, changes }
  const load = async () => {
    const container = (await import('./server-container.ts')).createServerContainer(common)
    baseUrl = container.settings.baseUrl
    return container
  }
  const server = startServer({ options, passphrase, dataFolder, vaultAccess, clock, log, load })
  let isStopping = false
  hungUp = () => {
    const again = (container: ServerContainer) =>
      isStopping ? undefined : reload(options, container, manager, log)
    server.started.then(again, () => undefined).catch(failed)
  }
  try {
    await Promise.race([server.started, stopped.code])
    manager.watch(server.isAlive)
    void manager.notify('READY=1', `STATUS=${server.state()}`)
    return await stopped.code
  } finally {
    isStopping = true
    clock.after(STOPPING_TAKES, () => process.exit(EXIT.failed))
    log.info('server.stopping')
    void manager.notify('STOPPING=1')
    manager.stop()
    await server.close()
    lock.release()
    log.info('server.stopped')
  }
}

/** null: no files were given. What reads them is loaded only then. */
async function joiningOf({ shared }: ServeOptions, clock: Clock): Promise<Joining | null> {
  if (shared === null) return null
  return (await import('./given-membership.ts')).givenMembership(shared, clock.now())
}

/** sd_notify(3): `RELOADING=1` with the time it began, then `READY=1`. */
async function reload(
  { tls }: ServeOptions,
  { preferences, settings, supervisor, endpoint }: ServerContainer,
  manager: ServiceManager,
  log: Log,
): Promise<void> {
  await manager.notify('RELOADING=1', `MONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`)
  const problems = [
    preferences.reread() ? null : 'The settings file cannot be read. The settings stay as they were.',
    tls === null ? null : exchangeCertificate(endpoint, tls),
  ].filter((problem) => problem !== null)
  supervisor.current()?.engine.configure(settings.engine())
  for (const reason of problems) log.warn('server.not-reloaded', { reason })
  if (problems.length === 0) log.info('server.reloaded')
  await manager.notify('READY=1')
}

/** null: for new connections from now on; otherwise why not, and the one before stays. */
function exchangeCertificate(
  endpoint: ServerContainer['endpoint'],
  tls: NonNullable<ServeOptions['tls']>,
): string | null {
  try {
    const certificate = readCertificate(readTls(tls))
    if (typeof certificate === 'string') return certificate
    endpoint.exchangeCertificate(certificate)
    return null
  } catch (error) {
    if (error instanceof WrongOptions) return error.message
    throw error
  }
}

/** Throws `WrongOptions`. */
function addressOf({ listen, tls }: ServeOptions): ListenAddress {
  const result = listenAddress({ ...listen, tls: tls === null ? null : readTls(tls) })
  if (result.kind === 'refused') throw new WrongOptions(result.problem)
  return result.address
}

function readTls({ certificate, key }: NonNullable<ServeOptions['tls']>): TlsFiles {
  const textOf = (option: string, file: string) => {
    try {
      return readFileSync(file, 'utf8')
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : 'unknown error'
      throw new WrongOptions(`${option}: ${file} cannot be read (${code}).`)
    }
  }
  return { cert: textOf('--tls-cert', certificate), key: textOf('--tls-key', key) }
}

/** `code` resolves at the first signal, or with what `stop` is given; a second signal ends the process at once. */
function untilStopped() {
  let stop: (code: number) => void = () => undefined
  const code = new Promise<number>((resolve) => {
    stop = resolve
  })
  let signals = 0
  const signaled = () => {
    signals += 1
    if (signals > 1) process.exit(EXIT.failed)
    stop(EXIT.ok)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, signaled)
  return { code, stop }
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
