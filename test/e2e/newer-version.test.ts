// What a newer version of the app wrote, in the real app: refused with a sentence, and left as it is.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { MIGRATIONS } from '#vault/db/migrations.ts'
import { withDatabase } from '../vault/support/tamper.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'

const SCRIPT = path.resolve(import.meta.dirname, '../../out/satm/index.js')
const NEWEST_VAULT = path.join(import.meta.dirname, `../vault/support/version-${MIGRATIONS.length}.db.gz`)

describe('of a newer version', () => {
  let dataFolder: string
  let app: RunningApp

  beforeEach(() => {
    dataFolder = mkdtempSync(path.join(tmpdir(), 'satm-newer-'))
  })
  afterEach(async () => {
    await app?.close().catch(() => undefined)
    rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  })
  const digest = (...name: readonly string[]) =>
    createHash('sha256')
      .update(readFileSync(path.join(dataFolder, ...name)))
      .digest('hex')

  test('the data file: the window and satm say so, nothing offers to set it aside, and it stays as it is', async () => {
    const vault = path.join(dataFolder, 'vault')
    mkdirSync(vault, { mode: 0o700 })
    writeFileSync(path.join(vault, 'vault.db'), gunzipSync(readFileSync(NEWEST_VAULT)), { mode: 0o600 })
    withDatabase(vault, (db) =>
      db.exec(`CREATE TABLE later (a TEXT) STRICT; PRAGMA user_version = ${MIGRATIONS.length + 1}`),
    )
    const before = digest('vault', 'vault.db')
    app = await launchApp({ dataFolder })
    const { page } = app
    await page.getByRole('heading', { name: 'The data is from a newer version' }).waitFor()
    await page.getByText('was left as it is. Install that version again to continue.').waitFor()
    const buttons = await page.getByRole('main').getByRole('button').allTextContents()
    expect(buttons).toEqual(['Try again', 'Open data folder'])
    await page.getByRole('button', { name: 'Try again' }).click()
    const answer = await new Promise((resolve) => {
      const env = { ...process.env, SATM_DATA_FOLDER: dataFolder }
      execFile(process.execPath, [SCRIPT, 'list', '--no-start'], { env }, (error, _, said) =>
        resolve({ code: error?.code, said }),
      )
    })
    expect(answer).toEqual({ code: 5, said: expect.stringContaining('Install that version again') })
    await app.close()
    expect(digest('vault', 'vault.db')).toBe(before)
  })

  test('the settings: the default ones apply, a change is not saved, and the file stays as it is', async () => {
    const settings = { version: 2, theme: 'dark', baseUrl: 'https://elsewhere.example/v1', startInTray: true }
    writeFileSync(path.join(dataFolder, 'preferences.json'), JSON.stringify(settings), { mode: 0o600 })
    const before = digest('preferences.json')
    app = await launchApp({ dataFolder })
    const { page } = app
    await page.getByText('The settings were written by a newer version of this app').waitFor()
    const { settings: inForce } = await ask(page, 'view.get', {})
    expect(inForce).toMatchObject({
      theme: 'system',
      baseUrl: 'https://webexapis.com/v1',
      startInTray: false,
    })
    await expect(ask(page, 'settings.save', { theme: 'light' })).rejects.toThrow(
      'This applies until you quit the app, but could not be saved: the settings file was written by a newer version of this app.',
    )
    expect((await ask(page, 'view.get', {})).settings.theme).toBe('light')
    await app.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close())
    await app.close()
    expect(digest('preferences.json')).toBe(before)
  })
})
