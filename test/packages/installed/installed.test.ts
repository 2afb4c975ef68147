// Each kind of package installed in a Debian without Node, run by an ordinary user with Chromium's sandbox, upgraded while
// it runs, downgraded and removed. Steps of one life: each begins where the one before it ended.
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { attemptsOf } from '../../e2e/support/ask.ts'
import { type Debian, debian, type Ran, USER } from '../support/debian.ts'
import { connectAndAdd, DATA, driven, openToTests, sandboxOf, started } from '../support/installed-app.ts'
import { APP, type Made, NAME, packages, projectRoot, run } from '../support/packages.ts'

const LONG = 600_000
const WAIT = { timeout: 60_000, interval: 200 }
const { version } = JSON.parse(readFileSync(path.join(projectRoot, 'package.json'), 'utf8'))
const place = mkdtempSync(path.join(tmpdir(), 'satm-installed-'))

let made: Made
let simulator: Simulator
let machine: Debian
let env: Readonly<Record<string, string>>

beforeAll(async () => {
  made = packages(['all'])
  simulator = await startSimulator({ apps: 1, orgs: 1 })
  env = { SATM_WEBEX_BASE_URL: simulator.baseUrl }
  machine = await debian()
}, LONG)

afterAll(async () => {
  machine?.remove()
  await simulator?.close()
  made?.remove()
  rmSync(place, { recursive: true, force: true })
})

const succeeded = async (running: Promise<Ran>): Promise<string> => {
  const ran = await running
  expect(ran, ran.err).toMatchObject({ code: 0 })
  return ran.out
}
const apt = (...args: readonly string[]) =>
  succeeded(machine.asRoot('apt-get', '-y', '--no-install-recommends', '-o', 'Dpkg::Use-Pty=0', ...args))
const satm = (program: string, ...args: readonly string[]) => machine.asUser({}, program, ...args)
const installedVersion = async () =>
  /^Version: (.*)$/m.exec((await machine.asRoot('dpkg', '-s', NAME)).out)?.[1]
/** What Webex says to whoever bears it. */
const accepted = async (token: string) => {
  const authorization = `Bearer ${token.trim()}`
  return (await fetch(`${simulator.baseUrl}/dataSources/schemas`, { headers: { authorization } })).status
}

