// How the app is found again by the command line, and what the window is told when it cannot be reached.
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { commandOf, createSatm, launchCommandOf } from '#application/satm-access.ts'
import { readNote } from '#satm/app-location.ts'
import { openSocket } from '#satm/client/socket-client.ts'
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
  kind: 'app' as const,
}

test('the command that starts the app again keeps what the next start needs, and nothing else', () => {
  expect(launchCommandOf(run)).toEqual([
    '/opt/electron',
    '--no-sandbox',
    '--password-store=basic',
    '/src/app',
  ])
  expect(launchCommandOf({ ...run, packaged: true, argv: [] })).toEqual(['/opt/electron'])
  const image = { ...run, packaged: true, argv: [], env: { APPIMAGE: '/a.AppImage', APPDIR: '/opt' } }
  expect(launchCommandOf(image)).toEqual(['/a.AppImage'])
  // Of another app, which started this one.
  expect(launchCommandOf({ ...image, env: { ...image.env, APPDIR: '/tmp/.mount_other' } })).toEqual([
    '/opt/electron',
  ])
  expect(launchCommandOf({ ...run, kind: 'demo' as const })).toBeNull()
})

test('satm is typed as it can be reached: by a node of one’s own, as a program beside the app, or by the image', () => {
  const packaged = { packaged: true, appPath: '/opt/my app/resources/app.asar', env: {} }
  expect(commandOf({ ...packaged, executable: '/opt/my app/service-app-token-manager' })).toBe(
    "'/opt/my app/satm'",
  )
  expect(commandOf({ ...packaged, executable: '/opt/app/service-app-token-manager' })).toBe('/opt/app/satm')
  const image = { APPIMAGE: '/home/ada/my apps/S.AppImage', APPDIR: '/tmp/.mount_S' }
  const inImage = { ...packaged, executable: '/tmp/.mount_S/usr/lib/s/s', env: image }
  expect(commandOf(inImage)).toBe("'/home/ada/my apps/S.AppImage' satm")
  // The variables are inherited by whatever another image starts.
  expect(commandOf({ ...inImage, executable: '/opt/app/s' })).toBe('/opt/app/satm')
  expect(commandOf({ ...packaged, packaged: false, appPath: '/src', executable: '/opt/electron' })).toBe(
    'node /src/out/satm/index.js',
  )
})

function aSatm(dataFolder = realpathSync(mkdtempSync(path.join(tmpdir(), 'satm-composition-')))) {
  const clock = new FakeClock()
  const failures: unknown[] = []
  const supervisor = { current: () => null, held: () => 'These tokens are of another cloud.' }
  const vaultAccess = { vault: () => null, view: () => ({ kind: 'opening', sentence: 'Opening …' }) }
  const satm = createSatm({
    instance: { dataFolder, version: '1.2.3', appPath: '/src/the app', packaged: false, kind: 'app' },
    supervisor: supervisor as never,
    vaultAccess: vaultAccess as never,
    dataSources: {} as never,
    clock,
    delay: async () => undefined,
    commands: {} as never,
    failed: (error) => failures.push(error),
    changed: () => undefined,
  })
  onTestFinished(async () => {
    await satm.close()
    rmSync(dataFolder, { recursive: true, force: true })
  })
  return { dataFolder, satm, failures, clock }
}

test('the window is told where it listens and what to type', async () => {
  const { dataFolder, satm } = aSatm()
  expect(satm.view()).toMatchObject({ socket: null, problem: null })
  await satm.start(Promise.resolve())
  const socket = path.join(dataFolder, 'satm.sock')
  expect(satm.view()).toEqual({ command: "node '/src/the app/out/satm/index.js'", socket, problem: null })
  expect(readNote(dataFolder, process.getuid?.() ?? null)?.socket).toBe(socket)
})

test('nothing is looked at any more once it has ended', async () => {
  const { satm, clock } = aSatm()
  await satm.start(Promise.resolve())
  expect(clock.armed.length).toBeGreaterThan(0)
  await satm.close()
  expect(clock.armed).toEqual([])
})

test('what lies in the socket’s place is left alone and told, once, until it is removed', async () => {
  const { dataFolder, satm, failures, clock } = aSatm()
  const socket = path.join(dataFolder, 'satm.sock')
  writeFileSync(socket, 'precious')
  await satm.start(Promise.resolve())
  expect(satm.view()).toMatchObject({ socket: null, problem: expect.stringMatching(/Remove it/) })
  await seconds(clock, 3)
  expect(readFileSync(socket, 'utf8')).toBe('precious')
  expect(failures).toHaveLength(1)
  rmSync(socket)
  await seconds(clock, 1)
  await expect.poll(() => satm.view()).toMatchObject({ socket, problem: null })
  await reach(dataFolder)
})

/** Real sockets and files answer in real time, whatever the clock says; so does the system when a folder changes. */
async function seconds(clock: FakeClock, count: number): Promise<void> {
  for (let second = 0; second < count; second += 1) {
    const until = clock.monotonic() + 1_000
    await expect.poll(() => clock.armed[0]?.at).toBeLessThanOrEqual(until)
    await clock.advance(1_000)
    await expect.poll(() => clock.armed.length).toBe(1)
  }
}

