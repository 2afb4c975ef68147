// The history as a file for people and spreadsheets: fingerprints, never a token. Written page by page, so that a
// million rows neither fill the memory nor hold up a renewal.
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { csvRow } from '#base/common/csv.ts'
import { withoutIsolates } from '#base/common/display-text.ts'
import { replaceFile } from '#base/node/whole-file.ts'
import type { Attempt, Call, Instant } from '#engine/domain/model.ts'
import { reasonMessage } from '#engine/domain/renewal-reason-messages.ts'
import type { HistoryPage } from './history.ts'
import type { HistoryFilter, HistoryQuery } from './history-query.ts'

const PAGE = 500

const COLUMNS = [
  'startedAt',
  'endedAt',
  'serviceApp',
  'org',
  'kind',
  'subjectId',
  'trigger',
  'outcome',
  'tier',
  'calls',
  'fingerprintBefore',
  'fingerprintAfter',
  'trackingId',
  'sentence',
  // The newest at the end: whoever reads by place finds the others where they were.
  'orgName',
  'reason',
  'reasonMessage',
  'computer',
] as const

type ExportRow = Readonly<Record<(typeof COLUMNS)[number], string | number | null>>

export interface HistoryExport {
  readonly format: 'csv' | 'json'
  readonly filter: HistoryFilter
  /** What its customer is called; null: not known. */
  readonly orgName: (attempt: Attempt) => string | null
  /** What the window calls the result of a call. */
  readonly resultName: (result: string) => string
}

type Naming = HistoryExport['orgName']

/**
 * Oldest first, into a file of the owner's alone; one of that name is replaced only by a whole one. Returns how many
 * attempts are in it. Throws the file system's error.
 */
export async function exportHistory(
  history: (query: HistoryQuery) => Promise<HistoryPage>,
  path: string,
  { format, filter, orgName, resultName }: HistoryExport,
): Promise<number> {
  let count = 0
  const counted = async function* () {
    for await (const page of pages(history, filter)) {
      count += page.length
      yield page
    }
  }
  const text = format === 'csv' ? csv(counted(), orgName, resultName) : json(counted(), orgName, resultName)
  await replaceFile(path, (file) => pipeline(Readable.from(text), file))
  return count
}

async function* pages(
  history: (query: HistoryQuery) => Promise<HistoryPage>,
  filter: HistoryFilter,
): AsyncGenerator<readonly Attempt[]> {
  let cursor: string | null = null
  do {
    const page: HistoryPage = await history({ ...filter, order: 'oldest-first', cursor, limit: PAGE })
    yield page.attempts
    cursor = page.next
  } while (cursor !== null)
}

async function* csv(
  all: AsyncIterable<readonly Attempt[]>,
  orgName: Naming,
  nameOf: HistoryExport['resultName'],
): AsyncGenerator<string> {
  yield csvRow(COLUMNS)
  for await (const page of all) {
    yield page
      .map((attempt) => {
        const row: ExportRow = {
          ...rowOf(attempt, orgName),
          calls: attempt.calls.map((call) => callWords(call, nameOf)).join('; '),
        }
        return csvRow(COLUMNS.map((column) => String(row[column] ?? '')))
      })
      .join('')
  }
}

async function* json(
  all: AsyncIterable<readonly Attempt[]>,
  orgName: Naming,
  nameOf: HistoryExport['resultName'],
): AsyncGenerator<string> {
  yield '{"attempts":['
  let between = '\n'
  for await (const page of all) {
    let text = ''
    for (const attempt of page) {
      text += `${between}${JSON.stringify({ ...rowOf(attempt, orgName), calls: attempt.calls.map((call) => ({ ...callRow(call), resultName: nameOf(call.result) })), reason: attempt.reason })}`
      between = ',\n'
    }
    yield text
  }
  yield '\n]}\n'
}

function rowOf(attempt: Attempt, orgName: Naming): Omit<ExportRow, 'calls'> {
  const { subject } = attempt
  return {
    startedAt: iso(attempt.startedAt),
    endedAt: iso(attempt.endedAt),
    serviceApp: attempt.name,
    org: attempt.orgId,
    kind: subject.kind === 'profile' ? 'service app' : 'token manager',
    subjectId: subject.kind === 'profile' ? subject.profileId : subject.managerId,
    trigger: attempt.trigger,
    outcome: attempt.outcome,
    tier: attempt.tier,
    fingerprintBefore: attempt.before,
    fingerprintAfter: attempt.after,
    trackingId: attempt.trackingId,
    sentence: attempt.sentence === null ? null : withoutIsolates(attempt.sentence),
    orgName: orgName(attempt),
    reason: attempt.reason?.code ?? null,
    reasonMessage: attempt.reason === null ? null : withoutIsolates(reasonMessage(attempt.reason)),
    computer: attempt.computer ?? null,
  }
}

/** "tier 1 invalid_grant 400 (131 ms)". */
function callWords({ tier, result, status, duration }: Call, nameOf: HistoryExport['resultName']): string {
  return `tier ${tier} ${nameOf(result)}${status === null ? '' : ` ${status}`} (${Math.round(duration)} ms)`
}

function callRow({ tier, startedAt, duration, status, trackingId, result, detail }: Call) {
  return { tier, startedAt: iso(startedAt), duration, status, trackingId, result, detail }
}

function iso(instant: Instant): string {
  return new Date(instant).toISOString()
}