describe('the Debian package', () => {
  let deb: string
  let newer: string
  let name: string
  let before: readonly string[]

  test(
    'is installed by apt with what it needs, on a machine without Node',
    async () => {
      expect((await machine.asRoot('sh', '-c', 'command -v node')).code).not.toBe(0)
      deb = machine.take(made.file('.deb'))
      newer = machine.take(upgraded(made.file('.deb')))
      await apt('install', deb)
      // Once more: what its dependencies leave behind is not its own.
      await apt('purge', NAME)
      before = entriesOf(machine)
      await apt('install', deb)
      expect(await succeeded(satm('/usr/bin/satm', '--version'))).toBe(`${version}\n`)
      expect(await succeeded(machine.asUser({ LC_ALL: 'C.UTF-8' }, 'satm', 'help'))).toContain(
        'Usage: satm COMMAND',
      )
      expect(await succeeded(machine.asRoot('dpkg', '--verify', NAME))).toBe('')
    },
    LONG,
  )

  test(
    'starts as an ordinary user, with the sandbox on',
    async () => {
      const app = await started(machine, `/usr/bin/${NAME}`, env)
      for (const pid of await app.renderers()) {
        expect(sandboxOf(pid)).toMatchObject({ seccomp: '2', isApart: true })
        expect(sandboxOf(pid).arguments).not.toContain('--no-sandbox')
      }
      expect(await succeeded(satm('/usr/bin/satm', 'list', '--json'))).toContain('"profiles"')
      await app.end()
    },
    LONG,
  )

  test(
    'does the whole main job, and satm gives its tokens',
    async () => {
      await openToTests(path.join(machine.root, APP, NAME))
      const app = await driven(machine, `/usr/bin/${NAME}`, env)
      name = await connectAndAdd(app.page, machine, simulator, place)
      const first = await succeeded(satm('/usr/bin/satm', 'token', name))
      expect(await accepted(first)).toBe(200)
      const calls = async () =>
        (await attemptsOf(app.page, name)).map((attempt) => attempt.calls.map(({ tier }) => tier))
      expect(await calls()).toEqual([[2]])
      await succeeded(satm('/usr/bin/satm', 'refresh', name))
      expect((await calls())[0]).toEqual([1])
      const [app0] = simulator.serviceApps
      simulator.control.killRefreshToken(name, app0?.orgs[0]?.orgId ?? '')
      simulator.control.expireIntegrationAccess()
      await succeeded(satm('/usr/bin/satm', 'refresh', name))
      expect((await calls())[0]).toEqual([1, 2, 3, 2])
      const latest = await succeeded(satm('/usr/bin/satm', 'token', name))
      expect(latest).not.toBe(first)
      expect(await accepted(latest)).toBe(200)
      const given = satm(
        '/usr/bin/satm',
        'exec',
        name,
        '--',
        'sh',
        '-c',
        'printf %s "$WEBEX_SERVICE_APP_ACCESS_TOKEN"',
      )
      expect(await succeeded(given)).toBe(latest.trim())

      // Upgraded while it runs: it goes on as what it was, and shows what it has not loaded yet.
      await apt('install', newer)
      expect(await installedVersion()).toMatch(/^9\./)
      await succeeded(satm('/usr/bin/satm', 'refresh', name))
      expect(await accepted(await succeeded(satm('/usr/bin/satm', 'token', name)))).toBe(200)
      for (const place of ['History', 'Settings']) {
        await app.page.getByRole('link', { name: place }).first().click()
        await app.page.getByRole('heading', { name: place, level: 1 }).waitFor()
      }
      await app.end()
    },
    LONG,
  )

  test(
    'finds everything again after the upgrade, and satm starts the new one',
    async () => {
      const app = await started(machine, `/usr/bin/${NAME}`, env, ['--hidden'])
      await expect.poll(async () => (await satm('/usr/bin/satm', 'token', name)).code, WAIT).toBe(0)
      expect(await accepted(await succeeded(satm('/usr/bin/satm', 'token', name)))).toBe(200)
      await app.end()
    },
    LONG,
  )

  test(
    'keeps its data when it is downgraded and purged, and leaves nothing else',
    async () => {
      await apt('install', '--allow-downgrades', deb)
      expect(await installedVersion()).not.toMatch(/^9\./)
      const app = await started(machine, `/usr/bin/${NAME}`, env, ['--hidden'])
      await expect.poll(async () => (await satm('/usr/bin/satm', 'token', name)).code, WAIT).toBe(0)
      await app.end()
      const data = hashesBelow(path.join(machine.root, DATA))
      expect(data.size).toBeGreaterThan(3)
      await apt('purge', NAME)
      expect(hashesBelow(path.join(machine.root, DATA))).toEqual(data)
      expect(entriesOf(machine)).toEqual(before)
    },
    LONG,
  )
})

describe('the profile for AppArmor', () => {
  const profile = () => path.join(machine.root, 'etc/apparmor.d', NAME)
  /** One that understands the profile, or not. */
  const appArmor = (code: number) => {
    const parser = path.join(machine.root, 'usr/sbin/apparmor_parser')
    writeFileSync(parser, `#!/bin/sh\nexit ${code}\n`)
    chmodSync(parser, 0o755)
    mkdirSync(path.dirname(profile()), { recursive: true })
  }

  test(
    'is there where AppArmor understands it, and goes with the package',
    async () => {
      const deb = machine.take(made.file('.deb'))
      appArmor(0)
      await apt('install', deb)
      expect(readFileSync(profile(), 'utf8')).toContain('userns')
      // An upgrade to a system, or a version, that does not understand it.
      appArmor(1)
      await apt('install', '--reinstall', deb)
      expect(existsSync(profile())).toBe(false)
      appArmor(0)
      await apt('install', '--reinstall', deb)
      await apt('remove', NAME)
      expect(existsSync(profile())).toBe(false)
    },
    LONG,
  )
})

