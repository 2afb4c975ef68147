// The history: appended to, read by page, counted by day, forgotten after its time. It never holds a token.
import {
  type Attempt,
  type Call,
  type Instant,
  type ManagerId,
  type Outcome,
  type ProfileId,
  type Tier,
  TRIGGERS,
} from '#engine/domain/model.ts'
import { readReason } from '#engine/domain/renewal-reason.ts'
import type { Connection, Row, Value } from '../db/connection.ts'
import { instant, MalformedRow, numberOrNull, oneOf, readRow, readRows, text, textOrNull } from '../db/row.ts'

/** What is null or missing does not narrow. */
export interface HistoryFilter {
  readonly profileId?: ProfileId | null | undefined
  readonly managerId?: ManagerId | null | undefined
  readonly outcome?: Outcome | null | undefined
  readonly tier?: Tier | null | undefined
  /** Started at or after. */
  readonly from?: Instant | null | undefined
  /** Started before. */
  readonly to?: Instant | null | undefined
}

export interface HistoryQuery extends HistoryFilter {
  /** Newest first unless it says otherwise. */
  readonly order?: 'newest-first' | 'oldest-first'
  /** `next` of the page before, in the same order. */
  readonly cursor?: HistoryCursor | null | undefined
  /** Rows of a page. */
  readonly limit: number
}

/** Opaque to everybody else. */
export type HistoryCursor = string

export interface HistoryPage {
  /** In the order asked for. Of a damaged row what can be read; its sentence says so. */
  readonly attempts: readonly Attempt[]
  /** null: there are no more of them. */
  readonly next: HistoryCursor | null
}

export interface DayCounts extends Readonly<Record<Outcome, number>> {
  /** "2026-05-18" */
  readonly day: string
}

const OUTCOMES = ['renewed', 'unchanged', 'failed'] as const satisfies readonly Outcome[]

/** Deleted at once when the history is pruned: few enough not to hold up anything. */
const PRUNED_AT_ONCE = 2000

/** An attempt that is already there stays as it is: storing may be tried again after an unclear failure. */
export function appendAttempt(db: Connection, attempt: Attempt): void {
  const { subject, reason } = attempt
  db.insert(
    'attempts',
    {
      id: attempt.id,
      subject_kind: subject.kind,
      subject_id: subject.kind === 'profile' ? subject.profileId : subject.managerId,
      name: attempt.name,
      org_id: attempt.orgId,
      trigger: attempt.trigger,
      started_at: Math.round(attempt.startedAt),
      ended_at: Math.round(attempt.endedAt),
      outcome: attempt.outcome,
      tier: attempt.tier,
      fingerprint_before: attempt.before,
      fingerprint_after: attempt.after,
      sentence: attempt.sentence,
      tracking_id: attempt.trackingId,
      calls: JSON.stringify(attempt.calls),
      reason: reason === null ? null : JSON.stringify(reason),
    },
    'ON CONFLICT (id) DO NOTHING',
  )
}

export function historyPage(db: Connection, query: HistoryQuery): HistoryPage {
  const { where, values } = conditions(query)
  const limit = Math.max(1, Math.trunc(query.limit))
  const order = query.order === 'oldest-first' ? 'ASC' : 'DESC'
  const rest = `${where} ORDER BY started_at ${order}, seq ${order} LIMIT ${limit + 1}`
  const rows = db.rows('attempts', rest, ...values)
  const page = rows.slice(0, limit)
  const last = page.findLast(({ started_at }) => typeof started_at === 'number') ?? page.at(-1)
  const next = rows.length > limit && last !== undefined ? cursorOf(last) : null
  return { attempts: page.map(attemptOf), next }
}

/** The newest attempt of each profile and token manager there is, where it can be read. */
export function lastAttempts(db: Connection): readonly Attempt[] {
  const rows = (['profile', 'manager'] as const).flatMap((kind) =>
    db.packed(
      'attempts',
      `(SELECT a.* FROM ${kind === 'profile' ? 'profiles' : 'token_managers'} AS o JOIN attempts AS a ON a.seq =
          (SELECT seq FROM attempts WHERE subject_kind = '${kind}' AND subject_id = o.id
           ORDER BY started_at DESC, seq DESC LIMIT 1))`,
    ),
  )
  return readRows(rows, readAttempt).values
}

/**
 * Counts by day of `timeZone` (an IANA name; UTC where it is not known), oldest first; days without an attempt are left out.
 * Day by day along an index that holds all it needs, so that a million rows are counted without being read, sorted or grouped.
 */
export function historyDays(db: Connection, filter: HistoryFilter, timeZone: string): DayCounts[] {
  const dayOf = calendar(timeZone)
  const days: DayCounts[] = []
  let first = firstIn(db, filter)
  while (first !== null) {
    const next = nextDay(first, dayOf)
    days.push({
      day: dayOf(first),
      ...countsIn(db, { ...filter, from: first, to: Math.min(next, filter.to ?? next) }),
    })
    // The next attempt there is: a gap of years costs one step.
    first = filter.to != null && next >= filter.to ? null : firstIn(db, { ...filter, from: next })
  }
  return days
}

function firstIn(db: Connection, filter: HistoryFilter): Instant | null {
  const { where, values } = conditions(filter)
  const row = db.get(`SELECT started_at FROM attempts ${where} ORDER BY started_at, seq LIMIT 1`, ...values)
  return row === null ? null : Number(row.started_at)
}

