import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { EngineSession } from '#application/engine-supervisor.ts'
import { createHistory, forgetOldHistory } from '#application/history.ts'
import type { Attempt, Fleet } from '#engine/domain/model.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import type { HistoryQuery } from '#vault/repositories/history-query.ts'
import { FakeClock } from '../engine/support/fake-clock.ts'
import { anAttempt, aProfile, temporaryFolder } from '../vault/support/builders.ts'
import { opened } from '../vault/support/opened.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'satm-history-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const everything = { profileId: null, managerId: null, outcome: null, tier: null } as const

const attempt = (id: string, profileId: string, orgId: string) =>
  anAttempt(id, { subject: { kind: 'profile', profileId }, orgId })

const fleet: Fleet = {
  serviceApps: new Map(),
  managers: new Map(),
  profiles: new Map([
    ['p1', aProfile('p1', { targetOrgId: 'org-p1', orgName: 'Acme' })],
    ['p2', aProfile('p2', { targetOrgId: 'org-p2', orgName: null })],
  ]),
}

function stage(chosen: string | null, attempts: readonly Attempt[] = [anAttempt('a')]) {
  const queries: HistoryQuery[] = []
  const names: string[] = []
  const vault: Pick<OpenVault, 'history' | 'historyDays'> = {
    async history(query) {
      queries.push(query)
      return { attempts, next: null }
    },
    historyDays: async () => [{ day: '2026-05-18', renewed: 1, unchanged: 0, failed: 0 }],
  }
  const history = createHistory({
    vaultAccess: { opened: () => vault as OpenVault },
    supervisor: { current: () => ({ engine: { fleet: () => fleet } }) as unknown as EngineSession },
    now: () => Date.UTC(2026, 4, 18),
    async fileToSave(_, name) {
      names.push(name)
      return chosen
    },
  })
  return { history, queries, names }
}

describe('exporting the history', () => {
  test('suggests a dated name, and tells where it went and how much it is', async () => {
    const file = path.join(folder, 'out.csv')
    const { history, names } = stage(file)
    expect(await history.export({ ...everything, format: 'csv' })).toEqual({ path: file, attempts: 1 })
    expect(names).toEqual(['token-history-2026-05-18.csv'])
    expect(readFileSync(file, 'utf8')).toMatch(
      /,Profile p1,org-p1,.*,Acme,lifetime-share,At 57 % of its lifetime,\r\n$/,
    )
  })

  test('hands every filter on', async () => {
    const { history, queries } = stage(path.join(folder, 'out.json'))
    const filters = { ...everything, outcome: 'failed', from: 5, to: 9 } as const
    await history.export({ ...filters, format: 'json' })
    expect(queries).toMatchObject([filters])
  })

  test('does nothing where no file was chosen', async () => {
    const { history, queries } = stage(null)
    expect(await history.export({ ...everything, format: 'csv' })).toBeNull()
    expect(queries).toEqual([])
  })

  test('says in words that the place cannot be written', async () => {
    const { history } = stage(path.join(folder, 'missing', 'out.csv'))
    await expect(history.export({ ...everything, format: 'csv' })).rejects.toMatchObject({
      code: 'refused',
      message: 'The history could not be written there. Choose another place.',
    })
  })
})

test('the success rates count the last 24 hours and 7 days to the millisecond, over midnight', async () => {
  const now = Date.UTC(2026, 4, 18, 9, 30)
  const [HOUR, DAY] = [3_600_000, 86_400_000]
  const at = (before: number, outcome: Attempt['outcome'], id: string) =>
    anAttempt(id, { startedAt: now - before, endedAt: now - before, outcome })
  const vault = await opened(temporaryFolder())
  await vault.commit(
    [],
    [
      at(0, 'renewed', 'a'),
      at(10 * HOUR, 'failed', 'b'),
      at(DAY, 'unchanged', 'c'),
      at(DAY + 1, 'failed', 'd'),
      at(7 * DAY, 'renewed', 'e'),
      at(7 * DAY + 1, 'failed', 'f'),
    ],
  )
  const history = createHistory({
    vaultAccess: { opened: () => vault },
    supervisor: { current: () => null },
    now: () => now,
    fileToSave: async () => null,
  })
  expect(await history.rates()).toEqual({
    day: { succeeded: 2, failed: 1 },
    week: { succeeded: 3, failed: 2 },
  })
  await vault.close()
})

test('the reason of an attempt comes with its words; an older version kept none', async () => {
  const { history } = stage(null, [
    anAttempt('a'),
    anAttempt('b', { reason: { code: 'refused-bearer' } }),
    anAttempt('c', { reason: { code: 'requested', by: 'unauthorized-seen' } }),
    anAttempt('d', { reason: null }),
  ])
  const { attempts } = await history.page({ ...everything, cursor: null, limit: 10 })
  expect(attempts.map(({ reasonMessage }) => reasonMessage)).toEqual([
    'At 57 % of its lifetime',
    'Webex rejected its access token',
    'Webex rejected the access token (401)',
    null,
  ])
})

