// A log-out, a shutdown, `kill`: the app ends in order, and at once.
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { launchApp } from './support/app.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'satm-ended-'))
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test.each(['SIGTERM', 'SIGINT'] as const)('%s ends it in order', async (signal) => {
  const app = await launchApp({ dataFolder: folder })
  await app.page.getByRole('heading', { name: 'Service apps' }).waitFor()
  const child = app.electron.process()
  const ended = once(child, 'exit')
  child.kill(signal)
  expect(await ended).toEqual([0, null])
  // The log of the database is folded into it by a vault that was closed.
  expect(existsSync(path.join(folder, 'vault', 'vault.db-wal'))).toBe(false)
})
