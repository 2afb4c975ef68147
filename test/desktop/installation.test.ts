// How a downloaded AppImage takes the place of the one that runs: real files, a real shell, and programs in place of images.
import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { appImageOf, outsideAppImage } from '#base/node/app-image.ts'
import { type Installation, installationOf } from '#desktop/updates/installation.ts'

describe.runIf(process.platform === 'linux')('an AppImage', () => {
  let home: string
  let image: string
  let notes: string

  beforeEach(() => {
    home = realpathSync(mkdtempSync(path.join(tmpdir(), 'satm installation ')))
    image = path.join(home, "it's an App.AppImage")
    notes = path.join(home, 'notes')
    mkdirSync(path.join(home, 'mount'))
    program(image, 'old')
  })
  afterEach(() => rmSync(home, { recursive: true, force: true }))

  /** Notes its name and arguments, and goes on as `then` says. */
  const program = (file: string, name: string, then = '') => {
    writeFileSync(file, `#!/bin/sh\necho "${name}" "$@" >> '${notes}'\n${then}\n`)
    chmodSync(file, 0o755)
  }
  const noted = () => (existsSync(notes) ? readFileSync(notes, 'utf8') : '')
  const installation = (processId: number, running = image, patience = 60): Installation => {
    const found = installationOf({
      platform: 'linux',
      arch: 'x64',
      env: { APPIMAGE: running, APPDIR: path.join(home, 'mount'), PATH: process.env.PATH },
      executable: path.join(home, 'mount', 'app'),
      isPackaged: true,
      dataFolder: home,
      processId,
      patience,
    })
    if (found === null) throw new Error('It is an AppImage.')
    return found
  }
  /** A version of the app that runs until it is told to end. */
  const running = () => {
    const child = spawn('sleep', ['1000'])
    onTestFinished(() => void child.kill())
    return { processId: child.pid ?? 0, end: () => child.kill() }
  }
  const previous = () => `${image}.previous`
  /** The new version starts and clears up as the app does. */
  const SETTLES = () => `rm -f "$0.previous"`

  test('is replaced whole, keeps its mode, and the previous one stays beside it until the new one has started', async () => {
    chmodSync(image, 0o750)
    const { processId, end } = running()
    const update = installation(processId)
    program(update.staged, 'new', SETTLES())
    update.replace()
    expect(statSync(image).mode & 0o777).toBe(0o750)
    expect(readFileSync(image, 'utf8')).toContain('new')
    expect(readFileSync(previous(), 'utf8')).toContain('old')
    update.startAfterEnd(['--user-data-dir=/a folder', "it's"])
    end()
    await expect.poll(noted).toBe("new --user-data-dir=/a folder it's\n")
    await expect.poll(() => readdirSync(home).sort()).toEqual([path.basename(image), 'mount', 'notes'])
  })

  test.each([
    ['ends with an error', 'exit 1'],
    ['crashes', 'kill -SEGV $$'],
    ['is no program', null],
  ])(
    'that %s before it has started gives its place back to the previous one, which is started',
    async (_, then) => {
      const { processId, end } = running()
      const update = installation(processId)
      if (then === null) writeFileSync(update.staged, '\0\0 nothing that runs')
      else program(update.staged, 'new', then)
      update.replace()
      update.startAfterEnd(['--kept'])
      end()
      await expect.poll(noted).toBe(`${then === null ? '' : 'new --kept\n'}old --kept\n`)
      expect(readFileSync(image, 'utf8')).toContain('old')
      expect(existsSync(previous())).toBe(false)
    },
  )

  test('that hangs before it has started is ended, with all that it started', async () => {
    const { processId, end } = running()
    const update = installation(processId, image, 2)
    program(update.staged, 'new', `sleep 1234 & echo $! > '${home}/child'; wait`)
    update.replace()
    update.startAfterEnd([])
    end()
    await expect.poll(noted).toBe('new\nold\n')
    const child = Number(readFileSync(path.join(home, 'child'), 'utf8'))
    await expect
      .poll(() => existsSync(`/proc/${child}/cmdline`) && readFileSync(`/proc/${child}/cmdline`, 'utf8'))
      .not.toMatch(/1234/)
  })

  test('that a person ends at once is not taken for one that does not start', async () => {
    const { processId, end } = running()
    const update = installation(processId)
    program(update.staged, 'new', 'exit 0')
    update.replace()
    update.startAfterEnd([])
    end()
    await expect.poll(noted).toBe('new\n')
    expect(readFileSync(image, 'utf8')).toContain('new')
    expect(existsSync(previous())).toBe(true)
  })

  test('is started only when the running one has ended', async () => {
    const { processId, end } = running()
    const update = installation(processId)
    program(update.staged, 'new', SETTLES())
    update.replace()
    update.startAfterEnd([])
    const other = spawn('sleep', ['1.5'])
    await new Promise((resolve) => other.once('exit', resolve))
    expect(noted()).toBe('')
    end()
    await expect.poll(noted).toBe('new\n')
  })

  test('that was started under the name of the previous one takes its place back after an update that failed', () => {
    const file = previous()
    program(file, 'old')
    program(image, 'broken')
    installation(process.pid, file).settle(true)
    expect(readFileSync(image, 'utf8')).toContain('old')
    expect(existsSync(file)).toBe(false)
  })

  test('of such a name is left alone where there was no update', () => {
    program(previous(), 'kept by a person')
    program(image, 'new')
    installation(process.pid, previous()).settle(false)
    installation(process.pid).settle(false)
    expect(readFileSync(image, 'utf8')).toContain('new')
    expect(readFileSync(previous(), 'utf8')).toContain('kept by a person')
  })

  test('loses what killed downloads left, and nothing that is somebody else’s', () => {
    const { processId } = running()
    const gone = spawn('true')
    const left = installation(gone.pid ?? 0).staged
    const underWay = installation(processId).staged
    return new Promise((resolve) => gone.once('exit', resolve)).then(() => {
      const other = path.join(home, '.other.AppImage.1.update')
      for (const file of [left, underWay, other, `${left}d`]) writeFileSync(file, '')
      installation(process.pid).settle(true)
      expect([left, underWay, other, `${left}d`].map((file) => existsSync(file))).toEqual([
        false,
        true,
        true,
        true,
      ])
    })
  })

  test('that cannot be replaced stays as it is', () => {
    const update = installation(process.pid)
    expect(() => update.replace()).toThrow(expect.objectContaining({ problem: 'not-writable' }))
    expect(readdirSync(home).sort()).toEqual([path.basename(image), 'mount'])
    expect(readFileSync(image, 'utf8')).toContain('old')
  })
})

