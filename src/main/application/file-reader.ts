// File reader: what people choose is read in a thread of its own. A backup or an import may be large, or made to keep the
// app busy; meanwhile tokens are renewed and programs get theirs. `performReading` is what runs in the thread.
import { ThreadOutOfMemory } from '#base/node/thread.ts'
import type { Consumer, DeliveryTarget, FleetDelivery } from '#engine/domain/delivery-model.ts'
import type { Attempt, Duration, FleetChange } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import { concealed, revealed, Secret } from '#engine/domain/secret.ts'
import type { ImportCandidate } from '#import/candidate.ts'
import { type ImportChoices, type ImportContent, refusedImport } from '#import/import-dialect.ts'
import { readImport, readImportFile } from '#import/import-file.ts'
import {
  attemptsIn,
  type Backup,
  type BackupReading,
  type RefusedBackup,
  readBackup,
} from '#vault/backup/backup.ts'

export type ImportSource = { readonly file: string } | { readonly text: string }

export type ReadingRequest =
  | { readonly kind: 'backup'; readonly path: string; readonly passphrase: string }
  | { readonly kind: 'history'; readonly packed: Uint8Array }
  | { readonly kind: 'import'; readonly source: ImportSource; readonly choices: ImportChoices }

export interface FileReader {
  /** Its history is read again while it is restored. */
  backup(
    path: string,
    passphrase: Secret,
    signal: AbortSignal,
  ): Promise<{ readonly kind: 'ok'; readonly backup: Backup } | RefusedBackup | Stopped>
  importContent(source: ImportSource, choices: ImportChoices, signal: AbortSignal): Promise<ImportContent>
}

interface Stopped {
  readonly kind: 'stopped'
  readonly sentence: string
}

/** Long lists come in pieces before the rest, so that no message takes long to send or to receive. */
type Portion =
  | { readonly list: string; readonly items: readonly unknown[] }
  | { readonly rest: unknown }
  /** Of the history. */
  | readonly Attempt[]

/** Of one portion, which takes a few milliseconds to receive. */
const [ITEMS_AT_ONCE, CHARACTERS_AT_ONCE] = [250, 512 * 1024]
/** A million attempts take about half a minute. */
const LONGEST_READING: Duration = 120_000

/** Yields what `createFileReader` puts together again. Secrets are revealed in it for the way between two threads. */
export async function* performReading(request: ReadingRequest): AsyncGenerator<unknown> {
  switch (request.kind) {
    case 'backup': {
      const reading = await readBackup(request.path, new Secret(request.passphrase))
      if (reading.kind !== 'ok') return yield { rest: reading }
      const { changes, delivery, ...content } = reading.content
      const { webhook, ...lists } = delivery
      yield* inPieces({ changes, ...lists })
      const rest = { ...content, changes: [], delivery: { webhook } }
      return yield { rest: revealed({ ...reading, content: rest }) }
    }
    case 'history':
      return yield* attemptsIn(request.packed)
    case 'import': {
      const { source, choices } = request
      const content =
        'file' in source ? readImportFile(source.file, choices) : readImport(source.text, '', choices)
      if (content.kind !== 'profiles') return yield { rest: revealed(content) }
      yield* inPieces({ candidates: content.candidates })
      return yield { rest: revealed({ ...content, candidates: [] }) }
    }
  }
}

function* inPieces(lists: Readonly<Record<string, readonly unknown[]>>): Generator<Portion> {
  for (const [list, items] of Object.entries(lists)) {
    let piece: unknown[] = []
    let characters = 0
    for (const item of items) {
      const one = revealed(item)
      piece.push(one)
      characters += JSON.stringify(one).length
      if (piece.length < ITEMS_AT_ONCE && characters < CHARACTERS_AT_ONCE) continue
      yield { list, items: piece }
      piece = []
      characters = 0
    }
    yield { list, items: piece }
  }
}

/** `run` performs the request in a thread that ends with the iteration or the signal. */
export function createFileReader(dependencies: {
  readonly run: (request: ReadingRequest, signal: AbortSignal) => AsyncIterable<unknown>
  readonly clock: Pick<Clock, 'after'>
}): FileReader {
  const { run, clock } = dependencies
  const stoppable = async <T>(canceled: AbortSignal, read: (signal: AbortSignal) => Promise<T>) => {
    const limit = new AbortController()
    const cancel = clock.after(LONGEST_READING, () => limit.abort())
    try {
      return await read(AbortSignal.any([canceled, limit.signal]))
    } catch (error) {
      const sentence = whyStopped(error, canceled, limit.signal)
      if (sentence === null) throw error
      return { kind: 'stopped', sentence } as const
    } finally {
      cancel()
    }
  }
  return {
    backup: (path, passphrase, canceled) =>
      stoppable(canceled, async (signal) => {
        const changes: FleetChange[] = []
        const targets: DeliveryTarget[] = []
        const fleetDeliveries: FleetDelivery[] = []
        const consumers: Consumer[] = []
        const request = { kind: 'backup', path, passphrase: passphrase.reveal() } as const
        const reading = await collect<BackupReading>(run(request, signal), {
          changes,
          targets,
          fleetDeliveries,
          consumers,
        })
        if (reading.kind !== 'ok') return reading
        const { content, packed } = reading
        const delivery = { ...content.delivery, targets, fleetDeliveries, consumers }
        // A restore takes its time by what the disk can do.
        const history = () =>
          run({ kind: 'history', packed }, new AbortController().signal) as AsyncIterable<readonly Attempt[]>
        return { kind: 'ok', backup: { ...content, changes, delivery, history } }
      }),
    async importContent(source, choices, canceled) {
      const read = await stoppable(canceled, async (signal) => {
        const candidates: ImportCandidate[] = []
        const request = { kind: 'import', source, choices } as const
        const content = await collect<ImportContent>(run(request, signal), { candidates })
        return content.kind === 'profiles' ? { ...content, candidates } : content
      })
      return read.kind === 'stopped' ? refusedImport(read.sentence) : read
    },
  }
}

async function collect<T>(
  portions: AsyncIterable<unknown>,
  lists: Readonly<Record<string, unknown[]>>,
): Promise<T> {
  for await (const sent of portions) {
    const portion = concealed(sent) as Exclude<Portion, readonly Attempt[]>
    // The last one: what belongs to it has come.
    if ('rest' in portion) return portion.rest as T
    lists[portion.list]?.push(...portion.items)
  }
  throw new Error('the reading ended before its last portion')
}

function whyStopped(error: unknown, canceled: AbortSignal, limit: AbortSignal): string | null {
  if (canceled.aborted) return 'Canceled. Nothing was changed.'
  if (limit.aborted) {
    return `Reading this file was stopped after ${LONGEST_READING / 60_000} minutes. Nothing was changed. Choose another file.`
  }
  if (!(error instanceof ThreadOutOfMemory)) return null
  return 'Reading this file needs too much memory. Nothing was changed. Choose another file.'
}