function countsIn(db: Connection, filter: HistoryFilter): Record<Outcome, number> {
  const count = (outcome: Outcome) => {
    if (filter.outcome != null && filter.outcome !== outcome) return 0
    const { where, values } = conditions({ ...filter, outcome })
    return Number(db.get(`SELECT count(*) AS count FROM attempts ${where}`, ...values)?.count)
  }
  return { renewed: count('renewed'), unchanged: count('unchanged'), failed: count('failed') }
}

/** "2026-05-18" of an instant. */
function calendar(timeZone: string): (instant: Instant) => string {
  const parts = { year: 'numeric', month: '2-digit', day: '2-digit' } as const
  let format: Intl.DateTimeFormat
  try {
    format = new Intl.DateTimeFormat('sv-SE', { ...parts, timeZone })
  } catch {
    format = new Intl.DateTimeFormat('sv-SE', { ...parts, timeZone: 'UTC' })
  }
  return (instant) => format.format(instant)
}

/** The first minute of another day. By the calendar: a day on which the clocks change has 23 or 25 hours. */
function nextDay(instant: Instant, dayOf: (instant: Instant) => string): Instant {
  const day = dayOf(instant)
  let within = Math.floor(instant / MINUTE)
  let beyond = within + LONGEST_DAY
  while (beyond - within > 1) {
    const middle = Math.floor((within + beyond) / 2)
    if (dayOf(middle * MINUTE) === day) within = middle
    else beyond = middle
  }
  return beyond * MINUTE
}

/** ms */
const MINUTE = 60_000
/** Minutes. */
const LONGEST_DAY = 26 * 60

/** Forgets some of what started before `before`; returns how many. Call again until it is 0. */
export function pruneHistory(db: Connection, before: Instant): number {
  return db.transaction(() =>
    db.run(
      `DELETE FROM attempts WHERE seq IN
         (SELECT seq FROM attempts WHERE started_at < ? ORDER BY started_at, seq LIMIT ${PRUNED_AT_ONCE})`,
      Math.round(before),
    ),
  )
}

/** `where` begins with WHERE, and is empty when nothing narrows. */
function conditions(query: HistoryFilter & Partial<HistoryQuery>) {
  const ofOne = query.profileId != null || query.managerId != null
  // One subject has few rows: its own index is the best one, whatever else narrows. The + keeps SQLite to it.
  const plain = ofOne ? '+' : ''
  const beyond = query.order === 'oldest-first' ? '>' : '<'
  const parts = [
    condition(query.profileId, `subject_kind = 'profile' AND subject_id = ?`, (id) => [id]),
    condition(query.managerId, `subject_kind = 'manager' AND subject_id = ?`, (id) => [id]),
    condition(query.outcome, `${plain}outcome = ?`, (outcome) => [outcome]),
    condition(query.tier, `${plain}tier = ?`, (tier) => [tier]),
    condition(query.from, 'started_at >= ?', (from) => [from]),
    condition(query.to, 'started_at < ?', (to) => [to]),
    condition(query.cursor, `(started_at, seq) ${beyond} (${TIME_OF_CURSOR}, ?)`, parseCursor),
  ].filter((part) => part !== null)
  return {
    where: parts.length === 0 ? '' : `WHERE ${parts.map(({ sql }) => sql).join(' AND ')}`,
    values: parts.flatMap(({ values }) => values),
  }
}

/** A damaged time has a place in the order as well, which only SQLite knows. */
const TIME_OF_CURSOR = 'ifnull(?, (SELECT started_at FROM attempts WHERE seq = ?))'

function cursorOf({ started_at, seq }: Row): HistoryCursor {
  return `${typeof started_at === 'number' ? started_at : 'damaged'}.${Number(seq)}`
}

function condition<T>(wanted: T | null | undefined, sql: string, values: (wanted: T) => readonly Value[]) {
  return wanted === null || wanted === undefined ? null : { sql, values: values(wanted) }
}

function parseCursor(cursor: HistoryCursor): readonly Value[] {
  const [, startedAt, seq] = /^(-?\d+|damaged)\.(\d+)$/.exec(cursor) ?? []
  if (startedAt === undefined || seq === undefined) throw new RangeError('not a cursor of the history')
  return [startedAt === 'damaged' ? null : Number(startedAt), Number(seq), Number(seq)]
}

function readAttempt(row: Row): Attempt {
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
    reason: readReason(parsed(textOrNull(row, 'reason') ?? 'null')),
    startedAt: instant(row, 'started_at'),
    endedAt: instant(row, 'ended_at'),
    calls: readCalls(row),
    outcome: oneOf(row, 'outcome', OUTCOMES),
    tier: readTier(row),
    before: textOrNull(row, 'fingerprint_before'),
    after: textOrNull(row, 'fingerprint_after'),
    sentence: textOrNull(row, 'sentence'),
    trackingId: textOrNull(row, 'tracking_id'),
  }
}

function attemptOf(row: Row): Attempt {
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
  }
}

function readTier(row: Row): Tier | null {
  const tier = numberOrNull(row, 'tier')
  if (tier === null || tier === 1 || tier === 2 || tier === 3) return tier
  throw new MalformedRow('tier')
}

function readCalls(row: Row): Attempt['calls'] {
  const calls = parsed(text(row, 'calls'))
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

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return null
  }
}
