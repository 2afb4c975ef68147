// The records of a backup that can be stored together. Writing and reading both hold to it: what is written can be
// restored, and what cannot be stored is left out and counted before anything is changed.
import type {
  Fleet,
  FleetChange,
  KeptDataSource,
  Profile,
  ServiceApp,
  TokenManager,
} from '#engine/domain/model.ts'
import { BACKUP_LIMITS, BackupTooLarge } from './backup-file.ts'
import {
  consumerLine,
  type DeliveryRecords,
  dataSourceLine,
  fleetDeliveryLine,
  managerLine,
  profileLine,
  readRecord,
  serviceAppLine,
  targetLine,
} from './backup-records.ts'

export interface BackupContent {
  readonly fleet: Fleet
  readonly dataSources: readonly KeptDataSource[]
  readonly delivery: DeliveryRecords
  readonly leftOut: number
}

/** What can be read again. A row that was changed by other means may hold an ID or an instant that cannot. */
export function onlyReadable({ fleet, dataSources, delivery, leftOut }: BackupContent): BackupContent {
  const readable: BackupContent = {
    fleet: {
      serviceApps: filtered(fleet.serviceApps, serviceAppLine),
      managers: filtered(fleet.managers, managerLine),
      profiles: filtered(fleet.profiles, profileLine),
    },
    dataSources: dataSources.filter((source) => isReadable(dataSourceLine(source))),
    delivery: {
      targets: delivery.targets.filter((target) => isReadable(targetLine(target))),
      fleetDeliveries: delivery.fleetDeliveries.filter((one) => isReadable(fleetDeliveryLine(one))),
      consumers: delivery.consumers.filter((consumer) => isReadable(consumerLine(consumer))),
      webhook: delivery.webhook,
    },
    leftOut: 0,
  }
  const lost = recordsIn({ fleet, dataSources, delivery }) - recordsIn(readable)
  return { ...readable, leftOut: leftOut + lost }
}

/**
 * Without what refers to a record that is not there. A profile without its service app could never get a token, so it is
 * left out, and so are its targets; one without its token manager uses the default one.
 */
export function withoutDangling({ fleet, dataSources, delivery, leftOut }: BackupContent): BackupContent {
  const { serviceApps } = fleet
  const profiles = new Map<string, Profile>()
  const managers = new Map<string, TokenManager>()
  for (const [id, manager] of fleet.managers) {
    const hasFallback = manager.fallbackId === null || fleet.managers.has(manager.fallbackId)
    managers.set(id, hasFallback ? manager : { ...manager, fallbackId: null })
  }
  for (const profile of fleet.profiles.values()) {
    if (!serviceApps.has(profile.serviceAppId)) continue
    const hasManager = profile.managerId === null || managers.has(profile.managerId)
    profiles.set(profile.id, hasManager ? profile : { ...profile, managerId: null })
  }
  const targets = delivery.targets.filter(({ profileId }) => profiles.has(profileId))
  const fleetDeliveries = delivery.fleetDeliveries.filter(
    ({ serviceAppId }) => serviceAppId === null || serviceApps.has(serviceAppId),
  )
  const whole = {
    fleet: { ...fleet, managers, profiles },
    dataSources: dataSources.filter(({ profileId }) => profiles.has(profileId)),
    delivery: { ...delivery, targets, fleetDeliveries },
  }
  const lost = recordsIn({ fleet, dataSources, delivery }) - recordsIn(whole)
  return { ...whole, leftOut: leftOut + lost }
}

/** In an order in which they can be stored. */
export function changesOf(
  { serviceApps, managers, profiles }: Fleet,
  dataSources: readonly KeptDataSource[] = [],
): readonly FleetChange[] {
  return [
    ...[...serviceApps.values()].map(
      (serviceApp): FleetChange => ({ kind: 'service-app-saved', serviceApp }),
    ),
    ...[...managers.values()].map((manager): FleetChange => ({ kind: 'manager-saved', manager })),
    ...[...profiles.values()].map((profile): FleetChange => ({ kind: 'profile-saved', profile })),
    ...dataSources.map((source): FleetChange => ({ kind: 'data-source-kept', source })),
  ]
}

export function fleetOf(changes: readonly FleetChange[]): Fleet {
  const serviceApps = new Map<string, ServiceApp>()
  const managers = new Map<string, TokenManager>()
  const profiles = new Map<string, Profile>()
  for (const change of changes) {
    if (change.kind === 'service-app-saved') serviceApps.set(change.serviceApp.id, change.serviceApp)
    if (change.kind === 'manager-saved') managers.set(change.manager.id, change.manager)
    if (change.kind === 'profile-saved') profiles.set(change.profile.id, change.profile)
  }
  return { serviceApps, managers, profiles }
}

/** Bytes. More than the first line of the file and the tag take. */
const BESIDE = 8192

/** Holds what is written, and what is read, to `BACKUP_LIMITS`. */
export class Meter {
  #records = 0
  #characters = 0
  #attempts = 0
  #bytes = 0

  /** Throws `BackupTooLarge`. */
  addRecord(line: string): void {
    this.#records += 1
    this.#characters += line.length
    this.#bytes += Buffer.byteLength(line)
    if (this.#records > BACKUP_LIMITS.records || this.#characters > BACKUP_LIMITS.recordCharacters)
      throw new BackupTooLarge()
  }

  hasRoomForAttempt(line: string): boolean {
    const bytes = this.#bytes + Buffer.byteLength(line)
    if (this.#attempts === BACKUP_LIMITS.attempts || bytes > BACKUP_LIMITS.bytes - BESIDE) return false
    this.#attempts += 1
    this.#bytes = bytes
    return true
  }
}

export function isReadable(line: string): boolean {
  try {
    readRecord(line)
    return true
  } catch {
    return false
  }
}

function filtered<T>(records: ReadonlyMap<string, T>, lineOf: (record: T) => string): Map<string, T> {
  return new Map([...records].filter(([, record]) => isReadable(lineOf(record))))
}

function recordsIn({ fleet, dataSources, delivery }: Omit<BackupContent, 'leftOut'>): number {
  const { serviceApps, managers, profiles } = fleet
  return (
    serviceApps.size +
    managers.size +
    profiles.size +
    dataSources.length +
    delivery.targets.length +
    delivery.fleetDeliveries.length +
    delivery.consumers.length
  )
}
