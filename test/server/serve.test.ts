// `satm serve` as a process of its own, against a simulated Webex.
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { Secret } from '#engine/domain/secret.ts'
import {
  aFreePort,
  aPlace,
  aServer,
  aWebex,
  buildServer,
  SATM,
  type Server,
  satm,
} from './support/running-server.ts'
import { fillVault, openedVault, PASSPHRASE } from './support/server-vault.ts'

beforeAll(buildServer)

const built = path.resolve(import.meta.dirname, '../../out/server')

test('what is built for the server has no Electron in it, and no compiler of JSON schemas', () => {
  const files = readdirSync(built).filter((name) => name.endsWith('.cjs'))
  expect(files).toContain('serve.cjs')
  for (const name of files) {
    const code = readFileSync(path.join(built, name), 'utf8')
    const required = [...code.matchAll(/\brequire\(["'`]([^"'`]+)["'`]\)/g)].map(([, specifier]) => specifier)
    // What several others share may require nothing.
    if (name === 'serve.cjs') expect(required.length).toBeGreaterThan(0)
    const packages = required.filter((specifier) => !/^(node:|\.)/.test(specifier ?? ''))
    expect(
      packages.filter((specifier) => specifier !== 'libsql' && !isBuiltin(specifier)),
      name,
    ).toEqual([])
  }
})

test('what is kept in memory as long as a server runs is small: one byte for each character, and nothing for web sockets', () => {
  const texts = readdirSync(built)
    .filter((name) => name.endsWith('.cjs'))
    .map((name) => readFileSync(path.join(built, name), 'utf8'))
  expect(texts.filter((text) => /[^\0-\x7f]/.test(text))).toEqual([])
  expect(
    texts.filter((text) => /\b(class (WebSocket|MockAgent)|(WebSocket|MockAgent) ?= ?class)\b/.test(text)),
  ).toEqual([])
  expect(texts.some((text) => /\bProxyAgent ?= ?class\b/.test(text))).toBe(true)
})

const isBuiltin = (name = '') => process.getBuiltinModule('node:module').isBuiltin(name)

/** Everything that only the vault and its passphrase's file may have. */
function expectNoSecret(server: Server, secrets: readonly string[]): void {
  const { pid } = server.child
  const printed = server.out() + server.err()
  for (const secret of [PASSPHRASE, ...secrets]) expect(printed.includes(secret)).toBe(false)
  if (pid === undefined || !existsSync(`/proc/${pid}/cmdline`)) return
  const shown = readFileSync(`/proc/${pid}/cmdline`, 'utf8') + readFileSync(`/proc/${pid}/environ`, 'utf8')
  for (const secret of [PASSPHRASE, ...secrets]) expect(shown.includes(secret)).toBe(false)
}

test('an expired token is renewed, delivered and given to programs, and every end is in order', async () => {
  const webex = await aWebex()
  const operations = await aFreePort()
  const place = aPlace({
    SATM_WEBEX_BASE_URL: webex.baseUrl,
    SATM_OPERATIONS_LISTEN: `127.0.0.1:${operations}`,
  })
  const env = path.join(path.dirname(place.folder), 'app.env')
  const hooked = path.join(path.dirname(place.folder), 'hooked')
  writeFileSync(env, 'OTHER=1\n', { mode: 0o600 })
  await fillVault(place, webex, {
    targets: () => [
      {
        kind: 'env-file',
        path: env,
        accessTokenName: 'WEBEX_TOKEN',
        refreshTokenName: null,
        confirmed: [],
      },
      { kind: 'hook', command: `cat > '${hooked}'`, pass: 'stdin', timeLimit: 10_000 },
    ],
  })
  const server = await aServer(place)
  expect(await server.logged('attempt')).toMatchObject({ outcome: 'renewed', tier: 1 })
  expect(await server.logged('server.ready')).toMatchObject({ held: false, profiles: 1 })
  const { out } = await satm(place, 'token', 'Data Vault Connector Acme Corp')
  const token = out.trim()
  await expect.poll(() => (existsSync(hooked) ? readFileSync(hooked, 'utf8').trim() : '')).toBe(token)
  await expect.poll(() => readFileSync(env, 'utf8')).toBe(`OTHER=1\nWEBEX_TOKEN=${token}\n`)

  expect(JSON.parse((await satm(place, 'list', '--json', 'state')).out)).toEqual([{ state: 'healthy' }])
  expect(JSON.parse((await satm(place, 'history', '--json', 'outcome')).out)).toEqual([
    { outcome: 'renewed' },
  ])
  expect(await satm(place, 'open')).toMatchObject({ code: 1, err: expect.stringContaining('no window') })
  const ask = async (what: string) => {
    const response = await fetch(`http://127.0.0.1:${operations}${what}`)
    return [response.status, await response.text()] as const
  }
  expect(await ask('/livez')).toEqual([200, 'alive\n'])
  expect((await ask('/readyz'))[0]).toBe(200)
  expect((await ask('/metrics'))[1]).toContain('satm_refresh_attempts_total{tier="1",outcome="renewed"} 1')

  writeFileSync(path.join(place.folder, 'preferences.json'), '{"refreshFraction":0.6}', { mode: 0o600 })
  server.child.kill('SIGHUP')
  await server.logged('server.reloaded')
  writeFileSync(path.join(place.folder, 'preferences.json'), '{"refreshFraction":', { mode: 0o600 })
  server.child.kill('SIGHUP')
  expect(await server.logged('server.not-reloaded')).toMatchObject({ level: 'warn' })

  expectNoSecret(server, webex.secrets())
  expect(await server.stop()).toBe(0)
  expect(server.log().at(-1)).toMatchObject({ level: 'info', event: 'server.stopped' })
  expect(server.err()).toBe('')

  // What is current is left alone by the next start.
  const again = await aServer(place)
  await again.logged('server.ready')
  expect((await satm(place, 'token', 'Data Vault Connector Acme Corp')).out.trim()).toBe(token)
  expect(await again.stop('SIGINT')).toBe(0)
  expect(webex.ledger.entries.filter(({ grantType }) => grantType === 'refresh_token')).toHaveLength(1)
})

test('signals and errors that Node would answer in its own way open no debugger, end nothing unsaid, and leak nothing', async () => {
  const webex = await aWebex()
  const trap = path.join(path.dirname(aPlace().folder), 'trap.cjs')
  const canary = `satm_${'c'.repeat(43)}`
  writeFileSync(trap, `process.on('SIGUSR2', () => { throw new Error('Bearer ${canary}') })`)
  const place = aPlace({ SATM_WEBEX_BASE_URL: webex.baseUrl, NODE_OPTIONS: `--require ${trap}` })
  await fillVault(place, webex, { ageOf: () => 0.1 })
  writeFileSync(path.join(place.folder, 'preferences.json'), '{"refreshFraction":', { mode: 0o600 })
  const server = await aServer(place)
  // While it starts, before there is anything to read anew.
  await server.logged('server.start')
  server.child.kill('SIGHUP')
  server.child.kill('SIGUSR1')
  await server.logged('server.reloaded')
  expect(server.err()).toBe('')
  expect(server.log().filter(({ event }) => event === 'preferences.put-aside')).toMatchObject([
    { level: 'warn', to: expect.stringContaining('preferences.json.broken-1') },
  ])
  server.child.kill('SIGUSR2')
  expect(await server.ended).toBe(1)
  expect(await server.logged('server.failed')).toMatchObject({ level: 'error', error: { name: 'Error' } })
  expect(server.log().at(-1)?.event).toBe('server.stopped')
  expect(server.out() + server.err()).not.toContain(canary)
  expect(server.err()).toBe('')
})

describe('a start is refused with a sentence and a code of its own:', () => {
  test('variables that cannot be used, a short passphrase for a new vault, and what is no backup', async () => {
    const place = aPlace()
    const refused = async (env: NodeJS.ProcessEnv, args: readonly string[] = []) => {
      const server = await aServer({ ...place, env: { ...place.env, ...env } }, args)
      return [await server.ended, server.err()]
    }
    expect(await refused({ SATM_WEBEX_BASE_URL: 'http://evil.example/v1' })).toEqual([
      2,
      expect.stringContaining('SATM_WEBEX_BASE_URL cannot be used'),
    ])
    expect(await refused({ HTTPS_PROXY: 'socks5://ada:canary@proxy:1' })).toEqual([
      2,
      expect.stringMatching(/^satm: HTTPS_PROXY names no proxy(?!.*canary)/),
    ])
    expect(await refused({}, ['--restore', '/no/such/backup'])).toEqual([
      6,
      expect.stringContaining('/no/such/backup could not be taken over'),
    ])
    writeFileSync(place.passphraseFile, 'short')
    expect(await refused({})).toEqual([
      2,
      expect.stringContaining(`${place.passphraseFile} is too short for a new vault`),
    ])
  })

  test('another passphrase, files that are no passphrase, a folder that is taken, a port that is', async () => {
    const webex = await aWebex()
    const place = aPlace({ SATM_WEBEX_BASE_URL: webex.baseUrl })
    await fillVault(place, webex, { ageOf: () => 0.1 })
    const refused = async (args: readonly string[] = []) => {
      const server = await aServer(place, args)
      const code = await server.ended
      expect(server.log().at(-1)?.event).toBe('server.not-running')
      expectNoSecret(server, webex.secrets())
      return [code, server.err()]
    }
    writeFileSync(place.passphraseFile, 'another passphrase')
    expect(await refused()).toEqual([
      6,
      expect.stringContaining('does not contain the passphrase of this vault'),
    ])
    chmodSync(place.passphraseFile, 0o644)
    expect(await refused()).toEqual([2, expect.stringContaining('chmod 0600')])
    chmodSync(place.passphraseFile, 0o600)
    expect(await refused(['--restore', '/no/such/backup'])).toEqual([
      2,
      expect.stringContaining('contains a vault already'),
    ])
    expect(await refused(['--listen', '0.0.0.0:9'])).toEqual([2, expect.stringContaining('needs TLS')])

    writeFileSync(place.passphraseFile, PASSPHRASE)
    const first = await aServer(place)
    const { listen } = await first.logged('server.ready')
    expect(await refused()).toEqual([7, expect.stringContaining('only one may renew')])
    const beside = { ...place, folder: `${place.folder}-beside` }
    const port = (listen as { port: number }).port
    const taken = await aServer(beside, ['--listen', `127.0.0.1:${port}`])
    expect(await taken.ended).toBe(8)
    expect(taken.err()).toContain(`Port ${port} is taken by node (process ${first.child.pid})`)
    // Whoever was refused has changed nothing here.
    expect((await satm(place, 'list')).code).toBe(0)
    expect(await first.stop()).toBe(0)
  })

  test.skipIf(process.getuid?.() !== 0)('a passphrase file of another user', () => {
    const { passphraseFile, folder } = aPlace()
    chmodSync(path.dirname(folder), 0o755)
    const args = [SATM, 'serve', '--data-folder', folder, '--passphrase-file', passphraseFile]
    const nobody = { uid: 65_534, gid: 65_534, encoding: 'utf8', cwd: '/' } as const
    const { status, stderr } = spawnSync(process.execPath, args, nobody)
    expect([status, stderr]).toEqual([2, expect.stringContaining('cannot be read by this user (ID 65534)')])
    expect(existsSync(folder)).toBe(false)
  })

  test('data that only the keychain of a desktop opens', async () => {
    const place = aPlace()
    const vault = await openedVault(place, { sealing: 'by a keychain' })
    vault.close()
    const server = await aServer(place)
    expect(await server.ended).toBe(6)
    expect(server.err()).toContain('protected by the keychain of the desktop')
  })
})

test('whenever it is killed, the next start goes on, and no grant is used twice', async () => {
  const webex = await aWebex({ latency: 300 })
  const place = aPlace({ SATM_WEBEX_BASE_URL: webex.baseUrl })
  await fillVault(place, webex)
  const moments: readonly ((server: Server) => Promise<unknown>)[] = [
    (server) => server.logged('server.start'),
    (server) => server.logged('server.ready'),
    () => expect.poll(() => webex.ledger.pendingGrants, { interval: 5 }).toBeGreaterThan(0),
  ]
  for (const moment of moments) {
    const server = await aServer(place)
    await moment(server)
    server.child.kill('SIGKILL')
    expect(await server.ended).toBe('SIGKILL')
    await expect.poll(() => webex.ledger.pending).toBe(0)
  }
  const server = await aServer(place)
  // The pair whose answer was lost is replaced by tier 2.
  await expect
    .poll(async () => JSON.parse((await satm(place, 'list', '--json', 'state')).out || '[]'))
    .toEqual([{ state: 'healthy' }])
  expect(await server.stop()).toBe(0)
  expect(webex.ledger.duplicates().filter(({ replay }) => replay === 'no')).toEqual([])
  const vault = await openedVault(place)
  expect(await vault.damage()).toBeNull()
  vault.close()
})

test('a renewal that is under way when it is told to stop is finished and stored', async () => {
  const webex = await aWebex({ latency: 1500 })
  const place = aPlace({ SATM_WEBEX_BASE_URL: webex.baseUrl })
  await fillVault(place, webex)
  const server = await aServer(place)
  await expect.poll(() => webex.ledger.pendingGrants, { interval: 5 }).toBeGreaterThan(0)
  server.child.kill('SIGTERM')
  await server.logged('server.stopping')
  expect(await satm(place, 'list')).toMatchObject({ code: 0 })
  expect(await server.ended).toBe(0)
  expect(server.log().map(({ event }) => event)).toEqual(expect.arrayContaining(['attempt']))
  const vault = await openedVault(place)
  const { fleet } = await vault.load()
  const [pair] = [...fleet.profiles.values()].map((profile) => profile.pair)
  vault.close()
  const issued = webex.ledger.entries.find(({ grantType }) => grantType === 'refresh_token')
  expect(pair?.fingerprint).toBe(issued?.issuedFingerprint)
})

test('a second signal ends it at once', async () => {
  const webex = await aWebex({ latency: 10_000 })
  const place = aPlace({ SATM_WEBEX_BASE_URL: webex.baseUrl })
  await fillVault(place, webex)
  const server = await aServer(place)
  await expect.poll(() => webex.ledger.pendingGrants, { interval: 5 }).toBeGreaterThan(0)
  server.child.kill('SIGTERM')
  await server.logged('server.stopping')
  expect(await server.stop('SIGTERM')).toBe(1)
  expect(server.log().at(-1)?.event).toBe('server.stopping')
})

test('a backup is taken over with everything held, and renewed once a person has confirmed that', async () => {
  const webex = await aWebex()
  const from = aPlace()
  const backup = path.join(path.dirname(from.folder), 'all.satm-backup')
  await fillVault(from, webex, {
    filled: async (vault) => void (await vault.backup(backup, new Secret(PASSPHRASE))),
  })
  const place = aPlace({ SATM_WEBEX_BASE_URL: webex.baseUrl })
  const restoring = await aServer(place, ['--restore', backup])
  const { level, reason } = await restoring.logged('renewals.held')
  expect([level, reason]).toEqual(['warn', expect.stringContaining('Then run “satm confirm renewals”.')])
  expect(await restoring.logged('server.ready')).toMatchObject({ held: true })
  expect(await satm(place, 'status')).toMatchObject({
    code: 5,
    err: expect.stringContaining('satm confirm renewals'),
  })
  restoring.child.kill('SIGKILL')
  await restoring.ended

  // Held after the next start as well, whatever that was.
  const server = await aServer(place)
  await server.logged('renewals.held')
  await server.logged('server.ready')
  const held = JSON.parse((await satm(place, 'confirm', '--list', '--json', 'id')).out)
  expect(held).toEqual([{ id: 'renewals' }])
  expect(webex.ledger.entries).toEqual([])
  expect(await satm(place, 'confirm', 'renewals')).toMatchObject({ code: 0 })
  expect(await server.logged('attempt')).toMatchObject({ outcome: 'renewed' })
  expect(await server.stop()).toBe(0)
})

test('service apps of another cloud end the start with what helps on a server', async () => {
  const webex = await aWebex()
  const place = aPlace()
  await fillVault(place, { ...webex, baseUrl: 'https://webex.example/v1' })
  const server = await aServer(place)
  expect(await server.ended).toBe(5)
  expect(server.err()).toContain(
    'Set SATM_WEBEX_BASE_URL to https://webex.example/v1, or use another folder (--data-folder)',
  )
})

test('one run confirms the renewals and everything that is held behind them', async () => {
  const webex = await aWebex({ orgs: 3 })
  const from = aPlace()
  const root = path.dirname(from.folder)
  const backup = path.join(root, 'all.satm-backup')
  await fillVault(from, webex, {
    // One is due at once, and delivered as soon as that may be.
    ageOf: (nth) => (nth === 0 ? 1.001 : 0.1),
    targets: () => [{ kind: 'hook', command: `cat >> '${root}/hooked'`, pass: 'stdin', timeLimit: 10_000 }],
    filled: async (vault) => void (await vault.backup(backup, new Secret(PASSPHRASE))),
  })
  const place = aPlace({ SATM_WEBEX_BASE_URL: webex.baseUrl })
  const server = await aServer(place, ['--restore', backup])
  await server.logged('server.ready')
  const confirmed = await satm(place, 'confirm', '--all', '--yes')
  expect(confirmed.out.match(/: (confirmed|delivered)/g)).toHaveLength(4)
  expect(confirmed).toMatchObject({ code: 0, err: expect.not.stringContaining('satm:') })
  expect(JSON.parse((await satm(place, 'confirm', '--list', '--json', 'id')).out)).toEqual([])
  expect(await server.stop()).toBe(0)
})

test('a server that was killed while it took over a backup begins with nothing else', async () => {
  const webex = await aWebex()
  const from = aPlace()
  const backup = path.join(path.dirname(from.folder), 'all.satm-backup')
  await fillVault(from, webex, {
    filled: async (vault) => void (await vault.backup(backup, new Secret(PASSPHRASE))),
  })
  const place = aPlace({ SATM_WEBEX_BASE_URL: webex.baseUrl })
  const mark = path.join(place.folder, 'restore-under-way')
  const killed = await aServer(place, ['--restore', backup])
  await expect.poll(() => existsSync(mark), { timeout: 30_000, interval: 5 }).toBe(true)
  expect(await killed.stop('SIGKILL')).toBe('SIGKILL')

  // Nor after a start that was refused, such as one with a name that was typed wrong.
  const refused = await aServer(place, ['--restore', '/no/such/backup'])
  expect(await refused.ended).toBe(6)
  const without = await aServer(place)
  expect(await without.ended).toBe(5)
  expect(without.err()).toContain('Start it with --restore again')
  expect(without.err()).toContain(`delete ${mark}`)
  const again = await aServer(place, ['--restore', backup])
  expect(await again.logged('backup.read')).toMatchObject({ serviceApps: 1 })
  await again.logged('server.ready')
  expect(existsSync(mark)).toBe(false)
  expect(await again.stop()).toBe(0)

  // Killed as soon as the vault was there: that restore has ended, and the manager starts the server as before.
  writeFileSync(mark, backup)
  const ended = await aServer(place, ['--restore', backup])
  expect(await ended.logged('server.ready')).toMatchObject({ held: true })
  expect(existsSync(mark)).toBe(false)
})

test('the service manager is told of each state, and its watchdog while the loop turns', async () => {
  const webex = await aWebex()
  const place = aPlace({ SATM_WEBEX_BASE_URL: webex.baseUrl })
  await fillVault(place, webex, { ageOf: () => 0.1 })
  // In place of the system's: notes what it is run with.
  const tools = path.join(path.dirname(place.folder), 'bin')
  const told = path.join(path.dirname(place.folder), 'told')
  mkdirSync(tools)
  const tool = `#!/bin/sh\nprintf '%s\\n' "$NOTIFY_SOCKET" "$@" >> '${told}'\n`
  writeFileSync(path.join(tools, 'systemd-notify'), tool, { mode: 0o755 })
  const env = {
    ...place.env,
    PATH: `${tools}:${process.env.PATH}`,
    NOTIFY_SOCKET: '@satm-test',
    WATCHDOG_USEC: '400000',
  }
  const server = await aServer({ ...place, env })
  await server.logged('server.ready')
  const lines = () => (existsSync(told) ? readFileSync(told, 'utf8').split('\n') : [])
  const count = (line: string) => lines().filter((each) => each === line).length
  await expect.poll(() => count('WATCHDOG=1')).toBeGreaterThan(2)
  expect([count('READY=1'), lines()[0]]).toEqual([1, '@satm-test'])
  server.child.kill('SIGHUP')
  await expect.poll(() => count('READY=1')).toBe(2)
  expect([count('RELOADING=1'), lines().filter((line) => /^MONOTONIC_USEC=\d+$/.test(line)).length]).toEqual([
    1, 1,
  ])
  expect(await server.stop()).toBe(0)
  expect(count('STOPPING=1')).toBe(1)
})