/** By the note alone, as satm does it. */
async function reach(dataFolder: string): Promise<void> {
  const socket = readNote(dataFolder, process.getuid?.() ?? null)?.socket ?? ''
  const answering = await openSocket(socket)
  answering.destroy()
}

describe('within a second of', () => {
  const afterwards = async (harm: (place: { folder: string; socket: string; note: string }) => unknown) => {
    const { dataFolder, satm, clock, failures } = aSatm()
    await satm.start(Promise.resolve())
    const places = { socket: path.join(dataFolder, 'satm.sock'), note: path.join(dataFolder, 'satm.json') }
    await harm({ folder: dataFolder, ...places })
    await seconds(clock, 1)
    return { dataFolder, satm, clock, failures, ...places }
  }

  test.each<[string, (place: { socket: string; note: string }) => unknown]>([
    ['its removal, the socket is there again', ({ socket }) => rmSync(socket)],
    ['its removal, the note is there again', ({ note }) => rmSync(note)],
    ['both removals, both are there again', ({ socket, note }) => [rmSync(socket), rmSync(note)]],
    ['being cut short, the note is whole again', ({ note }) => truncateSync(note, 9)],
    [
      'another note, the note is its own again',
      ({ note }) => writeFileSync(note, '{"socket":"/x","command":null}'),
    ],
    [
      'a dead socket in its place, the socket is its own again',
      async ({ socket }) => {
        rmSync(socket)
        const dead = createServer().listen(socket)
        await once(dead, 'listening')
        // Its descriptor goes, its name stays, as after a kill.
        renameSync(socket, `${socket}-kept`)
        dead.close()
        renameSync(`${socket}-kept`, socket)
      },
    ],
  ])('%s', async (_, harm) => {
    const { dataFolder, satm, socket, failures } = await afterwards(harm)
    await reach(dataFolder)
    expect(statSync(socket).mode & 0o777).toBe(0o600)
    expect([satm.view().problem, failures]).toEqual([null, []])
  })

  test('a file in its place, that is told; the end of the app leaves the file', async () => {
    const { satm, socket } = await afterwards(({ socket }) => {
      rmSync(socket)
      writeFileSync(socket, 'precious')
    })
    expect(satm.view().problem).toMatch(/Remove it/)
    await satm.close()
    expect(readFileSync(socket, 'utf8')).toBe('precious')
  })

  test('another program in its place, that is told, and its socket stays', async () => {
    const { satm, socket } = await afterwards(async ({ socket }) => {
      rmSync(socket)
      const other = createServer().listen(socket)
      onTestFinished(() => void other.close())
      await once(other, 'listening')
    })
    expect(satm.view().problem).toMatch(/another program listens/)
    const answering = await openSocket(socket)
    answering.destroy()
  })

  test('the move of its folder, that is told, and none is made in its place', async () => {
    const { satm, dataFolder, clock } = await afterwards(({ folder }) =>
      renameSync(folder, `${folder}-moved`),
    )
    onTestFinished(() => rmSync(`${dataFolder}-moved`, { recursive: true, force: true }))
    expect(satm.view().problem).toMatch(/was moved, removed or replaced/)
    expect(existsSync(dataFolder)).toBe(false)
    mkdirSync(dataFolder, { mode: 0o700 })
    await seconds(clock, 1)
    expect(readdirSync(dataFolder)).toEqual([])
    rmdirSync(dataFolder)
    renameSync(`${dataFolder}-moved`, dataFolder)
    await seconds(clock, 1)
    await reach(dataFolder)
    expect(satm.view().problem).toBeNull()
  })
})

test('a socket in a folder of the session that was cleared is created in a new one', async () => {
  const deep = path.join(realpathSync(mkdtempSync(path.join(tmpdir(), 'satm-deep-'))), 'd'.repeat(100))
  mkdirSync(deep, { mode: 0o700 })
  const { dataFolder, satm, clock } = aSatm(deep)
  await satm.start(Promise.resolve())
  const before = satm.view().socket ?? ''
  rmSync(path.dirname(before), { recursive: true })
  await seconds(clock, 1)
  expect(satm.view()).toMatchObject({ problem: null, socket: expect.not.stringMatching(before) })
  await reach(dataFolder)
  await satm.close()
  expect(existsSync(path.dirname(satm.view().socket ?? before))).toBe(false)
})

test('an app on a copy of a data folder leaves the socket of the folder it was copied from', async () => {
  const { dataFolder, satm } = aSatm()
  await satm.start(Promise.resolve())
  const copy = aSatm()
  copyFileSync(path.join(dataFolder, 'satm.json'), path.join(copy.dataFolder, 'satm.json'))
  await copy.satm.start(Promise.resolve())
  await reach(dataFolder)
  await reach(copy.dataFolder)
})
