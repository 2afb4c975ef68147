// The presets of secret stores by the official command line tools, against small servers that speak the stores' APIs.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createStoreChecks } from '#application/store-checks.ts'
import { SECRET_STORES, type StoreValues } from '#contract/secret-stores.ts'
import type { Performed } from '#delivery/delivery-handler.ts'
import { runHook, tryCommand } from '#delivery/hook/hook.ts'
import { createRedactor } from '#desktop/log/redact.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import { deliverableToken } from '../delivery/support/delivery-world.ts'
import {
  type StoreServer,
  startGitHub,
  startKubernetes,
  startSecretsManager,
} from './support/store-servers.ts'

const TOKEN = 'Y2FuYXJ5LXRva2Vu_canary-token-canary-token_4f2e'

interface Store {
  readonly id: keyof typeof SECRET_STORES
  readonly values: StoreValues
  /** Where the server keeps it. */
  readonly place: string
  /** Signs the tool in; the returned function leads a command to the server. */
  start(home: string): Promise<{ readonly server: StoreServer; readonly led: (command: string) => string }>
}

const kubernetes: Store = {
  id: 'kubernetes',
  values: { context: 'test cluster', namespace: 'default', name: 'webex-orders', key: 'access.token' },
  place: 'default/webex-orders/access.token',
  async start(home) {
    const server = await startKubernetes()
    mkdirSync(path.join(home, '.kube'))
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'test', cluster: { server: server.url } }],
      users: [{ name: 'test', user: { token: 'of-the-cluster' } }],
      contexts: [{ name: 'test cluster', context: { cluster: 'test', user: 'test' } }],
    }
    writeFileSync(path.join(home, '.kube', 'config'), JSON.stringify(config))
    return { server, led: (command) => command }
  },
}

const aws: Store = {
  id: 'aws',
  values: { region: 'eu-central-1', secretId: 'webex/orders', profile: 'default' },
  place: 'webex/orders',
  async start(home) {
    const server = await startSecretsManager()
    mkdirSync(path.join(home, '.aws'))
    writeFileSync(
      path.join(home, '.aws', 'credentials'),
      '[default]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = of-the-account\n',
    )
    return {
      server,
      // Debian's version reads no address from its configuration.
      led: (command) =>
        command.replaceAll('aws secretsmanager', `aws --endpoint-url ${server.url} secretsmanager`),
    }
  },
}

const github: Store = {
  id: 'github',
  values: { repository: 'example-org/orders', environment: '', name: 'WEBEX_ACCESS_TOKEN' },
  place: 'WEBEX_ACCESS_TOKEN',
  async start(home) {
    const socket = path.join(home, 'gh.sock')
    const server = await startGitHub(socket)
    const folder = path.join(home, '.config', 'gh')
    mkdirSync(folder, { recursive: true })
    writeFileSync(path.join(folder, 'config.yml'), `http_unix_socket: ${socket}\n`)
    writeFileSync(
      path.join(folder, 'hosts.yml'),
      'github.com:\n  user: ada\n  oauth_token: gho_of_the_account\n',
    )
    return { server, led: (command) => command }
  },
}

