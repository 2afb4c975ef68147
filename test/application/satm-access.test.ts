// How the app is found again by the command line, and what the window is told when it cannot be reached.
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createSatm, launchCommandOf } from '#application/satm-access.ts'
import { readNote } from '#satm/app-location.ts'
import { FakeClock } from '../engine/support/fake-clock.ts'

const run = {
  executable: '/opt/electron',
  packaged: false,
  appPath: '/src/app',
  argv: [
    '/opt/electron',
    '--no-sandbox',
    '--inspect=0',
    '/src/app',
    '--user-data-dir=/x',
    '--password-store=basic',
  ],
  env: {},
  demo: false,
}

test('the command that starts the app again keeps what the next start needs, and nothing else', () => {
  expect(launchCommandOf(run)).toEqual([
    '/opt/electron',
    '--no-sandbox',
    '--password-store=basic',
    '/src/app',
  ])
  expect(launchCommandOf({ ...run, packaged: true, argv: [] })).toEqual(['/opt/electron'])
  expect(launchCommandOf({ ...run, packaged: true, argv: [], env: { APPIMAGE: '/a.AppImage' } })).toEqual([
    '/a.AppImage',
  ])
  expect(launchCommandOf({ ...run, demo: true })).toBeNull()
})

function aSatm() {
  const dataFolder = realpathSync(mkdtempSync(path.join(tmpdir(), 'satm-composition-')))
  const failures: unknown[] = []
  const supervisor = { current: () => null, held: () => 'These tokens are of another cloud.' }
  const vaultAccess = { vault: () => null, view: () => ({ kind: 'opening', sentence: 'Opening …' }) }
  const satm = createSatm({
    instance: { dataFolder, version: '1.2.3', appPath: '/src/the app', packaged: false, demo: false },
    supervisor: supervisor as never,
    vaultAccess: vaultAccess as never,
    clock: new FakeClock(),
    delay: async () => undefined,
    failed: (error) => failures.push(error),
    changed: () => undefined,
  })
  onTestFinished(async () => {
    await satm.close()
    rmSync(dataFolder, { recursive: true, force: true })
  })
  return { dataFolder, satm, failures }
}

test('the window is told where it listens and what to type', async () => {
  const { dataFolder, satm } = aSatm()
  expect(satm.view()).toMatchObject({ socket: null, problem: null })
  await satm.start(Promise.resolve())
  const socket = path.join(dataFolder, 'satm.sock')
  expect(satm.view()).toEqual({ command: "node '/src/the app/out/satm/index.js'", socket, problem: null })
  expect(readNote(dataFolder, process.getuid?.() ?? null)?.socket).toBe(socket)
})

test('what lies in the socket’s place is left alone and told', async () => {
  const { dataFolder, satm, failures } = aSatm()
  writeFileSync(path.join(dataFolder, 'satm.sock'), 'precious')
  await satm.start(Promise.resolve())
  expect(satm.view()).toMatchObject({ socket: null, problem: expect.stringMatching(/Remove it/) })
  expect(failures).toHaveLength(1)
})
