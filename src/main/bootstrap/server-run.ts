// Server run: what happens when over a constructed server, from the closed vault to the listeners, and in which order it ends.
import path from 'node:path'
import { takeOverBackup } from '#application/backup-restore.ts'
import { SHORTEST_PASSPHRASE } from '#base/common/passphrase-strength.ts'
import { type OperationsListener, openOperationsListener } from '#daemon/operations-listener.ts'
import { readPassphraseFile } from '#daemon/passphrase-file.ts'
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
  readonly clock: Clock
  readonly log: Log
}

/** The engine's loop turns every minute at least. */
const LONGEST_TURN: Duration = 180_000

export function startServer(container: ServerContainer, parts: RunParts) {
  const { vaultAccess, supervisor, satm, endpoint, webhook, network, metrics } = container
  const { options, clock, log } = parts
  let operations: OperationsListener | null = null
  let isStopping = false

  /** Where none is held open, or nothing runs before a person says so, that the event loop turns is all that can be told. */
  const isAlive = () => {
    const session = supervisor.current()
    return session === null || clock.monotonic() - session.turnedAt() < LONGEST_TURN
  }
  const start = async () => {
    if (options.operations !== null) {
      const opening = await openOperationsListener(options.operations, {
        clock,
        isAlive,
        readiness: () => ({
          vault: vaultAccess.vault() !== null,
          engine: supervisor.current() !== null && isAlive(),
          listener: endpoint.view().listening && !isStopping,
        }),
        scrape: metrics.scrape,
        failed: (error) => log.warn('operations.failed', { error }),
      })
      if (opening.kind === 'unavailable') throw new CliError(EXIT.portTaken, opening.problem)
      operations = opening.listener
    }
    const opening = open(container, parts)
    await satm.start(opening)
    await opening
    await supervisor.settled()
    if (isStopping) return
    const held = supervisor.held()
    if (held?.kind === 'other-cloud') throw new CliError(EXIT.needsPerson, held.sentence)
    await endpoint.start()
    const { problem } = endpoint.view()
    if (problem !== null) throw new CliError(EXIT.portTaken, `--listen: ${problem}`)
    const { length: profiles } = container.fleet().profiles
    if (held !== null) log.warn('renewals.held', { reason: held.sentence })
    log.info('server.ready', { profiles, listen: options.listen, operations: options.operations })
  }
  const started = start()
  return {
    /** Rejects with `CliError` or `WrongOptions`. */
    started,
    isAlive,
    /** For whoever asks the service manager. */
    state: () => supervisor.held()?.title ?? `Keeps ${container.fleet().profiles.length} profiles alive`,
    /** Nothing new begins; what was renewed is stored. */
    async close() {
      isStopping = true
      await endpoint.keep()
      await endpoint.stop()
      await started.catch(() => undefined)
      await supervisor.close(async () => {
        log.error('server.token-lost', { reason: 'A renewed token could not be stored.' })
        return true
      })
      webhook.stop()
      await satm.close()
      await network.close()
      await operations?.close()
    },
  }
}

const IN_THE_KEYCHAIN =
  'This data is protected by the keychain of the desktop that made it, and no passphrase is set. Open it there and set one under Settings → Security, or take a backup there and start the server with --restore and an empty data folder.'
const tooShort = (file: string) =>
  `The passphrase in ${file} is too short for a new vault. Use at least ${SHORTEST_PASSPHRASE} characters.`
const NOT_EMPTY =
  'The data folder contains a vault already, which a backup must not replace. Leave out --restore, or name an empty folder.'

/** An empty folder gets a new vault with this passphrase. */
async function open(
  container: ServerContainer,
  { options, passphrase, clock, log }: RunParts,
): Promise<void> {
  const { vaultAccess, reader } = container
  await vaultAccess.retry()
  const closed = vaultAccess.view()
  // It needs no passphrase where nothing protects it.
  if (closed.level !== 'closed') return
  const isNew = closed.ways.includes('set-passphrase')
  if (isNew && isTooShort(passphrase)) throw new WrongOptions(tooShort(options.passphraseFile))
  if (options.restore !== null) {
    if (!isNew) throw new WrongOptions(NOT_EMPTY)
    const { file, passphraseFile } = options.restore
    const own = readPassphraseFile(passphraseFile)
    log.knownSecret(own.reveal())
    const taking = takeOverBackup({ vaultAccess, reader, now: clock.now }, { file, passphrase: own })
    const summary = await orClosed(taking, `The backup ${file} could not be taken over. `)
    log.info('backup.read', { ...summary, file: path.basename(file) })
  }
  if (!isNew && closed.ways.includes('restart') && !closed.ways.includes('enter-passphrase'))
    throw new CliError(EXIT.closed, IN_THE_KEYCHAIN)
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
