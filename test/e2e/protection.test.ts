// What protects the data, attacked in the real app with a real keyring: copies of before a change, and a locked window that
// is started again.
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'

const PASSPHRASE = 'correct horse battery'
const COPY = 'vault-kept-before-restore-2026-01-01T00-00-00Z.db'

describe('with a keyring', () => {
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'satm-protection-'))
  const vaultFolder = path.join(dataFolder, 'vault')
  const database = path.join(vaultFolder, 'vault.db')
  let app: RunningApp

  const start = async () => {
    app = await launchApp({ dataFolder, keyring: 'real' })
  }
  const heading = (name: string) => app.page.getByRole('heading', { name })
  const kill = async () => {
    const ended = new Promise((resolve) => app.electron.process().once('exit', resolve))
    app.electron.process().kill('SIGKILL')
    await ended
  }
  const unlock = async () => {
    await app.page.getByRole('textbox', { name: 'Passphrase', exact: true }).fill(PASSPHRASE)
    await app.page.keyboard.press('Enter')
  }

  beforeAll(start)
  afterAll(async () => {
    await app?.close().catch(() => undefined)
    rmSync(dataFolder, { recursive: true, force: true })
  })

  test('a window that was locked is locked after a quit and after a kill, also when it never locks automatically', async () => {
    await heading('Service apps').waitFor()
    await ask(app.page, 'security.set-passphrase', { passphrase: PASSPHRASE, mode: 'beside' })
    await ask(app.page, 'settings.save', { lockAfterMinutes: 0 })
    await ask(app.page, 'lock.now', {})
    await app.close()
    await start()
    await heading('Locked').waitFor()
    await kill()
    // Neither does it help to change what is kept in clear.
    const preferences = path.join(dataFolder, 'preferences.json')
    const values = JSON.parse(readFileSync(preferences, 'utf8'))
    writeFileSync(preferences, JSON.stringify({ ...values, lockAfterMinutes: 0 }))
    await start()
    await heading('Locked').waitFor()
    await expect(ask(app.page, 'copies.list', {})).rejects.toThrow('The app is locked')
    await unlock()
    await heading('Service apps').waitFor()
  })

  test('a copy of before a passphrase alone asks for it, in the place of the vault too', async () => {
    await ask(app.page, 'security.remove-passphrase', { passphrase: PASSPHRASE })
    await app.close()
    copyFileSync(database, path.join(vaultFolder, COPY))
    await start()
    await heading('Service apps').waitFor()
    await ask(app.page, 'security.set-passphrase', { passphrase: PASSPHRASE, mode: 'alone' })
    const { copies } = await ask(app.page, 'copies.list', {})
    expect(copies).toMatchObject([{ name: COPY, kind: 'before-restore', opens: 'as-the-vault' }])
    for (const name of readdirSync(vaultFolder)) {
      expect([name, readFileSync(path.join(vaultFolder, name)).includes('envelope-keychain')]).toEqual([
        name,
        false,
      ])
    }
    await app.close()
    renameSync(path.join(vaultFolder, COPY), database)
    await start()
    await heading('Enter your passphrase').waitFor()
    await unlock()
    await heading('Service apps').waitFor()
  })
})
