// Server run: what happens when in a server, from the closed vault to the listeners, and in which order it ends.
import path from 'node:path'
import type { VaultAccess } from '#application/vault-access.ts'
import { SHORTEST_PASSPHRASE } from '#base/common/passphrase-strength.ts'
import { type OperationsListener, openOperationsListener } from '#daemon/operations-listener.ts'
import { readPassphraseFile } from '#daemon/passphrase-file.ts'
import { type RestoreMark, restoreMark } from '#daemon/restore-mark.ts'
import { type ServeOptions, WrongOptions } from '#daemon/serve-options.ts'
import type { Log } from '#desktop/log/log.ts'
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { Secret } from '#engine/domain/secret.ts'
import { CliError, EXIT } from '#satm/client/exit-codes.ts'
import { isTooShort } from '#vault/crypto/passphrase.ts'
import type { ServerContainer } from './server-container.ts'

interface RunParts {
  readonly options: ServeOptions
  readonly passphrase: Secret
  /** The real path. */
  readonly dataFolder: string
  readonly vaultAccess: VaultAccess
  readonly clock: Clock
  readonly log: Log
  /** Loads and constructs what runs over the vault. */
  readonly load: () => Promise<ServerContainer>
}

/** The engine's loop turns every minute at least. */
const LONGEST_TURN: Duration = 180_000

export function startServer(parts: RunParts) {
  const { options, vaultAccess, clock, log } = parts
  let operations: OperationsListener | null = null
  let container: ServerContainer | null = null
  let loading: Promise<ServerContainer> | null = null
  let opening: Promise<void> = Promise.resolve()
  let isStopping = false

  const load = async () => {
    container = await parts.load()
    return container
  }
  const loaded = () => {
    loading ??= load()
    return loading
  }
  vaultAccess.onOpened(async (vault) => (await loaded()).opened(vault))
  const session = () => container?.supervisor.current() ?? null

  /** Where none is held open, or nothing runs before a person says so, that the event loop turns is all that can be told. */
  const isAlive = () => {
    const turnedAt = session()?.turnedAt()
    return turnedAt === undefined || clock.monotonic() - turnedAt < LONGEST_TURN
  }
  const sharing = () => vaultAccess.vault()?.sharing?.status ?? null
  /** Also while the database is away it gives out what it knows; before it was in agreement once it knows nothing. */
  const sharedReadiness = (): Readonly<Record<string, boolean>> => {
    const status = sharing()
    return status === null ? {} : { sharedVault: status.agreedAt !== null || profiles() > 0 }
  }
  const start = async () => {
    if (options.operations !== null) {
      const listening = await openOperationsListener(options.operations, {
        clock,
        isAlive,
        readiness: () => ({
          vault: vaultAccess.vault() !== null,
          engine: session() !== null && isAlive(),
          listener: container?.endpoint.view().listening === true && !isStopping,
          ...sharedReadiness(),
        }),
        scrape: async () => (await loaded()).metrics.scrape(),
        failed: (error) => log.warn('operations.failed', { error }),
      })
      if (listening.kind === 'unavailable') throw new CliError(EXIT.portTaken, listening.problem)
      operations = listening.listener
    }
    opening = open(parts, loaded)
    // Looked at below.
    opening.catch(() => undefined)
    // By the next turn the key is being derived, in a thread of its own.
    await new Promise<void>((resolve) => void clock.after(0, resolve))
    const running = await loaded()
    const { supervisor, satm, endpoint } = running
    await satm.start(opening)
    await opening
    await supervisor.settled()
    if (isStopping) return running
    const held = supervisor.held()
    if (held?.kind === 'other-cloud') throw new CliError(EXIT.needsPerson, held.sentence)
    await endpoint.start()
    const { problem } = endpoint.view()
    if (problem !== null) throw new CliError(EXIT.portTaken, `--listen: ${problem}`)
    if (held !== null) log.warn('renewals.held', { reason: held.sentence })
    const { listen, operations: operationsListen } = options
    const state = held === null ? { held: false, profiles: profiles() } : { held: true }
    const baseUrl = running.settings.baseUrl()
    log.info('server.ready', { ...state, baseUrl, listen, operations: operationsListen })
    return running
  }
  const closeAll = async ({ supervisor, webhook, satm, network }: ServerContainer) => {
    const isShared = sharing() !== null
    await supervisor.close(async () => {
      if (isShared) log.warn('server.token-put-aside', { reason: PUT_ASIDE })
      else log.error('server.token-lost', { reason: 'A renewed token could not be stored.' })
      return true
    })
    webhook.stop()
    await satm.close()
    await network.close()
  }
  /** Not counted while renewals are held. */
  const profiles = () => session()?.engine.fleet().profiles.size ?? 0
  const started = start()
  return {
    /** Rejects with `CliError` or `WrongOptions`. */
    started,
    isAlive,
    /** For whoever asks the service manager. */
    state: () =>
      container?.supervisor.held()?.title ??
      (profiles() === 0 ? sharing()?.trouble?.sentence : undefined) ??
      `Keeps ${profiles()} profiles alive`,
    /** Nothing new begins; what was renewed is stored. */
    async close() {
      isStopping = true
      await container?.endpoint.keep()
      await container?.endpoint.stop()
      await Promise.allSettled([started, opening])
      if (container === null) await vaultAccess.vault()?.close()
      else await closeAll(container)
      await operations?.close()
    },
  }
}

