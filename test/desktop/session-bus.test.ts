// Asks a real session bus of the test's own through the real tools.
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
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
const place = mkdtempSync(path.join(tmpdir(), 'satm-bus-'))
const INSTALLED = ['org.freedesktop.secrets', 'org.kde.kwalletd5']

beforeAll(async () => {
  if (!linux) return
  // Services that are installed and not running; nothing else is.
  const services = path.join(place, 'dbus-1', 'services')
  mkdirSync(services, { recursive: true })
  for (const name of INSTALLED)
    writeFileSync(path.join(services, `${name}.service`), `[D-BUS Service]\nName=${name}\nExec=/bin/false\n`)
  const daemon = spawn('dbus-daemon', ['--session', '--nofork', '--print-address'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, XDG_RUNTIME_DIR: place, XDG_DATA_HOME: place, XDG_DATA_DIRS: '/nowhere' },
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
  rmSync(place, { recursive: true, force: true })
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

  test.runIf(linux).each([['dbus-send'], ['gdbus'], ['dbus-send', 'gdbus']])(
    'is named where it is installed and not running (%s)',
    (...tools) => {
      expect(busNameHasOwner(INSTALLED[0] ?? '', onBus(...tools))).toBe(false)
      expect(passwordStoreSwitch({ ...situation, run: onBus(...tools) })).toBe('gnome-libsecret')
    },
  )

  describe('on KDE', () => {
    const onKde = { ...situation, env: { ...env, XDG_CURRENT_DESKTOP: 'KDE', KDE_SESSION_VERSION: '5' } }
    /** A bus with these names on it, and with services installed for others. */
    const busWith =
      (running: string, installed: string): RunTool =>
      (_tool, args) => {
        const text = args.some((argument) => argument.endsWith('ListActivatableNames'))
          ? `array [ org.freedesktop.DBus ${installed} ]`
          : `boolean ${args.some((argument) => argument === `string:${running}`)}`
        return { kind: 'text', text }
      }

    test('is the Secret Service where there is no KWallet', () => {
      const secrets = 'org.freedesktop.secrets'
      expect(passwordStoreSwitch({ ...onKde, run: busWith(secrets, '') })).toBe('gnome-libsecret')
      expect(passwordStoreSwitch({ ...onKde, run: busWith('', secrets) })).toBe('gnome-libsecret')
      expect(passwordStoreSwitch({ ...onKde, run: busWith('', '') })).toBeNull()
    })

    test.each(['', '5', '6'])('is the KWallet of the session where it is there (version “%s”)', (version) => {
      const session = { ...onKde, env: { ...onKde.env, KDE_SESSION_VERSION: version } }
      const [wallet, secrets] = [`org.kde.kwalletd${version}`, 'org.freedesktop.secrets']
      expect(passwordStoreSwitch({ ...session, run: busWith(wallet, secrets) })).toBeNull()
      expect(passwordStoreSwitch({ ...session, run: busWith(secrets, wallet) })).toBeNull()
      // Chromium does not look for that one.
      expect(passwordStoreSwitch({ ...session, run: busWith('org.kde.kwalletd7', secrets) })).toBe(
        'gnome-libsecret',
      )
    })

    test.each([
      ['[Wallet]\nFirst Use=false\nEnabled=false\n', 'gnome-libsecret'],
      ['[Wallet]\nEnabled=true\n', null],
      ['[Other]\nEnabled=false\n', null],
      ['', null],
    ])('is the Secret Service where KWallet is switched off (%j)', (settings, named) => {
      writeFileSync(path.join(place, 'kwalletrc'), settings)
      const env = { ...onKde.env, XDG_CONFIG_HOME: place }
      expect(passwordStoreSwitch({ ...onKde, env, run: owned })).toBe(named)
    })

    test.runIf(linux)('is KWallet where the real bus would start it, and where nobody can be asked', () => {
      expect(passwordStoreSwitch({ ...onKde, run: onBus('dbus-send', 'gdbus') })).toBeNull()
      expect(passwordStoreSwitch({ ...onKde, run: none })).toBeNull()
    })
  })

  test.each(['GNOME', 'ubuntu:GNOME', 'XFCE', 'X-Cinnamon'])('is left to Chromium on %s', (desktop) => {
    expect(passwordStoreSwitch({ ...situation, env: { ...env, XDG_CURRENT_DESKTOP: desktop } })).toBeNull()
  })

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
