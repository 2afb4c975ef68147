import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { readLaunch, switchRefusal } from '#bootstrap/launch-options.ts'

function launchWith(switches: Record<string, string>, env: Record<string, string> = {}) {
  return readLaunch({
    switchValue: (name) => switches[name] ?? null,
    env,
    userData: '/home/ada/.config/service-app-token-manager',
    processId: 4711,
  })
}

describe('the data folder', () => {
  test("is the system's own unless one is given", () => {
    expect(launchWith({}).dataFolder).toBe('/home/ada/.config/service-app-token-manager')
    expect(launchWith({ 'user-data-dir': '/srv/tokens' }).dataFolder).toBe('/srv/tokens')
  })

  test('may be given relative to where the app was started', () => {
    expect(launchWith({ 'user-data-dir': 'here' }).dataFolder).toBe(path.resolve('here'))
  })

  test("keeps Chromium's files apart from the vault", () => {
    const { vaultFolder, chromiumFolder, logFolder } = launchWith({ 'user-data-dir': '/srv/tokens' })
    expect(new Set([vaultFolder, chromiumFolder, logFolder]).size).toBe(3)
  })

  test("of a demo is its own, never the person's", () => {
    const { dataFolder, demo } = launchWith({ demo: '' })
    expect(dataFolder).not.toContain('.config')
    expect(demo).toMatchObject({ ownFolder: true, blank: false })
  })

  test('of a demo of a shared vault is its own as well, with the files that it joins by', () => {
    const env = {
      SATM_DATABASE_FILE: '/d',
      SATM_IDENTITY_FILE: '/i',
      SATM_WEBEX_BASE_URL: 'http://127.0.0.1:1/v1',
    }
    const { demo, baseUrl } = launchWith({ demo: 'shared' }, env)
    expect(demo).toMatchObject({ ownFolder: true, shared: { databaseFile: '/d', identityFile: '/i' } })
    expect(baseUrl).toBe(env.SATM_WEBEX_BASE_URL)
    expect(launchWith({ demo: '' }, env).demo?.shared).toBeNull()
  })

  test('given to a demo is used, and is not the demo’s to remove', () => {
    const launch = launchWith({ demo: 'blank', 'user-data-dir': '/srv/demo' })
    expect(launch).toMatchObject({ dataFolder: '/srv/demo', demo: { ownFolder: false, blank: true } })
  })
})

test.each(['nonsense', '1.5', '-3', ''])(
  'a demo lifetime of "%s" falls back to one that can be watched',
  (given) => {
    expect(launchWith({ demo: '', 'demo-access-ttl': given }).demo?.accessTtl).toBe(240)
  },
)

test('the cloud of the environment is taken as it was given, to be checked where it is used', () => {
  expect(launchWith({}, { SATM_WEBEX_BASE_URL: 'http://127.0.0.1:1/v1' }).baseUrl).toBe(
    'http://127.0.0.1:1/v1',
  )
  expect(launchWith({}).baseUrl).toBeNull()
})

test.each([
  ['2', 2],
  ['', 0],
  ['x', 0],
] as const)('starts in a row for the keyring are counted (%j)', (given, restarts) => {
  expect(launchWith({ 'keyring-restarts': given }).keyringRestarts).toBe(restarts)
  expect(launchWith({}).keyringRestarts).toBe(0)
})

describe('switches that open the app to others', () => {
  const refusalOf = (...given: readonly string[]) => switchRefusal((name) => given.includes(name))

  test('keep it from starting, and it says which', () => {
    expect(refusalOf('hidden', 'remote-debugging-port')).toMatch(
      /^The app does not start with --remote-debugging-port, which /,
    )
    expect(refusalOf('remote-debugging-pipe')).toContain('npm run dev')
    // Each writes bearer tokens into a file.
    for (const name of ['log-net-log', 'trace-startup', 'trace-config-file', 'enable-tracing'])
      expect(refusalOf(name)).toContain(`--${name}, `)
  })

  test('are not those that a desktop or a proxy needs', () => {
    const needed = ['no-sandbox', 'password-store', 'ozone-platform', 'disable-gpu', 'proxy-server', 'lang']
    expect(refusalOf(...needed, 'user-data-dir', 'hidden', 'demo')).toBeNull()
  })
})
