// Fleet deliveries: what is delivered for many profiles by one template, as one sealed row of `meta`.
import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import type { FleetDelivery } from '#engine/domain/delivery-model.ts'
import { readSpec } from '#engine/domain/delivery-spec.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { Connection } from '../db/connection.ts'
import type { RowAccess } from './row-access.ts'
import { openMeta, readMeta, writeSealedMeta } from './sealed-meta.ts'

const content = z.array(
  z.object({
    id: z.string(),
    serviceAppId: z.string().nullable(),
    spec: z.unknown(),
    createdAt: z.number(),
    held: z.boolean(),
  }),
)

/** Each rejects with a `StoreFailure` when the database does not answer. A write is durable when it resolves. */
export interface FleetDeliveriesRow {
  /** None, where none were saved or they were altered. */
  load(): Promise<readonly FleetDelivery[]>
  save(deliveries: readonly FleetDelivery[]): Promise<void>
}

export const FLEET_DELIVERIES = 'fleet-deliveries'

export function fleetDeliveriesRow({ db, key, read, write }: RowAccess): FleetDeliveriesRow {
  return {
    load: () => read(() => loadFleetDeliveries(db, key())),
    save: (deliveries) => write(() => saveFleetDeliveries(db, key(), deliveries)),
  }
}

export function loadFleetDeliveries(db: Connection, key: KeyObject): readonly FleetDelivery[] {
  return readFleetDeliveries(key, readMeta(db, FLEET_DELIVERIES))
}

/** `stored`: as it stands in the table; null: it is not there. */
export function readFleetDeliveries(key: KeyObject, stored: string | null): readonly FleetDelivery[] {
  const opened = openMeta(key, FLEET_DELIVERIES, stored ?? '')
  const reading = content.safeParse(opened === null ? [] : JSON.parse(opened.reveal()))
  return (reading.data ?? []).flatMap((one) => {
    const { kind, ...rest } = readSpec(one.spec)
    return kind === 'read' && 'spec' in rest ? [{ ...one, spec: rest.spec }] : []
  })
}

function saveFleetDeliveries(db: Connection, key: KeyObject, deliveries: readonly FleetDelivery[]): void {
  writeSealedMeta(db, key, FLEET_DELIVERIES, new Secret(JSON.stringify(deliveries)))
}

/** Runs inside the caller's transaction: they act for profiles that others may have written. Returns how many acted. */
export function holdFleetDeliveries(db: Connection, key: KeyObject): number {
  const deliveries = loadFleetDeliveries(db, key)
  const acting = deliveries.filter(({ held }) => !held).length
  if (acting > 0) {
    saveFleetDeliveries(
      db,
      key,
      deliveries.map((one) => ({ ...one, held: true })),
    )
  }
  return acting
}

/** Runs inside the caller's transaction. Those that are here stay, and all are held. */
export function restoreFleetDeliveries(
  db: Connection,
  key: KeyObject,
  restored: readonly FleetDelivery[],
): void {
  holdFleetDeliveries(db, key)
  if (restored.length === 0) return
  const ids = new Set(restored.map(({ id }) => id))
  const others = loadFleetDeliveries(db, key).filter(({ id }) => !ids.has(id))
  saveFleetDeliveries(db, key, [...others, ...restored.map((one) => ({ ...one, held: true }))])
}