describe('the RPM package', () => {
  const rpm = (...args: readonly string[]) => run('rpm', ['--root', machine.root, '--nodeps', ...args])

  test(
    'is installed with the same files, runs, and leaves nothing',
    async () => {
      // Fedora's package of folders brings them.
      for (const shared of ['fish/vendor_completions.d', 'licenses', 'metainfo', 'zsh/site-functions'])
        mkdirSync(path.join(machine.root, 'usr/share', shared), { recursive: true })
      const before = entriesOf(machine)
      const file = made.file('.rpm')
      run('rpm', ['--root', machine.root, '--initdb'])
      rpm('-i', file)
      expect(run('rpm', ['--root', machine.root, '-V', '--nodeps', NAME])).toBe('')
      const helper = path.join(machine.root, APP, 'chrome-sandbox')
      expect(run('stat', ['-c', '%a %u', helper]).trim()).toBe('4755 0')
      const app = await started(machine, `/usr/bin/${NAME}`, env)
      for (const pid of await app.renderers())
        expect(sandboxOf(pid)).toMatchObject({ seccomp: '2', isApart: true })
      await app.end()
      // As an upgrade does it: the scripts of the old one run after those of the new one.
      rpm('-U', '--force', file)
      expect(await succeeded(satm('/usr/bin/satm', '--version'))).toBe(`${version}\n`)
      rpm('-e', NAME)
      expect(entriesOf(machine).filter((entry) => !entry.includes('/rpm'))).toEqual(
        before.filter((entry) => !entry.includes('/rpm')),
      )
    },
    LONG,
  )
})

describe('the archive', () => {
  test(
    'runs where a user has unpacked it, with the sandbox on',
    async () => {
      const file = machine.take(made.file('.tar.gz'))
      await succeeded(machine.asUser({}, 'tar', '-xzf', file, '-C', USER.home))
      const [folder = ''] = readdirSync(path.join(machine.root, USER.home)).filter((name) =>
        name.startsWith(NAME),
      )
      const app = await started(machine, `${USER.home}/${folder}/${NAME}`, env)
      for (const pid of await app.renderers())
        expect(sandboxOf(pid)).toMatchObject({ seccomp: '2', isApart: true })
      expect(await succeeded(satm(`${USER.home}/${folder}/satm`, 'list', '--json'))).toContain('"profiles"')
      await app.end()
    },
    LONG,
  )
})

describe('the AppImage', () => {
  test(
    'runs, gives tokens by its own file and starts itself, not what it has unpacked',
    async () => {
      const image = machine.take(made.file('.AppImage'))
      const app = await started(machine, image, env)
      for (const pid of await app.renderers())
        expect(sandboxOf(pid)).toMatchObject({ seccomp: '2', isApart: true })
      expect(await succeeded(satm(image, 'satm', 'list', '--json'))).toContain('"profiles"')
      await expect
        .poll(() => readFileSync(path.join(machine.root, DATA, 'satm.json'), 'utf8'), WAIT)
        .toContain(`"${image}"`)
      await app.end()
    },
    LONG,
  )
})

/** The same package under a version that is newer than any. */
function upgraded(deb: string): string {
  const root = path.join(place, 'newer')
  run('dpkg-deb', ['-R', deb, root])
  const control = path.join(root, 'DEBIAN/control')
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, 'Version: 9.0.0'))
  const file = path.join(place, `${NAME}_9.0.0_amd64.deb`)
  run('dpkg-deb', ['--root-owner-group', '-Zgzip', '-z1', '--build', root, file])
  return file
}

/** Files, links and folders of the system, by path. */
function entriesOf({ root }: Debian): readonly string[] {
  return ['etc', 'usr']
    .flatMap((top) =>
      readdirSync(path.join(root, top), { recursive: true, encoding: 'utf8' }).map((name) =>
        path.join(top, name),
      ),
    )
    .sort()
}

function hashesBelow(folder: string): ReadonlyMap<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  return new Map(
    files.flatMap((entry) => {
      const file = path.join(entry.parentPath, entry.name)
      if (entry.isSymbolicLink()) return [[file, readlinkSync(file)]]
      return entry.isFile() ? [[file, createHash('sha256').update(readFileSync(file)).digest('hex')]] : []
    }),
  )
}
