import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { createHistory } from '../../src/main/composition/history.ts'
import type { HistoryQuery } from '../../src/main/vault/history.ts'
import { anAttempt } from '../vault/support/builders.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'satm-history-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const everything = { profileId: null, managerId: null, outcome: null, tier: null } as const

function stage(chosen: string | null) {
  const queries: HistoryQuery[] = []
  const names: string[] = []
  const history = createHistory({
    vault: () => ({
      history(query) {
        queries.push(query)
        return { attempts: [anAttempt('a')], next: null }
      },
      historyDays: () => [{ day: 0, renewed: 1, unchanged: 0, failed: 0 }],
    }),
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
    expect(readFileSync(file, 'utf8')).toContain('Profile p1')
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