test('a call and a failure come with their words; an unknown result is shown as it is', async () => {
  const called = (...results: readonly string[]): Partial<Attempt> => ({
    calls: results.map((result) => ({
      tier: 1,
      startedAt: 0,
      duration: 1,
      status: 400,
      trackingId: null,
      result,
      detail: null,
    })),
  })
  const { history } = stage(null, [
    anAttempt('a', { ...called('grant-dead', 'not-authorised'), outcome: 'failed' }),
    anAttempt('b', { ...called('something-new'), outcome: 'failed' }),
    anAttempt('c', called('grant-dead', 'ok')),
  ])
  const { attempts } = await history.page({ ...everything, cursor: null, limit: 10 })
  expect(attempts.map(({ calls }) => calls.map(({ resultName }) => resultName))).toEqual([
    ['invalid_grant', 'not authorized'],
    ['something-new'],
    ['invalid_grant', 'ok'],
  ])
  expect(attempts.map(({ owner }) => owner)).toEqual([
    "A full admin of the customer's org, in Control Hub",
    null,
    null,
  ])
})

describe('the customer of an attempt', () => {
  const namesOf = async (...attempts: readonly Attempt[]) =>
    (await stage(null, attempts).history.page({ ...everything, cursor: null, limit: 10 })).attempts.map(
      ({ orgName }) => orgName,
    )

  test('is called as its service app has it today', async () => {
    expect(await namesOf(attempt('a', 'p1', 'org-p1'), attempt('b', 'p2', 'org-p2'))).toEqual(['Acme', null])
  })

  test('is known by another service app once its own is gone, or never was told', async () => {
    expect(await namesOf(attempt('a', 'removed', 'org-p1'), attempt('b', 'p2', 'org-p1'))).toEqual([
      'Acme',
      'Acme',
    ])
  })

  test('is the one of then, where the service app has another org by now', async () => {
    expect(await namesOf(attempt('a', 'p1', 'org-before'))).toEqual([null])
  })

  test('is nobody for a token manager', async () => {
    const ofManager = anAttempt('a', { subject: { kind: 'manager', managerId: 'm' }, orgId: null })
    expect(await namesOf(ofManager)).toEqual([null])
  })
})

const DAY = 86_400_000

test('what is stopped while it forgets does not begin again', async () => {
  const clock = new FakeClock()
  let asked = 0
  let answer = (_forgotten: number) => {}
  const stop = forgetOldHistory(
    {
      pruneHistory() {
        asked += 1
        return new Promise<number>((resolve) => {
          answer = resolve
        })
      },
    },
    clock,
    () => undefined,
  )
  await clock.advance(60_000)
  stop()
  answer(2000)
  await clock.advance(5 * DAY)
  expect([asked, clock.armed]).toEqual([1, []])
})

test('what is over a year old is forgotten in parts, then looked for once a day, and a failure does not end it', async () => {
  const clock = new FakeClock()
  const asked: number[] = []
  const failures: unknown[] = []
  const answers = [2000, 2000, 0, 'full', 0]
  const stop = forgetOldHistory(
    {
      async pruneHistory(before) {
        asked.push(Math.round((clock.now() - before) / DAY))
        const answer = answers.shift()
        if (typeof answer === 'string') throw new Error(answer)
        return answer ?? 0
      },
    },
    clock,
    (error) => failures.push(error),
  )
  await clock.advance(2 * 60_000)
  expect(asked).toEqual([365, 365, 365])
  await clock.advance(DAY)
  expect(failures).toHaveLength(1)
  await clock.advance(DAY)
  expect(asked).toHaveLength(5)
  stop()
  await clock.advance(5 * DAY)
  expect(asked).toHaveLength(5)
})

describe('a filter by what the fleet has', () => {
  const asked = async (filter: object) => {
    const { history, queries } = stage(null)
    await history.page({ ...everything, ...filter, cursor: null, limit: 1 })
    return queries[0]
  }

  test('is the profiles of that service app, of that customer, or of both', async () => {
    expect(await asked({})).toMatchObject({ profileIds: null, textProfileIds: null })
    expect(await asked({ orgId: 'org-p1' })).toMatchObject({ profileIds: ['p1'] })
    expect(await asked({ appId: 'nowhere' })).toMatchObject({ profileIds: [] })
    expect(await asked({ orgId: 'org-p1' })).not.toHaveProperty('orgId')
  })

  test('finds a customer by its name as well', async () => {
    expect(await asked({ text: 'ACM' })).toMatchObject({ text: 'ACM', textProfileIds: ['p1'] })
  })
})