const PUT_ASIDE =
  'A renewed token could not be stored in the shared vault. It lies in the data folder, and is stored when the server is started again within a day.'
const IN_THE_KEYCHAIN =
  'This data is protected by the keychain of the desktop that made it, and no passphrase is set. Open it there and set one under Settings → Security, or take a backup there and start the server with --restore and an empty data folder.'
const tooShort = (file: string) =>
  `The passphrase in ${file} is too short for a new vault. Use at least ${SHORTEST_PASSPHRASE} characters.`
const NOT_EMPTY =
  'The data folder contains a vault already, which a backup must not replace. Leave out --restore, or name an empty folder.'

const unfinished = (backup: string, mark: string) =>
  `The server ended while it took over the backup ${backup}, and nothing of it is here. Start it with --restore again. To begin with an empty vault instead, delete ${mark}.`

/** An empty folder gets a new vault with this passphrase, or made of a backup. */
async function open(parts: RunParts, loaded: () => Promise<ServerContainer>): Promise<void> {
  const { options, vaultAccess, dataFolder } = parts
  const mark = restoreMark(dataFolder)
  const backup = mark.backup()
  await vaultAccess.retry()
  const closed = vaultAccess.view()
  // It needs no passphrase where nothing protects it.
  if (closed.level !== 'closed') return
  const isNew = closed.ways.includes('set-passphrase')
  // Nothing is made before everything else is in order, such as the proxy.
  if (isNew) await loaded()
  if (isNew && isTooShort(parts.passphrase)) throw new WrongOptions(tooShort(options.passphraseFile))
  if (isNew && options.restore === null && backup !== null)
    throw new CliError(EXIT.needsPerson, unfinished(backup, mark.path))
  // It ended between the last step of that restore and the removal of its mark.
  if (!isNew && options.restore !== null && options.restore.file !== backup) throw new WrongOptions(NOT_EMPTY)
  if (!isNew && closed.ways.includes('restart') && !closed.ways.includes('enter-passphrase'))
    throw new CliError(EXIT.closed, IN_THE_KEYCHAIN)
  if (!isNew || options.restore === null) {
    await openWith(parts)
    if (backup !== null) mark.clear()
    return
  }
  try {
    await takeOver(parts, options.restore, mark, loaded)
  } catch (error) {
    // Refused, as a person was told. What an earlier start has left remains.
    if (backup === null) mark.clear()
    throw error
  }
  mark.clear()
}

/** Makes the vault of the backup, or nothing. The mark is there from before until after. */
async function takeOver(
  parts: RunParts,
  { file, passphraseFile }: NonNullable<ServeOptions['restore']>,
  mark: RestoreMark,
  loaded: () => Promise<ServerContainer>,
): Promise<void> {
  const { log } = parts
  const own = readPassphraseFile(passphraseFile)
  log.knownSecret(own.reveal())
  const container = await loaded()
  await mark.set(file)
  const taking = container.takeOver({ file, passphrase: own })
  const summary = await orClosed(taking, `The backup ${file} could not be taken over. `)
  log.info('backup.read', { ...summary, file: path.basename(file) })
  await openWith(parts)
}

async function openWith({ vaultAccess, passphrase }: RunParts): Promise<void> {
  await orClosed(vaultAccess.passphrase(passphrase))
  const view = vaultAccess.view()
  if (view.level !== 'closed') return
  if (view.kind === 'passphrase-wrong')
    throw new CliError(
      EXIT.closed,
      'The passphrase file does not contain the passphrase of this vault. Nothing was changed.',
    )
  // A disk can have space again: then a restart helps, unlike with the others.
  if (view.kind === 'not-writable') throw new CliError(EXIT.failed, view.sentence)
  throw new CliError(view.kind === 'taken' ? EXIT.folderTaken : EXIT.closed, view.sentence)
}

async function orClosed<T>(work: Promise<T>, what = ''): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw new CliError(EXIT.closed, `${what}${error instanceof Error ? error.message : String(error)}`)
  }
}
