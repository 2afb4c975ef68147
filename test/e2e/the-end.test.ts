// How the app ends: by the system (a log-out, a shutdown, `kill`), and for good.
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

test('a person who deletes all data leaves nothing behind', async () => {
  const app = await launchApp({ dataFolder: folder })
  const { page } = app
  await page.getByRole('link', { name: 'Settings' }).click()
  await page.getByRole('link', { name: 'Data', exact: true }).click()
  await page.getByRole('button', { name: 'Delete all data…' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete all data?' })
  await dialog.getByRole('button', { name: 'Delete and quit' }).click()
  await dialog.getByText('Type delete to confirm.').waitFor()
  expect(existsSync(path.join(folder, 'vault', 'vault.db'))).toBe(true)
  await dialog.getByRole('textbox', { name: 'Type delete to confirm' }).fill('delete')
  const ended = once(app.electron.process(), 'exit')
  await dialog.getByRole('button', { name: 'Delete and quit' }).click()
  await ended
  expect(existsSync(path.join(folder, 'vault'))).toBe(false)
  expect(existsSync(path.join(folder, 'preferences.json'))).toBe(false)
})
