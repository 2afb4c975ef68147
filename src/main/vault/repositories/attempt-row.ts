// A row of the history as an attempt, and what is left of it when it is damaged.
import { parseJson } from '#base/common/json.ts'
import { type Attempt, type Call, type Outcome, type Tier, TRIGGERS } from '#engine/domain/model.ts'
import { readReason } from '#engine/domain/renewal-reason.ts'
import type { Row } from '../db/connection.ts'
import { instant, MalformedRow, numberOrNull, oneOf, readRow, text, textOrNull } from '../db/row.ts'

const OUTCOMES = ['renewed', 'unchanged', 'failed'] as const satisfies readonly Outcome[]

/** Throws a `MalformedRow` for a damaged one. */
export function readAttempt(row: Row): Attempt {
  const id = text(row, 'subject_id')
  return {
    id: text(row, 'id'),
    subject:
      oneOf(row, 'subject_kind', ['profile', 'manager']) === 'profile'
        ? { kind: 'profile', profileId: id }
        : { kind: 'manager', managerId: id },
    name: text(row, 'name'),
    orgId: textOrNull(row, 'org_id'),
    trigger: oneOf(row, 'trigger', TRIGGERS),
    reason: readReason(parseJson(textOrNull(row, 'reason') ?? 'null')),
    startedAt: instant(row, 'started_at'),
    endedAt: instant(row, 'ended_at'),
    calls: readCalls(row),
    outcome: oneOf(row, 'outcome', OUTCOMES),
    tier: readTier(row),
    before: textOrNull(row, 'fingerprint_before'),
    after: textOrNull(row, 'fingerprint_after'),
    sentence: textOrNull(row, 'sentence'),
    trackingId: textOrNull(row, 'tracking_id'),
    ...computerIn(row),
  }
}

/** Only a shared vault has the column. */
function computerIn(row: Row): Pick<Attempt, 'computer'> {
  const node = row.node === undefined ? null : textOrNull(row, 'node')
  return node === null ? {} : { computer: node }
}

/** What can be read of a damaged one, which says so. */
export function attemptOf(row: Row): Attempt {
  const reading = readRow(row, readAttempt)
  return reading.kind === 'read' ? reading.value : damagedAttempt(row)
}

const DAMAGED_ENTRY = 'This history entry is damaged: what is shown of it is incomplete.'

function damagedAttempt(row: Row): Attempt {
  const or = <T>(read: (row: Row) => T, otherwise: T): T => {
    const reading = readRow(row, read)
    return reading.kind === 'read' ? reading.value : otherwise
  }
  const id = or((one) => text(one, 'subject_id'), '')
  const startedAt = or((one) => instant(one, 'started_at'), 0)
  return {
    id: or((one) => text(one, 'id'), String(row.seq)),
    subject:
      row.subject_kind === 'manager'
        ? { kind: 'manager', managerId: id }
        : { kind: 'profile', profileId: id },
    name: or((one) => text(one, 'name'), ''),
    orgId: or((one) => textOrNull(one, 'org_id'), null),
    trigger: or((one) => oneOf(one, 'trigger', TRIGGERS), 'scheduled'),
    reason: null,
    startedAt,
    endedAt: or((one) => instant(one, 'ended_at'), startedAt),
    calls: or(readCalls, []),
    outcome: or((one) => oneOf(one, 'outcome', OUTCOMES), 'failed'),
    tier: or(readTier, null),
    before: or((one) => textOrNull(one, 'fingerprint_before'), null),
    after: or((one) => textOrNull(one, 'fingerprint_after'), null),
    sentence: DAMAGED_ENTRY,
    trackingId: or((one) => textOrNull(one, 'tracking_id'), null),
    ...or(computerIn, {}),
  }
}

function readTier(row: Row): Tier | null {
  const tier = numberOrNull(row, 'tier')
  if (tier === null || tier === 1 || tier === 2 || tier === 3) return tier
  throw new MalformedRow('tier')
}

function readCalls(row: Row): Attempt['calls'] {
  const calls = parseJson(text(row, 'calls'))
  if (Array.isArray(calls) && calls.every(isCall)) return calls
  throw new MalformedRow('calls')
}

/** Without zod: at the start one of these is read for each of thousands of profiles. */
function isCall(call: unknown): call is Call {
  if (typeof call !== 'object' || call === null) return false
  const { tier, startedAt, duration, status, trackingId, result, detail } = call as Record<string, unknown>
  return (
    (tier === 1 || tier === 2 || tier === 3) &&
    typeof startedAt === 'number' &&
    typeof duration === 'number' &&
    typeof result === 'string' &&
    (status === null || typeof status === 'number') &&
    (trackingId === null || typeof trackingId === 'string') &&
    (detail === null || typeof detail === 'string')
  )
}
