// Fault queue: which fault meets which request. The oldest one aimed at it, in the order of arrival, so a run can be
// repeated.
import type { Asked } from '../ledger.ts'
import { type Fault, isTarget } from './fault-kinds.ts'

type Queued = { readonly id: number; readonly fault: Fault; toSkip: number; left: number }

export class FaultQueue {
  #nextId = 1
  #queue: Queued[] = []

  /** Returns an id for `clear`. */
  add(fault: Fault): number {
    const left = fault.times === 'until cleared' ? Number.POSITIVE_INFINITY : fault.times
    const id = this.#nextId
    this.#nextId += 1
    this.#queue.push({ id, fault, toSkip: fault.skip, left })
    return id
  }

  /** Without an id, all faults. */
  clear(id?: number): void {
    this.#queue = id === undefined ? [] : this.#queue.filter((queued) => queued.id !== id)
  }

  /** The fault this request meets, if any. A fault that skips requests counts it even when another fault meets it. */
  take(request: Asked): Fault | null {
    let met: Queued | null = null
    for (const queued of this.#queue) {
      if (!isAimedAt(queued.fault, request)) continue
      if (queued.toSkip > 0) queued.toSkip -= 1
      else met ??= queued
    }
    if (met === null) return null
    met.left -= 1
    if (met.left <= 0) this.clear(met.id)
    return met.fault
  }
}

function isAimedAt(fault: Fault, request: Asked): boolean {
  return (
    isTarget(fault.endpoint, request.endpoint) &&
    (fault.client === undefined || fault.client === request.client) &&
    (fault.orgId === undefined || fault.orgId === request.orgId)
  )
}
