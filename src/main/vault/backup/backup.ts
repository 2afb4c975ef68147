// Backup: writes the content of a whole vault into one encrypted file, and reads such a file.
import { assertNever } from '#base/common/assert-never.ts'
import { backupPassphraseProblem } from '#base/common/passphrase-strength.ts'
import { orgKey } from '#base/common/webex-id.ts'
import type {
  Consumer,
  DeliveryTarget,
  FleetDelivery,
  WebhookSettings,
} from '#engine/domain/delivery-model.ts'
import type { Attempt, Fleet, FleetChange, Instant } from '#engine/domain/model.ts'
import type { Secret } from '#engine/domain/secret.ts'
import type { ScryptCost } from '../crypto/passphrase.ts'
import { systemReason } from '../db/sqlite-errors.ts'
import type { StoredCloud } from '../repositories/cloud.ts'
import type { StoredDataSources } from '../repositories/data-sources.ts'
import type { LoadedRows } from '../repositories/fleet.ts'
import type { HistoryPage } from '../repositories/history.ts'
import type { HistoryQuery } from '../repositories/history-query.ts'
import { changesOf, fleetOf, isReadable, Meter, onlyReadable, withoutDangling } from './backup-content.ts'
import { BackupTooLarge, linesOf, readBackupFile, writeBackupFile } from './backup-file.ts'
import {
  attemptLine,
  type BackupRecord,
  cloudLine,
  type DeliveryRecords,
  dataSourceLine,
  deliveryLines,
  fleetLines,
  readRecord,
} from './backup-records.ts'

export interface BackupCounts {
  readonly profiles: number
  /** By App ID. */
  readonly serviceApps: number
  /** By org. */
  readonly customers: number
  readonly managers: number
  readonly attempts: number
}

export type BackupWriting =
  | ({
      readonly kind: 'written'
      /** Records that cannot be read, and what refers to them. */
      readonly leftOut: number
    } & BackupCounts)
  | { readonly kind: 'refused'; readonly sentence: string }

/**
 * Looks at the file before it gets its name: why it is to be none, null: it does. `leftOut`: records of the vault that are not
 * in it.
 */
export type ProveBackup = (file: string, counts: BackupCounts, leftOut: number) => Promise<string | null>

/** A database answers at once or later. */
type Answer<T> = T | Promise<T>

export interface BackupSource {
  load(): Answer<Pick<LoadedRows, 'fleet' | 'unreadable'>>
  delivery(): Answer<DeliveryRecords & { readonly unreadable: number }>
  dataSources(): Answer<StoredDataSources>
  history(query: HistoryQuery): Answer<HistoryPage>
  cloud(): Answer<StoredCloud>
}

const ATTEMPTS_AT_ONCE = 500

/** When it is refused, an older file of that name is intact. */
export async function writeBackup(
  source: BackupSource,
  path: string,
  options: {
    readonly passphrase: Secret
    readonly cost: ScryptCost
    readonly now: Instant
    readonly prove?: ProveBackup
  },
): Promise<BackupWriting> {
  const problem = backupPassphraseProblem(options.passphrase.reveal())
  if (problem !== null) return { kind: 'refused', sentence: `${problem} Nothing was written.` }
  const { fleet: loaded, unreadable } = await source.load()
  const { unreadable: unreadableRows, ...records } = await source.delivery()
  const stored = await source.dataSources()
  const { fleet, dataSources, delivery, leftOut } = withoutDangling(
    onlyReadable({
      fleet: loaded,
      dataSources: stored.sources,
      delivery: records,
      leftOut: unreadable.length + unreadableRows + stored.unreadable.length,
    }),
  )
  const cloud = await source.cloud()
  const meter = new Meter()
  let [attempts, lostAttempts] = [0, 0]
  function* firstLines() {
    if (cloud.kind === 'known') yield cloudLine(cloud.baseUrl)
    yield* fleetLines(fleet)
    for (const dataSource of dataSources) yield dataSourceLine(dataSource)
    yield* deliveryLines(delivery)
  }
  async function* lines() {
    for (const line of firstLines()) {
      meter.addRecord(line)
      yield line
    }
    for (let cursor: string | null = null; ; ) {
      const page: HistoryPage = await source.history({ cursor, limit: ATTEMPTS_AT_ONCE })
      // The newest come first, so it is the oldest that find no room.
      const readable = page.attempts
        .map(attemptLine)
        .filter((line) => isReadable(line) && meter.hasRoomForAttempt(line))
      attempts += readable.length
      lostAttempts += page.attempts.length - readable.length
      yield readable.join('')
      cursor = page.next
      if (cursor === null) return
    }
  }
  const prove = async (file: string) => {
    const why = (await options.prove?.(file, { ...countsOf(fleet), attempts }, leftOut)) ?? null
    if (why !== null) throw new NotProved(why)
  }
  try {
    await writeBackupFile(path, lines(), options, prove)
  } catch (error) {
    return { kind: 'refused', sentence: `The backup was not written: ${reasonOf(error)}` }
  }
  return {
    kind: 'written',
    ...countsOf(fleet),
    attempts,
    leftOut: leftOut + lostAttempts,
  }
}

function countsOf({ profiles, serviceApps, managers }: Fleet): Omit<BackupCounts, 'attempts'> {
  const all = [...profiles.values()]
  return {
    profiles: all.length,
    serviceApps: new Set(all.map(({ serviceAppId }) => serviceApps.get(serviceAppId)?.appId)).size,
    customers: new Set(all.map(({ targetOrgId }) => orgKey(targetOrgId))).size,
    managers: managers.size,
  }
}

