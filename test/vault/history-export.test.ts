import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parseCsv } from '#base/common/csv.ts'
import type { Attempt } from '#engine/domain/model.ts'
import { exportHistory } from '#vault/repositories/history-export.ts'
import type { HistoryFilter, HistoryQuery } from '#vault/repositories/history-query.ts'
import { anAttempt, temporaryFolder } from './support/builders.ts'
import { opened } from './support/opened.ts'

async function exported(
  format: 'csv' | 'json',
  attempts: readonly Attempt[],
  filter: HistoryFilter = {},
): Promise<{ readonly text: string; readonly count: number; readonly path: string }> {
  const folder = temporaryFolder()
  const vault = await opened(folder)
  await vault.commit([], attempts)
  const path = join(folder, `history.${format}`)
  // A vault of one computer does not store which one it was.
  const computers = new Map(attempts.map(({ id, computer }) => [id, computer]))
  const history = async (query: HistoryQuery) => {
    const page = await vault.history(query)
    const named = (attempt: Attempt): Attempt => {
      const computer = computers.get(attempt.id)
      return computer === undefined ? attempt : { ...attempt, computer }
    }
    return { ...page, attempts: page.attempts.map(named) }
  }
  const count = await exportHistory(history, path, {
    format,
    filter,
    orgName: ({ orgId }) => (orgId === 'org-p1' ? 'Acme, Inc.' : null),
    resultName: (result) => (result === 'not-authorised' ? 'not authorized' : result),
  })
  return { text: readFileSync(path, 'utf8'), count, path }
}

const cells = (text: string) => {
  const reading = parseCsv(text)
  if (reading.kind !== 'read') throw new Error(reading.sentence)
  return reading.rows.map((row) => row.cells)
}

describe('as CSV', () => {
  test('has a line of names, then each attempt, oldest first', async () => {
    const { text, count } = await exported('csv', [
      anAttempt('a', {
        startedAt: Date.UTC(2026, 2, 1),
        endedAt: Date.UTC(2026, 2, 1, 0, 0, 1),
        computer: 'tokens1 (3f2a)',
      }),
      anAttempt('b', { startedAt: Date.UTC(2026, 1, 1), outcome: 'failed', tier: null, after: null }),
    ])
    const [names, first, second] = cells(text)
    expect(count).toBe(2)
    expect(names?.slice(0, 4)).toEqual(['startedAt', 'endedAt', 'serviceApp', 'org'])
    expect(first?.slice(0, 1)).toEqual(['2026-02-01T00:00:00.000Z'])
    expect(second).toEqual([
      '2026-03-01T00:00:00.000Z',
      '2026-03-01T00:00:01.000Z',
      'Profile p1',
      'org-p1',
      'service app',
      'p1',
      'scheduled',
      'renewed',
      '1',
      'tier 1 ok 200 (200 ms)',
      '00000000',
      '11111111',
      'ROUTER_1',
      '',
      'Acme, Inc.',
      'lifetime-share',
      'At 57 % of its lifetime',
      'tokens1 (3f2a)',
    ])
    expect(first?.at(-1)).toBe('')
    expect(names?.slice(-4)).toEqual(['orgName', 'reason', 'reasonMessage', 'computer'])
    expect(text.endsWith('\r\n')).toBe(true)
  })

  test('names results as the window does, also those that are stored by another spelling', async () => {
    const calls = ['grant-dead', 'not-authorised'].map((result, i) => ({
      tier: (i + 1) as 1 | 2,
      startedAt: 1,
      duration: 5,
      status: 403,
      trackingId: null,
      result,
      detail: null,
    }))
    const { text } = await exported('csv', [anAttempt('a', { calls })])
    expect(text).toContain('tier 1 grant-dead 403 (5 ms); tier 2 not authorized 403 (5 ms)')
    const json = JSON.parse((await exported('json', [anAttempt('a', { calls })])).text)
    expect(json.attempts[0].calls[1]).toMatchObject({
      result: 'not-authorised',
      resultName: 'not authorized',
    })
  })

  test('leaves the reason empty where none is known, and lets none of its data run', async () => {
    const { text } = await exported('csv', [
      anAttempt('a', { startedAt: 1, reason: null }),
      anAttempt('b', { startedAt: 2, reason: { code: 'needed-by-service-app', name: '=1,"2"' } }),
    ])
    const [, none, named] = cells(text)
    expect(none?.slice(-3)).toEqual(['', '', ''])
    expect(named?.slice(-3, -1)).toEqual(['needed-by-service-app', 'Needed to renew "=1,"2""'])
  })

  test('has names and sentences without the isolates they are shown with', async () => {
    const { text } = await exported('csv', [
      anAttempt('a', {
        name: 'הזמנות',
        sentence: 'The token of “\u2068הזמנות\u2069” has ended.',
        reason: { code: 'needed-by-service-app', name: 'הזמנות' },
      }),
    ])
    const [, row] = cells(text)
    expect(row?.[2]).toBe('הזמנות')
    expect(row?.[13]).toBe('The token of “הזמנות” has ended.')
    expect(row?.at(-2)).toBe('Needed to renew "הזמנות"')
  })

  test('quotes what RFC 4180 wants quoted, and lets no spreadsheet run a name', async () => {
    const { text } = await exported('csv', [
      anAttempt('a', { name: '=HYPERLINK("http://x")', sentence: 'one, "two"\r\nthree', orgId: '@org' }),
    ])
    const [, row] = cells(text)
    expect(row?.[2]).toBe(`'=HYPERLINK("http://x")`)
    expect(row?.[3]).toBe(`'@org`)
    expect(row?.[13]).toBe('one, "two"\r\nthree')
  })
})

