// Keeping the data on a machine without a keyring, in the real app: consent, passphrase, import, backup, restore, lock.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'

const ROWS = 300
const PASSPHRASE = 'correct horse battery'
const BACKUP_PASSPHRASE = 'a staple of another kind'
const SECRET = 'c4n4ry-client-secret-'
const SOON = { timeout: 20_000, interval: 100 }

describe('on a machine without a keyring', () => {
  const home = mkdtempSync(path.join(tmpdir(), 'satm-vault-app-'))
  const first = path.join(home, 'first')
  const second = path.join(home, 'second')
  const csv = path.join(home, 'orgs.csv')
  const backup = path.join(home, 'all.satm-backup')
  let simulator: Simulator
  let app: RunningApp
  let outputs = ''

  const start = async (dataFolder: string) => {
    app = await launchApp({
      dataFolder,
      keyring: 'none',
      env: { SATM_WEBEX_BASE_URL: simulator.baseUrl },
    })
  }
  const stop = async () => {
    outputs += app.output()
    await app.close()
  }
  const button = (name: string) => app.page.getByRole('button', { name, exact: true })
  const heading = (name: string) => app.page.getByRole('heading', { name })
  const field = (name: string) => app.page.getByRole('textbox', { name, exact: true })
  /** The system's dialogs cannot be driven; what a person would choose in them is. */
  const chooses = (file: string) =>
    app.electron.evaluate(({ dialog }, chosen) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [chosen] })
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: chosen })
    }, file)
  const profiles = async () => (await ask(app.page, 'view.get', {})).fleet.profiles

  beforeAll(async () => {
    writeFileSync(csv, csvOfOrgs(), { mode: 0o600 })
    simulator = await startSimulator({ accessTtl: 1209599, refreshTtl: 7775999 })
    await start(first)
  })
  afterAll(async () => {
    await app?.close().catch(() => undefined)
    await simulator?.close()
    rmSync(home, { recursive: true, force: true })
  })

  test('asks before anything is stored, and takes a passphrase instead', async () => {
    await heading('No keychain found').waitFor()
    expect(readdirSync(path.join(first, 'vault'))).not.toContain('vault.db')
    await expect(ask(app.page, 'storage.passphrase', { passphrase: 'short' })).rejects.toThrow(
      '12 characters',
    )
    await field('Passphrase').fill(PASSPHRASE)
    await field('Repeat passphrase').fill(PASSPHRASE)
    await button('Protect with a passphrase').click()
    await heading('Service apps').waitFor()
    const { storage } = await ask(app.page, 'view.get', {})
    expect(storage).toMatchObject({ level: 'passphrase', hasPassphrase: true })
  })

  test('asks once for the service app of a list of orgs, and saves a template', async () => {
    const { page } = app
    const list = path.join(home, 'orgs-of-webex.csv')
    const ids = ['1eb65fdf-9643-417f-9974-ad72cae0e10f', '2eb65fdf-9643-417f-9974-ad72cae0e10f']
    writeFileSync(
      list,
      `\ufeffid\tdisplayName\tcreated\r\n${ids.map((id) => `${id}\tAcme\t2020\r\n`).join('')}`,
      'utf16le',
    )
    await button('Import').click()
    await chooses(path.join(home, 'template.csv'))
    await button('Save CSV template…').click()
    await expect.poll(() => readdirSync(home), SOON).toContain('template.csv')
    await chooses(list)
    await button('Choose file…').click()
    await page.getByText('2 customers found, without their service app.').waitFor()
    await page.getByLabel('Found in the file').getByText('created').waitFor()
    await field('Client ID').fill(`C${'7'.repeat(64)}`)
    await field('Client secret').fill(SECRET)
    await button('Continue').click()
    await page.getByText('2 of 2 rows are ready.').waitFor()
    await page.getByRole('row').filter({ hasText: 'Acme' }).filter({ hasText: '…cae0e10f' }).first().waitFor()
    expect(await page.content()).not.toContain(SECRET)
    await page.getByRole('button', { name: 'Cancel' }).click()
    expect(await profiles()).toHaveLength(0)
  })

  test('shows row by row what a file of hundreds would bring, and takes in all of it at once', async () => {
    const { page } = app
    await chooses(csv)
    await button('Import').click()
    await button('Choose file…').click()
    await page.getByText(`${ROWS} of ${ROWS + 3} rows are ready, 3 rejected.`).waitFor()
    await page.getByRole('dialog').getByLabel('Show').selectOption('Rejected')
    const refusals = page.getByRole('row').filter({ hasText: 'Rejected' })
    await expect.poll(() => refusals.count(), SOON).toBe(3)
    await page.getByText(/Same as line 2/).waitFor()
    await page.getByText(/client secret is missing/).waitFor()
    await page.getByText(/placeholder/).waitFor()
    expect(await page.content()).not.toContain(SECRET)
    expect(await profiles()).toHaveLength(0)

    await button(`Import ${ROWS} rows`).click()
    await expect.poll(async () => (await profiles()).length, SOON).toBe(ROWS)
    await page.getByRole('row', { name: 'Org 1', exact: true }).waitFor()
  })

  test('writes everything into one encrypted file', async () => {
    const { page } = app
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('link', { name: 'Data', exact: true }).click()
    await chooses(backup)
    await button('Back up…').click()
    await field('Passphrase of the backup').fill(BACKUP_PASSPHRASE)
    await field('Repeat passphrase').fill(BACKUP_PASSPHRASE)
    await button('Choose file and back up…').click()
    await page.getByText(`for ${ROWS} customers, 0 token managers`).waitFor()
    await button('Done').click()
    expect(readFileSync(backup).includes(SECRET)).toBe(false)
  })

  test('moves everything to a server, and renews here only when a person says so, also after a restart', async () => {
    const moved = path.join(home, 'moved.satm-backup')
    await chooses(moved)
    await button('Move to a server…').click()
    await field('Passphrase of the backup').fill(BACKUP_PASSPHRASE)
    await field('Repeat passphrase').fill(BACKUP_PASSPHRASE)
    await button('Choose file and move…').click()
    await heading('Moved: not renewed here').waitFor()
    expect(readdirSync(home).filter((name) => name.includes('moved'))).toEqual(['moved.satm-backup'])
    expect(await profiles()).toEqual([])
    await expect(ask(app.page, 'fleet.refresh-due', {})).rejects.toThrow('were moved to a server on')
    const asked = simulator.ledger.entries.length

    await stop()
    await start(first)
    await field('Passphrase').fill(PASSPHRASE)
    await button('Unlock').click()
    await heading('Moved: not renewed here').waitFor()
    await app.page.getByText(moved).waitFor()
    expect(simulator.ledger.entries).toHaveLength(asked)
    await button('Renew here again').click()
    await button('The server is stopped').click()
    await heading('Moved: not renewed here').waitFor({ state: 'detached' })
    await expect.poll(async () => (await profiles()).length, SOON).toBe(ROWS)
    await app.page.getByRole('link', { name: 'Settings' }).click()
  })

  test('locks the window, and answers nothing until the passphrase opens it', async () => {
    const { page } = app
    await page.getByRole('link', { name: 'Security', exact: true }).click()
    await button('Lock now').click()
    await heading('Locked').waitFor()
    expect(await profiles()).toHaveLength(0)
    await expect(ask(page, 'fleet.refresh-due', {})).rejects.toThrow('The app is locked')
    await field('Passphrase').fill('not the passphrase')
    await page.keyboard.press('Enter')
    await page.getByText('That is not the passphrase.').waitFor()
    await field('Passphrase').fill(PASSPHRASE)
    await page.keyboard.press('Enter')
    await heading('Locked').waitFor({ state: 'detached' })
    expect(await profiles()).toHaveLength(ROWS)
  })

  test('a second launch ends and shows the window of the first, however the folder is spelled', async () => {
    const spelled = path.join(home, 'other name')
    symlinkSync(first, spelled)
    const visible = () =>
      app.electron.evaluate(({ BrowserWindow }) =>
        BrowserWindow.getAllWindows().some((one) => one.isVisible()),
      )
    await app.electron.evaluate(({ BrowserWindow }) => {
      for (const one of BrowserWindow.getAllWindows()) one.hide()
    })
    await expect.poll(visible, SOON).toBe(false)
    const again = spawn(process.env.SATM_ELECTRON ?? '', secondLaunch(spelled), { stdio: 'ignore' })
    const [code] = await once(again, 'exit')
    expect(code).toBe(0)
    await expect.poll(visible, SOON).toBe(true)
  })

  test('asks for the passphrase at the next start, refuses a wrong one, and opens with everything', async () => {
    await stop()
    // As an owner leaves it that was killed, once its process id is somebody else's: here, this test's.
    symlinkSync(`${hostname()}-${process.pid}`, path.join(first, 'SingletonLock'))
    await start(first)
    const { page } = app
    await heading('Enter your passphrase').waitFor()
    expect(await profiles()).toHaveLength(0)
    await field('Passphrase').fill('wrong horse battery')
    await button('Unlock').click()
    await page.getByText('That is not the passphrase. Nothing was changed; try again.').waitFor()
    await field('Passphrase').fill(PASSPHRASE)
    await page.keyboard.press('Enter')
    // Where it was left, although that was locked at once.
    await page.getByRole('heading', { name: 'Security', exact: true }).waitFor()
    await page.getByRole('link', { name: 'Service apps' }).click()
    await heading('Service apps').waitFor()
    await page.getByRole('row', { name: 'Org 1', exact: true }).waitFor()
    expect(await profiles()).toHaveLength(ROWS)
    await stop()
  })

  test('restores the backup into an empty folder, once it is chosen what protects it there', async () => {
    mkdirSync(second)
    await start(second)
    const { page } = app
    await chooses(backup)
    await button('Restore a backup…').click()
    await button('Choose backup…').click()
    await field('Passphrase of the backup').fill(PASSPHRASE)
    await button('Open backup').click()
    await page.getByText(/not the passphrase of this backup/).waitFor()
    await field('Passphrase of the backup').fill(BACKUP_PASSPHRASE)
    await button('Open backup').click()
    await page.getByText(`for ${ROWS} customers, 0 token managers`).waitFor()
    await button('Restore').click()
    await page.getByText(/It is restored as soon as/).waitFor()
    await button('Store unprotected').click()
    await heading('Service apps').waitFor()
    expect(await profiles()).toHaveLength(ROWS)
    await page.getByText('Weak storage').waitFor()
  })

  test('restores it over an open list too, keeping a copy, and goes on working', async () => {
    const { page } = app
    const [before] = await profiles()
    await ask(page, 'profile.remove', { profileId: before?.id ?? 'none' })
    await page.getByRole('link', { name: 'Settings' }).click()
    await page.getByRole('link', { name: 'Data', exact: true }).click()
    await button('Restore…').click()
    await button('Choose backup…').click()
    await field('Passphrase of the backup').fill(BACKUP_PASSPHRASE)
    await button('Open backup').click()
    await page.getByText(/The \d+ service apps? for \d+ customers? stored here will be replaced/).waitFor()
    await button('Restore').click()
    await page.getByText(/\d+ service apps? for \d+ customers? restored/).waitFor()
    expect(await profiles()).toHaveLength(ROWS)
    expect(
      readdirSync(path.join(second, 'vault')).some((name) => name.startsWith('vault-kept-before-restore-')),
    ).toBe(true)
    await ask(page, 'profile.remove', { profileId: before?.id ?? 'none' })
    await expect.poll(async () => (await profiles()).length, SOON).toBe(ROWS - 1)
    await stop()
  })

  test('leaves no imported secret readable in a file, a log or the output', () => {
    const files = [...filesBelow(first), ...filesBelow(second)]
    const found = files.filter((file) => readFileSync(file).includes(SECRET))
    expect(found).toEqual([])
    expect(outputs).not.toContain(SECRET)
    expect(files.some((file) => file.endsWith('.log'))).toBe(true)
  })
})

function csvOfOrgs(): string {
  const id = (kind: string, text: string) => Buffer.from(`ciscospark://us/${kind}/${text}`).toString('base64')
  const org = (n: number) => id('ORGANIZATION', `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`)
  const clientId = `C${'5'.repeat(64)}`
  const row = (n: number, secret: string) =>
    [`Org ${n}`, id('APPLICATION', clientId), clientId, secret, org(n)].join(',')
  const good = Array.from({ length: ROWS }, (_, i) => row(i + 1, `${SECRET}1`))
  const bad = [row(1, `${SECRET}1`), row(901, ''), row(902, 'YOUR_CLIENT_SECRET')]
  return ['name,app id,client id,secret,org id', ...good, ...bad].join('\r\n')
}

function secondLaunch(dataFolder: string): readonly string[] {
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  return [
    ...sandbox,
    '--password-store=basic',
    path.resolve(import.meta.dirname, '../..'),
    `--user-data-dir=${dataFolder}`,
  ]
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
}