async function signedIn({ id, values, start }: Store) {
  const home = mkdtempSync(path.join(tmpdir(), 'satm-stores-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  const { server, led } = await start(home)
  const redactor = createRedactor()
  redactor.knownSecret(TOKEN)
  const logged: unknown[] = []
  const dependencies = {
    clock: systemClock(),
    env: { ...process.env, HOME: home },
    home,
    platform: process.platform,
    redact: redactor.whole,
    log: (...entry: unknown[]) => void logged.push(entry),
  }
  const commands = SECRET_STORES[id].commands(values)
  const checks = createStoreChecks({
    tryCommand: (command, signal) => tryCommand(dependencies, led(command), signal),
    fleet: () => ({ profiles: new Map(), serviceApps: new Map() }),
    isWindows: false,
  })
  const deliver = (token = TOKEN): Promise<Performed> =>
    runHook(
      dependencies,
      {
        kind: 'hook',
        command: led(commands.command),
        pass: 'stdin',
        timeLimit: 60_000,
        store: id,
        ...(commands.readBack === null ? {} : { readBack: led(commands.readBack) }),
      },
      deliverableToken(token),
      new AbortController().signal,
    )
  return { server, deliver, checks, logged, home, dependencies }
}

const readable = [kubernetes, aws]

test.each([...readable, github])(
  '$id: its tool is found, and access is checked without writing',
  async (store) => {
    const { checks, server } = await signedIn(store)
    const { version } = await checks.tool({ store: store.id })
    expect(version).toMatch(/\d+\.\d+/)
    const input = { store: store.id, values: { ...store.values }, template: null }
    expect(await checks.check(input)).toMatchObject({ ok: true })
    server.refuses = true
    expect(await checks.check(input)).toMatchObject({ ok: false, output: expect.stringMatching(/\S/) })
    expect(server.stored.size).toBe(0)
  },
)

test('github: the command for Windows stores the token without a line break, however the line ends', async () => {
  const { server, dependencies } = await signedIn(github)
  const { command } = SECRET_STORES.github.commands(github.values, true)
  expect(command).not.toContain('|')
  for (const ending of ['\\n', '\\r\\n']) {
    const spec = { kind: 'hook', pass: 'stdin', timeLimit: 60_000, store: 'github' } as const
    const piped = `tr -d '\\n' | (cat; printf '${ending}') | ${command}`
    const token = deliverableToken(TOKEN)
    const performed = await runHook(
      dependencies,
      { ...spec, command: piped },
      token,
      new AbortController().signal,
    )
    expect(performed).toMatchObject({ kind: 'delivered', ran: { exitCode: 0 } })
    // A sealed box is 48 bytes longer than what is in it (libsodium, crypto_box_SEALBYTES).
    expect(Buffer.from(server.stored.get(github.place) ?? '', 'base64')).toHaveLength(48 + TOKEN.length)
    server.stored.clear()
  }
})

test.each(readable)('$id: the token is stored byte for byte, read back and proven', async (store) => {
  const { server, deliver } = await signedIn(store)
  expect(await deliver()).toMatchObject({ kind: 'delivered', ran: { exitCode: 0, sentence: null } })
  expect(server.stored.get(store.place)).toBe(TOKEN)
  const next = `${TOKEN}-next`
  expect(await deliver(next)).toMatchObject({ kind: 'delivered' })
  expect(server.stored.get(store.place)).toBe(next)
})

test('github: the token is sealed for the repository, without a line break', async () => {
  const { server, deliver } = await signedIn(github)
  expect(await deliver()).toMatchObject({ kind: 'delivered', ran: { exitCode: 0 } })
  // A sealed box is 48 bytes longer than its content (libsodium).
  const sealed = Buffer.from(server.stored.get(github.place) ?? '', 'base64')
  expect(sealed).toHaveLength(TOKEN.length + 48)
})

test.each([...readable, github])(
  '$id: wrong rights are a failure that tells nothing of the token',
  async (store) => {
    const { server, deliver, logged } = await signedIn(store)
    server.refuses = true
    const performed = await deliver()
    expect(performed).toMatchObject({ kind: 'failed', ran: { output: expect.stringMatching(/\S/) } })
    expect(JSON.stringify([performed, logged])).not.toContain('canary')
    expect(server.stored.size).toBe(0)
  },
)

test.each(readable)('$id: a token that nobody may read back is written, not verified', async (store) => {
  const { server, deliver } = await signedIn(store)
  server.refusesReading = true
  const performed = await deliver()
  expect(performed).toMatchObject({
    kind: 'delivered',
    spec: { unverified: expect.stringMatching(/^Written, but it could not be read back\./) },
  })
  expect(JSON.stringify(performed)).not.toContain('canary')
})

test.each(readable)('$id: a store that keeps the older value is found out', async (store) => {
  const { server, deliver } = await signedIn(store)
  server.stored.set(store.place, 'the-older-one')
  server.forgets = true
  const performed = await deliver()
  expect(performed).toMatchObject({
    kind: 'failed',
    sentence: expect.stringMatching(/another value \([0-9a-f]{8}\)/),
  })
  expect(JSON.stringify(performed)).not.toContain('the-older-one')
})

test.each([...readable, github])('$id: a store that is down is a failure', async (store) => {
  const { server, deliver } = await signedIn(store)
  await server.close()
  const performed = await deliver()
  expect(performed).toMatchObject({ kind: 'failed', ran: { output: expect.stringMatching(/\S/) } })
  expect(JSON.stringify(performed)).not.toContain('canary')
})

test.each([...readable, github])('$id: the token is in no argument while it is delivered', async (store) => {
  const { deliver } = await signedIn(store)
  let ended = false
  const delivery = deliver().finally(() => {
    ended = true
  })
  const seen = new Set<string>()
  while (!ended) {
    for (const line of commandLines()) seen.add(line)
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(await delivery).toMatchObject({ kind: 'delivered' })
  const { tool } = SECRET_STORES[store.id]
  const mine = [...seen].filter((line) => line.includes(tool))
  expect(mine.length).toBeGreaterThan(0)
  expect([...seen].filter((line) => line.includes(TOKEN))).toEqual([])
})

function commandLines(): readonly string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return []
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    } catch {
      return []
    }
  })
}