describe('as JSON', () => {
  test('is one object with every attempt and its calls', async () => {
    const { text } = await exported('json', [anAttempt('a'), anAttempt('b')])
    const { attempts } = JSON.parse(text)
    expect(attempts).toHaveLength(2)
    expect(attempts[0]).toMatchObject({
      serviceApp: 'Profile p1',
      orgName: 'Acme, Inc.',
      tier: 1,
      calls: [{ tier: 1, result: 'ok', status: 200, trackingId: 'ROUTER_1' }],
    })
  })

  test('has the reason with its data and its words; none of an attempt of an older version', async () => {
    const { text } = await exported('json', [
      anAttempt('a', { startedAt: 1 }),
      anAttempt('b', { startedAt: 2, reason: { code: 'requested', by: 'program' } }),
      anAttempt('c', { startedAt: 3, reason: null }),
    ])
    expect(JSON.parse(text).attempts).toMatchObject([
      { reason: { code: 'lifetime-share', share: 0.57 }, reasonMessage: 'At 57 % of its lifetime' },
      { reason: { code: 'requested', by: 'program' }, reasonMessage: 'Requested by a program' },
      { reason: null, reasonMessage: null },
    ])
  })

  test('is JSON also when nothing fits', async () => {
    const { text, count } = await exported('json', [anAttempt('a')], { outcome: 'failed' })
    expect(JSON.parse(text)).toEqual({ attempts: [] })
    expect(count).toBe(0)
  })
})

test('holds what the filters leave, over as many pages as it takes, each row once', async () => {
  const attempts = Array.from({ length: 1203 }, (_, n) =>
    anAttempt(`a${n}`, {
      startedAt: Math.floor(n / 7),
      outcome: n % 3 === 0 ? 'failed' : 'renewed',
      before: `${n}`,
    }),
  )
  const { text, count } = await exported('json', attempts, { outcome: 'renewed' })
  const befores = JSON.parse(text).attempts.map((one: { fingerprintBefore: string }) => one.fingerprintBefore)
  expect(befores).toEqual(attempts.filter((one) => one.outcome === 'renewed').map(({ before }) => before))
  expect(count).toBe(802)
})

describe('the file', () => {
  test('is for its owner alone', async () => {
    const { path } = await exported('csv', [anAttempt('a')])
    expect(statSync(path).mode & 0o777).toBe(0o600)
  })

  test('stays as it was when writing fails, and nothing is left beside it', async () => {
    const folder = temporaryFolder()
    const path = join(folder, 'history.csv')
    writeFileSync(path, 'the older one')
    let pages = 0
    const broken = async () => {
      pages += 1
      if (pages === 2) throw new Error('the disk is gone')
      return { attempts: [anAttempt('a')], next: '1.1' }
    }
    await expect(
      exportHistory(broken, path, { format: 'csv', filter: {}, orgName: () => null, resultName: String }),
    ).rejects.toThrow('the disk is gone')
    expect(readFileSync(path, 'utf8')).toBe('the older one')
    expect(readdirSync(folder)).toEqual(['history.csv'])
  })
})
