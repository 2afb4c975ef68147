// For how long nobody was there, on desktops that tell it in different ways or not at all, and that the lock leaves a window in use open.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, type Place, startMock } from './desktop-harness/mock-services.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'

const PASSPHRASE = 'correct horse battery'
const MUTTER: Place = {
  bus: 'session',
  name: 'org.gnome.Mutter.IdleMonitor',
  path: '/org/gnome/Mutter/IdleMonitor/Core',
  interface: 'org.gnome.Mutter.IdleMonitor',
}

/** An X server that does not know since when nobody touched it. */
async function startXServer(): Promise<{ readonly display: string; stop(): Promise<void> }> {
  const args = [
    '-displayfd',
    '3',
    '-extension',
    'MIT-SCREEN-SAVER',
    '-screen',
    '0',
    '1440x1000x24',
    '-nolisten',
    'tcp',
  ]
  const server: ChildProcess = spawn('Xvfb', args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] })
  const display = await new Promise<string>((resolve, reject) => {
    server.once('error', (cause) => reject(new Error('Xvfb is missing: apt-get install xvfb', { cause })))
    server.stdio[3]?.once('data', (number: Buffer) => resolve(`:${number.toString().trim()}`))
  })
  return {
    display,
    stop: () =>
      new Promise((resolve) => {
        server.once('exit', () => resolve())
        server.kill()
      }),
  }
}

describe.runIf(process.platform === 'linux')('without the idle time of the X server', () => {
  let folder = ''
  let server: Awaited<ReturnType<typeof startXServer>>
  let app: RunningApp

  beforeAll(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'satm-idle-'))
    server = await startXServer()
    app = await launchApp({
      dataFolder: folder,
      env: { DISPLAY: server.display, XAUTHORITY: '', SATM_WEBEX_BASE_URL: 'http://127.0.0.1:9/v1' },
    })
    await app.page.getByRole('heading', { name: 'Service apps' }).waitFor()
    await ask(app.page, 'security.set-passphrase', { passphrase: PASSPHRASE, mode: 'beside' })
    await ask(app.page, 'settings.save', { lockAfterMinutes: 5 })
  })
  afterAll(async () => {
    await app?.close()
    await server?.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })
  })

  test('the settings say that the time counts from the use of the window', async () => {
    await app.page.getByRole('link', { name: 'Settings' }).click()
    await app.page.getByRole('link', { name: 'Security', exact: true }).click()
    await app.page.getByText(/This desktop does not report how long you have been away/).waitFor()
    expect((await ask(app.page, 'view.get', {})).locked).toBe(false)
  })

  test('the window in use stays unlocked, however long Mutter has counted, and the settings say nothing more', async () => {
    const mutter = await startMock(MUTTER, null)
    const mock = { ...MUTTER, interface: 'org.freedesktop.DBus.Mock' }
    await call(mock, 'AddMethod', 'sssss', [MUTTER.interface, 'GetIdletime', '', 't', 'ret = 86400000'])
    await app.page.getByText(/This desktop does not report/).waitFor({ state: 'detached' })
    await app.page.keyboard.press('Tab')
    const before = (await mutter.calls('GetIdletime')).length
    // The second look from here on begins when the first one has ended.
    await expect
      .poll(async () => (await mutter.calls('GetIdletime')).length, { timeout: 30_000 })
      .toBeGreaterThan(before + 1)
    const { app: about, locked } = await ask(app.page, 'view.get', {})
    expect([about.idleCountsFrom, locked]).toEqual(['computer', false])
    await mutter.stop()
  })
})
