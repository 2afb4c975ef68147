// What is written down of one request, once it is decided how it will be answered.
import { fingerprint } from '#base/node/fingerprint.ts'
import type { Answer } from './api/answers.ts'
import type { Identity } from './api/identify.ts'
import type { Delivery } from './faults/fault-answers.ts'
import type { Fault } from './faults/fault-kinds.ts'
import type { LedgerEntry, Replay } from './ledger.ts'
import type { Call } from './world.ts'

export type Facts = {
  readonly at: number
  readonly call: Call
  readonly identity: Identity
  readonly fault: Fault | null
  readonly answer: Answer | null
  readonly delivery: Delivery
  readonly replay: Replay
  readonly shared: boolean
}

export function entryOf(facts: Facts): LedgerEntry {
  const { identity, answer, delivery, fault } = facts
  const { grant: _grant, refreshToken: _refreshToken, ...seen } = identity
  const issued = answer?.issued
  return {
    ...seen,
    at: facts.at,
    method: facts.call.method,
    status: statusOf(delivery),
    trackingId: facts.call.trackingId,
    ...(issued === undefined ? {} : { issuedFingerprint: fingerprint(issued.access) }),
    ...(issued?.refresh ? { issuedRefreshFingerprint: fingerprint(issued.refresh) } : {}),
    outcome: answer?.outcome ?? 'fault',
    ...(fault === null ? {} : { faultApplied: fault.kind }),
    replay: facts.replay,
    concurrentWithSameGrant: facts.shared,
  }
}

function statusOf(delivery: Delivery): number | null {
  switch (delivery.how) {
    case 'whole':
    case 'drip':
      return delivery.wire.status
    case 'flood':
      return 200
    case 'hang':
    case 'reset':
      return null
  }
}
