// Asks a real session bus of the test's own through the real tools.
import { type ChildProcess, spawn } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  busNameHasOwner,
  passwordStoreSwitch,
  type RunTool,
  runTool,
  trayHostIsThere,
} from '#desktop/system/session-bus.ts'

const linux = process.platform === 'linux'
let bus: ChildProcess | null = null
let address = ''

beforeAll(async () => {
  if (!linux) return
  const daemon = spawn('dbus-daemon', ['--session', '--nofork', '--print-address'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  bus = daemon
  address = await new Promise<string>((resolve, reject) => {
    daemon.once('error', (cause) =>
      reject(new Error('dbus-daemon is missing: apt-get install dbus', { cause })),
    )
    daemon.stdout.once('data', (line: Buffer) => resolve(line.toString().trim()))
  })
})
afterAll(() => {
  bus?.kill()
})

/** The real tools on the test's bus, only those named. */
const onBus =
  (...tools: readonly string[]): RunTool =>
  (command, args) =>
    tools.includes(command)
      ? runTool('env', [`DBUS_SESSION_BUS_ADDRESS=${address}`, command, ...args])
      : { kind: 'absent' }

const none: RunTool = () => ({ kind: 'absent' })
const answering =
  (text: string): RunTool =>
  () => ({ kind: 'text', text })

describe.runIf(linux).each(['dbus-send', 'gdbus'])('asked through %s, the bus', (tool) => {
  test('knows a name that is there', () => {
    expect(busNameHasOwner('org.freedesktop.DBus', onBus(tool))).toBe(true)
  })

  test('knows that a name is not there', () => {
    expect(busNameHasOwner('org.example.Nobody', onBus(tool))).toBe(false)
  })
})

test('nobody can be asked where no tool is installed', () => {
  expect(busNameHasOwner('org.freedesktop.DBus', none)).toBeNull()
  expect(runTool('surely-no-such-program', [])).toEqual({ kind: 'absent' })
})

test('a tool that got no answer is not followed by another that would wait as long', () => {
  const asked: string[] = []
  const silent: RunTool = (command) => {
    asked.push(command)
    return { kind: 'failed' }
  }
  expect(busNameHasOwner('org.freedesktop.DBus', silent)).toBeNull()
  expect(asked).toEqual(['dbus-send'])
})

test.runIf(linux)('a program that fails has said nothing', () => {
  expect(runTool('sh', ['-c', 'echo true; exit 1'])).toEqual({ kind: 'failed' })
})

describe('the keyring', () => {
  const env = { DBUS_SESSION_BUS_ADDRESS: 'unix:path=/x', XDG_CURRENT_DESKTOP: 'sway' }
  const owned = answering('   boolean true\n')
  const situation = { platform: 'linux', env, chosen: false, run: owned } as const

  test('is named on a desktop Chromium does not know', () => {
    expect(passwordStoreSwitch(situation)).toBe('gnome-libsecret')
    expect(passwordStoreSwitch({ ...situation, env: { ...env, XDG_CURRENT_DESKTOP: undefined } })).toBe(
      'gnome-libsecret',
    )
  })

  test.each(['GNOME', 'ubuntu:GNOME', 'KDE', 'XFCE', 'X-Cinnamon'])(
    'is left to Chromium on %s',
    (desktop) => {
      expect(passwordStoreSwitch({ ...situation, env: { ...env, XDG_CURRENT_DESKTOP: desktop } })).toBeNull()
    },
  )

  test.each(['KDE_FULL_SESSION', 'DESKTOP_SESSION'])(
    'is left to Chromium where %s is all there is',
    (sign) => {
      expect(
        passwordStoreSwitch({ ...situation, env: { ...env, XDG_CURRENT_DESKTOP: undefined, [sign]: 'x' } }),
      ).toBeNull()
    },
  )

  test('is left to the person who chose one', () => {
    expect(passwordStoreSwitch({ ...situation, chosen: true })).toBeNull()
  })

  test.each(['darwin', 'win32'] as const)('is no question on %s', (platform) => {
    expect(passwordStoreSwitch({ ...situation, platform })).toBeNull()
  })

  test('is not named when none runs, none can be asked, or there is no bus', () => {
    expect(passwordStoreSwitch({ ...situation, run: answering('   boolean false\n') })).toBeNull()
    expect(passwordStoreSwitch({ ...situation, run: none })).toBeNull()
    expect(passwordStoreSwitch({ ...situation, env: {} })).toBeNull()
  })
})

describe('a tray', () => {
  const env = { XDG_RUNTIME_DIR: '/run/user/1' }

  test.runIf(linux)('is not there on a bus without a watcher', () => {
    expect(trayHostIsThere({ platform: 'linux', env, run: onBus('dbus-send', 'gdbus') })).toBe(false)
  })

  test('is there with one', () => {
    expect(trayHostIsThere({ platform: 'linux', env, run: answering('   boolean true\n') })).toBe(true)
  })

  test('is not believed in where nobody can be asked', () => {
    expect(trayHostIsThere({ platform: 'linux', env, run: none })).toBe(false)
    expect(trayHostIsThere({ platform: 'linux', env: {}, run: answering('true') })).toBe(false)
  })

  test.each(['darwin', 'win32'] as const)('is always there on %s', (platform) => {
    expect(trayHostIsThere({ platform, env: {}, run: none })).toBe(true)
  })
})