/** Its message is the reason. */
class NotProved extends Error {}

function reasonOf(error: unknown): string {
  if (error instanceof NotProved) return error.message
  if (error instanceof BackupTooLarge) return 'there is more stored here than a backup can have in it.'
  const reason = systemReason(error)
  if (reason === 'disk-full') return 'the disk is full. Free some space or choose another place.'
  if (reason === 'read-only') return 'this place cannot be written. Choose another one.'
  return 'this place cannot be used. Choose another one.'
}

/** A backup that was read whole and understood. */
export interface Backup extends BackupCounts {
  readonly createdAt: Instant
  /** Texts in the place of a token that cannot be one: left out. */
  readonly notTokens: number
  /** Records that refer to one that is not there: left out. */
  readonly leftOut: number
  /** IDs and names that nobody could type here: kept. */
  readonly oddValues: number
  /** The base URL all of it belongs to; null: of an older version, or it was not known when it was written. */
  readonly cloud: string | null
  /** In an order in which they can be stored. */
  readonly changes: readonly FleetChange[]
  readonly delivery: DeliveryRecords
  history(): AsyncIterable<readonly Attempt[]>
}

export type BackupReading =
  | {
      readonly kind: 'ok'
      readonly content: Omit<Backup, 'history'>
      /** For `attemptsIn`. */
      readonly packed: Uint8Array
    }
  | RefusedBackup

export interface RefusedBackup {
  readonly kind: keyof typeof SENTENCES
  readonly sentence: string
}

const SENTENCES = {
  'not-a-backup': 'This file is not a backup of this app.',
  'too-new': 'This backup was made by a newer version of this app. Install that version to restore it.',
  'passphrase-wrong': 'That is not the passphrase of this backup. Nothing was changed; try again.',
  damaged: 'This backup is damaged and cannot be restored. Nothing was changed.',
  'too-large':
    'This file is larger than any backup of this app, so it cannot be restored. Nothing was changed.',
  unreadable: 'The file cannot be read.',
} as const

/** Changes nothing: what is in a backup can be shown before anybody restores it. */
export async function readBackup(path: string, passphrase: Secret): Promise<BackupReading> {
  const file = await readBackupFile(path, passphrase)
  if (file.kind !== 'ok') return refused(file.kind)
  const changes: FleetChange[] = []
  const targets: DeliveryTarget[] = []
  const fleetDeliveries: FleetDelivery[] = []
  const consumers: Consumer[] = []
  let webhook: WebhookSettings | null = null
  let cloud: string | null = null
  let [attempts, notTokens, oddValues] = [0, 0, 0]
  const ids = new Set<string>()
  const meter = new Meter()
  const take = (line: string) => {
    const record = readRecord(line)
    if (record.kind !== 'attempt') meter.addRecord(line)
    else if (!meter.hasRoomForAttempt(line)) throw new BackupTooLarge()
    if (!isNew(record, ids)) throw new Error('two records of one ID')
    switch (record.kind) {
      case 'cloud':
        cloud = record.baseUrl
        break
      case 'change':
        changes.push(record.change)
        notTokens += record.notTokens
        oddValues += record.oddValues
        break
      case 'delivery-target':
        targets.push(record.target)
        break
      case 'fleet-delivery':
        fleetDeliveries.push(record.fleetDelivery)
        break
      case 'consumer':
        consumers.push(record.consumer)
        break
      case 'webhook':
        webhook = record.webhook
        break
      case 'attempt':
        attempts += 1
        break
      default:
        assertNever(record)
    }
  }
  try {
    for await (const lines of linesOf(file.packed)) lines.forEach(take)
  } catch (error) {
    return refused(error instanceof BackupTooLarge ? 'too-large' : 'damaged')
  }
  const kept = changes.flatMap((change) => (change.kind === 'data-source-kept' ? [change.source] : []))
  const { fleet, dataSources, delivery, leftOut } = withoutDangling({
    fleet: fleetOf(changes),
    dataSources: kept,
    delivery: { targets, fleetDeliveries, consumers, webhook },
    leftOut: 0,
  })
  return {
    kind: 'ok',
    content: {
      createdAt: file.createdAt,
      cloud,
      ...countsOf(fleet),
      attempts,
      notTokens,
      leftOut,
      oddValues,
      changes: changesOf(fleet, dataSources),
      delivery,
    },
    packed: file.packed,
  }
}

function refused(kind: RefusedBackup['kind']): RefusedBackup {
  return { kind, sentence: SENTENCES[kind] }
}

/** A second record of one id would take the place of the first without being looked at. */
function isNew(record: BackupRecord, ids: Set<string>): boolean {
  const key = keyOf(record)
  if (key === null) return true
  if (ids.has(key)) return false
  ids.add(key)
  return true
}

/** null: it may be there several times. */
function keyOf(record: BackupRecord): string | null {
  switch (record.kind) {
    case 'change':
      return `${record.change.kind} ${record.id}`
    case 'delivery-target':
      return `${record.kind} ${record.target.id}`
    case 'fleet-delivery':
      return `${record.kind} ${record.fleetDelivery.id}`
    case 'consumer':
      return `${record.kind} ${record.consumer.id}`
    case 'webhook':
    case 'cloud':
      return record.kind
    case 'attempt':
      return null
  }
}

/** From new to old, some at a time; of what was read as a backup. */
export async function* attemptsIn(packed: Uint8Array): AsyncGenerator<readonly Attempt[]> {
  for await (const lines of linesOf(packed)) {
    yield lines.flatMap((line) => {
      const record = readRecord(line)
      return record.kind === 'attempt' ? [record.attempt] : []
    })
  }
}