describe('the package that the app runs from', () => {
  const run = {
    platform: 'linux',
    arch: 'x64',
    env: {},
    executable: '/usr/lib/service-app-token-manager/service-app-token-manager',
    isPackaged: true,
    dataFolder: '/data',
    processId: 7,
  } as const

  test('is known by its place; a package manager’s is only named with how to upgrade it', () => {
    const system = installationOf(run)
    expect(system?.upgrade?.command).toMatch(/^sudo (apt|dnf) .*service-app-token-manager$/)
    expect(installationOf({ ...run, executable: '/opt/app/app' })).toMatchObject({
      target: { kind: 'tar' },
      upgrade: { command: null },
    })
    expect(installationOf({ ...run, platform: 'win32' })).toMatchObject({
      target: { kind: 'nsis' },
      upgrade: null,
    })
    expect(installationOf({ ...run, platform: 'darwin' })).toMatchObject({
      target: { kind: 'dmg' },
      upgrade: null,
    })
    expect(installationOf({ ...run, isPackaged: false })).toBeNull()
  })

  test('is no AppImage because another AppImage started the app', () => {
    const env = { APPIMAGE: '/home/jane/Terminal.AppImage', APPDIR: '/tmp/.mount_Termin' }
    expect(installationOf({ ...run, env })?.target.kind).not.toBe('appimage')
    expect(appImageOf(env, '/tmp/.mount_Terminal2/app')).toBeNull()
    expect(appImageOf(env, '/tmp/.mount_Termin/usr/app')).toBe(env.APPIMAGE)
    expect(appImageOf({ ...env, APPIMAGE: 'relative.AppImage' }, '/tmp/.mount_Termin/app')).toBeNull()
  })
})

test('the next version gets nothing from the image that is no longer there', () => {
  const env = {
    APPIMAGE: '/a.AppImage',
    APPDIR: '/tmp/.mount_a',
    ARGV0: 'a',
    OWD: '/',
    LD_LIBRARY_PATH: '/tmp/.mount_a/usr/lib:/opt/lib',
    GSETTINGS_SCHEMA_DIR: '/tmp/.mount_a/share',
    HOME: '/home/jane',
    XDG_DATA_DIRS: '/usr/share',
  }
  expect(outsideAppImage(env)).toEqual({
    LD_LIBRARY_PATH: '/opt/lib',
    HOME: '/home/jane',
    XDG_DATA_DIRS: '/usr/share',
  })
})
