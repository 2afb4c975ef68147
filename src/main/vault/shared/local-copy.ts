// Local copy: what a computer keeps of a shared vault in its own one, for the time in which the shared one cannot be reached.

import type { Consumer } from '#engine/domain/delivery-model.ts'
import type { ChangesBetween, KnownState } from '#engine/domain/engine-api.ts'
import type { Fleet, FleetChange } from '#engine/domain/model.ts'
import { isSameData } from '#engine/domain/same-data.ts'
import type { OpenVault } from '../open-vault.ts'
import type { ConsumerRows } from '../repositories/consumers.ts'
import type { LoadedFleet } from '../repositories/fleet.ts'
import type { ProblemNotes, ProblemNotesRow } from '../repositories/problem-notes.ts'
import { storedStateOf } from './following.ts'

/** The fleet. No call rejects: what could not be stored is stored with the next one. */
export class FleetCopy {
  readonly #local: Pick<OpenVault, 'load' | 'commit'>
  readonly #changesBetween: ChangesBetween
  /** What is there; null: it has to be read. */
  #stored: KnownState | null = null

  constructor(local: Pick<OpenVault, 'load' | 'commit'>, changesBetween: ChangesBetween) {
    this.#local = local
    this.#changesBetween = changesBetween
  }

  async keep(loaded: LoadedFleet): Promise<void> {
    try {
      this.#stored ??= storedStateOf(await this.#local.load())
      const next = withoutDangling(this.#stored.fleet, storedStateOf(loaded))
      await this.#local.commit(this.#changesBetween(this.#stored, next), [])
      this.#stored = next
    } catch {
      this.#stored = null
    }
  }

  /** What this computer has stored in the shared vault. */
  async commit(changes: readonly FleetChange[]): Promise<void> {
    // Also where it fails: what is stored there may be another pair, or only some of it.
    this.#stored = null
    await this.#local.commit(changes, []).catch(() => undefined)
  }
}

/** Without what names a token manager that cannot be read, and is not here either: no vault stores that. */
function withoutDangling(here: Fleet, { fleet, ...rest }: KnownState): KnownState {
  const there = (id: string | null) =>
    id !== null && (fleet.managers.has(id) || here.managers.has(id)) ? id : null
  const profiles = new Map(fleet.profiles)
  for (const [id, profile] of profiles) {
    const managerId = there(profile.managerId)
    if (managerId !== profile.managerId) profiles.set(id, { ...profile, managerId })
  }
  const managers = new Map(fleet.managers)
  for (const [id, manager] of managers) {
    const fallbackId = there(manager.fallbackId)
    if (fallbackId !== manager.fallbackId) managers.set(id, { ...manager, fallbackId })
  }
  return { ...rest, fleet: { ...fleet, managers, profiles } }
}

/** Those that were known last may still ask for tokens while the shared vault cannot be reached. */
export function copiedConsumers(shared: () => Promise<ConsumerRows>, local: ConsumerRows): ConsumerRows {
  const copy = async (consumers: readonly Consumer[]) => {
    const [known, now] = [new Map((await local.load()).map((one) => [one.id, one])), new Set<string>()]
    for (const consumer of consumers) {
      now.add(consumer.id)
      const before = known.get(consumer.id)
      if (before !== undefined && isSameConsumer(before, consumer)) continue
      if (before !== undefined) await local.remove(consumer.id)
      await local.add({ ...consumer, lastUsedAt: before?.lastUsedAt ?? consumer.lastUsedAt })
    }
    for (const id of known.keys()) if (!now.has(id)) await local.remove(id)
  }
  return {
    async load() {
      const consumers = await shared()
        .then((rows) => rows.load())
        .catch(() => null)
      if (consumers === null) return local.load()
      await copy(consumers).catch(() => undefined)
      const used = new Map((await local.load()).map(({ id, lastUsedAt }) => [id, lastUsedAt]))
      return consumers.map((one) => ({ ...one, lastUsedAt: used.get(one.id) ?? one.lastUsedAt }))
    },
    async add(consumer) {
      await (await shared()).add(consumer)
      await local.add(consumer).catch(() => undefined)
    },
    async confirm(id) {
      await (await shared()).confirm(id)
      await local.confirm(id).catch(() => undefined)
    },
    // Of this computer: everybody would read everything anew.
    markUsed: (uses) => local.markUsed(uses),
    async remove(id) {
      await (await shared()).remove(id)
      await local.remove(id).catch(() => undefined)
    },
  }
}

/** But for when it was used, which each computer knows of its own. */
function isSameConsumer(one: Consumer, other: Consumer): boolean {
  return isSameData({ ...one, lastUsedAt: null }, { ...other, lastUsedAt: null })
}

interface ReadableRow<T> {
  load(): Promise<T>
}

interface StoredRow<T> extends ReadableRow<T> {
  save(value: NonNullable<T>): Promise<void>
}

/** What was known last is used while the shared vault cannot be reached. It is read with each change of others, and stored once. */
function copiedReading<T>(sharedRow: () => Promise<ReadableRow<T>>, local: StoredRow<T>) {
  let copied: T | null = null
  const copy = async (value: T) => {
    if (value === null || value === undefined || isSameData(value, copied)) return
    try {
      await local.save(value)
      copied = value
    } catch {
      // It is stored with the next one.
    }
  }
  const load = async () => {
    const found = await sharedRow()
      .then(async (row) => ({ value: await row.load() }))
      .catch(() => null)
    if (found === null) return local.load()
    await copy(found.value)
    return found.value
  }
  return { load, copy }
}

export function copiedRow<T>(sharedRow: () => Promise<StoredRow<T>>, local: StoredRow<T>): StoredRow<T> {
  const { load, copy } = copiedReading(sharedRow, local)
  return {
    load,
    async save(value) {
      await (await sharedRow()).save(value)
      await copy(value)
    },
  }
}

export function copiedNotes(
  sharedNotes: () => Promise<ProblemNotesRow>,
  local: ProblemNotesRow,
): ProblemNotesRow {
  const save = async (notes: ProblemNotes) => void (await local.update(() => notes))
  const { load, copy } = copiedReading<ProblemNotes>(sharedNotes, { load: local.load, save })
  return {
    load,
    async update(edit) {
      const notes = await (await sharedNotes()).update(edit)
      await copy(notes)
      return notes
    },
  }
}
