// The commands of the secret stores, with small programs in place of their command line tools: what each is given as an
// argument and on standard input, and what is known of a token once it is written.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createStoreChecks } from '#application/store-checks.ts'
import {
  SECRET_STORE_IDS,
  SECRET_STORES,
  type SecretStoreId,
  type StoreValues,
  storeFlaws,
  storesOn,
} from '#contract/secret-stores.ts'
import { type HookSpec, runHook, tryCommand } from '#delivery/hook/hook.ts'
import { createRedactor } from '#desktop/log/redact.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import { makeApp, makeProfile } from '../../engine/support/world.ts'
import { deliverableToken } from '../support/delivery-world.ts'

const TOKEN = 'Y2FuYXJ5LXRva2Vu_canary-token-canary-token_4f2e'

/** Writes down its arguments, stores what it is to write, and prints what it is to read. */
const TOOL = `#!/bin/sh
for argument; do printf '<%s>' "$argument"; done >> "$HOME/arguments"
echo >> "$HOME/arguments"
[ -e "$HOME/denies" ] && echo deny && exit 0
[ -e "$HOME/refuses" ] && echo 'permission denied' >&2 && exit 3
case "$*" in
  *version*) echo 'tool v1.2.3'; echo 'and more' ;;
  *' kv put '*|'kv put '*|*' put-secret-value '*|*'put-secret-value '*|'secret set '*|'apply '*) cat > "$HOME/stored" ;;
  'create secret '*) cat ;;
  'kv get '*|'get secret '*|*'get-secret-value '*) cat "$HOME/stored" ;;
  *) echo 'create, read, update' ;;
esac
`

const values: Readonly<Record<SecretStoreId, StoreValues>> = {
  vault: { address: 'https://vault.example.com:8200', mount: 'secret', path: 'webex/orders', key: 'token' },
  openbao: { address: 'http://127.0.0.1:8200', mount: 'kv', path: 'webex/orders', key: 'token' },
  kubernetes: { context: 'prod', namespace: 'default', name: 'webex-orders', key: 'token' },
  aws: { region: 'eu-central-1', secretId: 'webex/orders', profile: 'default' },
  github: { repository: 'example-org/orders', environment: 'live and well', name: 'WEBEX_TOKEN' },
}

const ALONE = { isTemplate: false, isWindows: false }

function fleet() {
  const profiles = [
    makeProfile({ id: 'one', serviceAppId: 'app-a', name: 'Orders', orgName: 'Acme' }),
    makeProfile({ id: 'two', serviceAppId: 'app-b', name: 'Routing', orgName: 'Zoë & Söhne' }),
  ]
  return {
    profiles: new Map(profiles.map((profile) => [profile.id, profile])),
    serviceApps: new Map(['a', 'b'].map((id) => [`app-${id}`, makeApp(id)])),
  }
}

function machine(...tools: readonly string[]) {
  const home = mkdtempSync(path.join(tmpdir(), 'satm-store-tools-'))
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  const bin = path.join(home, 'bin')
  mkdirSync(bin)
  for (const tool of tools) {
    writeFileSync(path.join(bin, tool), TOOL)
    chmodSync(path.join(bin, tool), 0o755)
  }
  const redactor = createRedactor()
  redactor.knownSecret(TOKEN)
  const dependencies = {
    clock: systemClock(),
    env: { PATH: `${bin}:/usr/bin:/bin`, HOME: home },
    home,
    platform: process.platform,
    redact: redactor.whole,
    log: () => {},
  }
  const inHome = (name: string) => path.join(home, name)
  const read = (name: string) => (existsSync(inHome(name)) ? readFileSync(inHome(name), 'utf8') : '')
  return {
    home,
    arguments: () => read('arguments'),
    stored: () => read('stored'),
    refuse: () => writeFileSync(inHome('refuses'), ''),
    deny: () => writeFileSync(inHome('denies'), ''),
    checks: createStoreChecks({
      tryCommand: (command, signal) => tryCommand(dependencies, command, signal),
      fleet,
      isWindows: false,
    }),
    run: (spec: Partial<HookSpec>) =>
      runHook(
        dependencies,
        { kind: 'hook', command: 'cat > stored', pass: 'stdin', timeLimit: 30_000, ...spec },
        deliverableToken(TOKEN),
        new AbortController().signal,
      ),
  }
}

function commandsOf(store: SecretStoreId) {
  const { command, readBack } = SECRET_STORES[store].commands(values[store])
  return { command, store, ...(readBack === null ? {} : { readBack }) }
}

describe.skipIf(process.platform === 'win32')('a secret store', () => {
  test.each(SECRET_STORE_IDS)('%s gets the token whole, and nobody sees it in an argument', async (store) => {
    const { run, stored, arguments: given } = machine(SECRET_STORES[store].tool)
    const performed = await run(commandsOf(store))
    expect(performed).toMatchObject({ kind: 'delivered', ran: { exitCode: 0, sentence: null } })
    expect(stored()).toBe(TOKEN)
    expect(given()).not.toContain('canary')
    expect(given()).toMatch(/webex.orders|WEBEX_TOKEN/)
  })

  test.each(SECRET_STORE_IDS)(
    '%s is looked at without a token, and says what its tool said',
    async (store) => {
      const { checks, stored, refuse } = machine(SECRET_STORES[store].tool)
      expect(await checks.tool({ store })).toEqual({ version: 'tool v1.2.3', problem: null })
      const input = { store, values: { ...values[store] }, template: null }
      expect(await checks.check(input)).toMatchObject({ ok: true, output: 'create, read, update' })
      refuse()
      expect(await checks.check(input)).toEqual({
        ok: false,
        sentence: 'The command failed with exit code 3.',
        output: 'permission denied',
      })
      expect(stored()).toBe('')
    },
  )

  test('that answers with no right at all is no success', async () => {
    const { checks, deny } = machine('vault')
    deny()
    expect(await checks.check({ store: 'vault', values: { ...values.vault }, template: null })).toMatchObject(
      {
        ok: false,
        sentence: expect.stringContaining('may do nothing there'),
      },
    )
  })

  test('whose tool is not there says what to install', async () => {
    const { checks, run } = machine()
    const { version, problem } = await checks.tool({ store: 'openbao' })
    expect([version, problem]).toEqual([null, expect.stringContaining('“bao” was not found. Install it')])
    expect(await run(commandsOf('openbao'))).toMatchObject({
      kind: 'failed',
      sentence: expect.stringMatching(/^The command was not found \(exit code 127\)/),
    })
  })

  test.each(['$(touch pwned)', 'a b; touch pwned', '`touch pwned`', 'a\\ && touch pwned', '~ * ? > pwned'])(
    'gives %s as one argument, as it is',
    async (context) => {
      const { run, home, arguments: given } = machine('kubectl')
      const fields = { ...values.kubernetes, context }
      expect(storeFlaws(SECRET_STORES.kubernetes, fields, ALONE)).toEqual({})
      const { command, readBack } = SECRET_STORES.kubernetes.commands(fields)
      await run({ command, readBack })
      expect(given().split(`<${context}>`)).toHaveLength(3)
      expect(existsSync(path.join(home, 'pwned'))).toBe(false)
    },
  )

  test.each([
    ['vault', 'address', 'http://vault.example.com'],
    ['vault', 'path', '-mount=other'],
    ['vault', 'path', '../sys'],
    ['vault', 'key', 'a=b'],
    ['kubernetes', 'name', 'Upper'],
    ['kubernetes', 'context', "it's"],
    ['kubernetes', 'key', '{{.}}'],
    ['aws', 'region', 'moon'],
    ['aws', 'secretId', '--force'],
    ['github', 'name', 'GITHUB_TOKEN'],
    ['github', 'repository', 'orders'],
    ['github', 'environment', '-x'],
    ['github', 'name', ''],
    ['github', 'name', 'A'.repeat(600)],
  ] as const)('%s does not take as %s: %s', (store, field, value) => {
    const typed = { ...values[store], [field]: value }
    expect(Object.keys(storeFlaws(SECRET_STORES[store], typed, ALONE))).toEqual([field])
  })
})

describe.skipIf(process.platform === 'win32')('the check of a fleet delivery', () => {
  const path = 'webex/{app}/{customer}'
  const input = (appId: string | null, change: StoreValues = { path }) => ({
    store: 'vault' as const,
    values: { ...values.vault, ...change },
    template: { appId },
  })

  test.each([
    [null, 'Orders · Acme', 'secret/data/webex/orders/acme'],
    ['APP_b', 'Routing · Zoë & Söhne', 'secret/data/webex/routing/zoe-sohne'],
  ])('of %s asks for the place of one customer, and says whose', async (appId, name, place) => {
    const { checks, arguments: given } = machine('vault')
    const { sentence, ok } = await checks.check(input(appId))
    expect([ok, sentence]).toEqual([
      true,
      expect.stringContaining(`Checked for ${name}, as an example. The store`),
    ])
    expect(given()).toContain(`<${place}>`)
    expect(given()).not.toMatch(/[{}]/)
  })

  test('without a placeholder names nobody, and without a customer says what to do', async () => {
    const { checks } = machine('vault')
    expect((await checks.check(input(null, {}))).sentence).toMatch(/^The store answered/)
    await expect(checks.check(input('APP_gone'))).rejects.toThrow('There is no customer yet')
  })

  test('is the only one that has placeholders', async () => {
    const { checks } = machine('vault')
    await expect(checks.check({ ...input(null), template: null })).rejects.toThrow(
      'Only a fleet delivery has placeholders.',
    )
  })
})

describe.skipIf(process.platform === 'win32')('a check that is canceled', () => {
  test('ends with all that it has started, whatever it waits for', async () => {
    const { checks, home } = machine()
    const pid = path.join(home, 'pid')
    const tool = `#!/bin/sh\nsleep 600 & echo $! > ${pid}.new; mv ${pid}.new ${pid}; wait\n`
    for (const name of ['gh', 'vault']) {
      writeFileSync(path.join(home, 'bin', name), tool)
      chmodSync(path.join(home, 'bin', name), 0o755)
    }
    const start = [
      () => checks.tool({ store: 'github' }),
      () => checks.check({ store: 'vault', values: { ...values.vault }, template: null }),
    ]
    for (const started of start) {
      const refused = expect(started()).rejects.toThrow('canceled')
      await vi.waitFor(() => expect(existsSync(pid)).toBe(true))
      const child = Number(readFileSync(pid, 'utf8'))
      checks.cancel()
      await refused
      await vi.waitFor(() => expect(isRunning(child)).toBe(false))
      rmSync(pid)
    }
    // The next one is another.
    checks.cancel()
    expect(await checks.tool({ store: 'openbao' })).toMatchObject({ problem: expect.stringContaining('bao') })
  })
})

/** A zombie whose parent takes no notice of it has ended. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

describe('on Windows', () => {
  test('only what needs no POSIX shell is offered', () => {
    expect(storesOn(true)).toEqual(['github'])
    expect(storesOn(false)).toEqual(SECRET_STORE_IDS)
    for (const id of storesOn(true)) {
      const { command, readBack, check } = SECRET_STORES[id].commands(values[id], true)
      expect(`${command} ${readBack} ${check}`).not.toMatch(/['|]|\/dev\/|tr -d/)
    }
  })

  test.each([
    ['a & b', '"a & b"'],
    ['live and well', '"live and well"'],
    ['x^|>y', '"x^|>y"'],
    ['plain', 'plain'],
  ])('%s is one argument of cmd', (environment, quoted) => {
    const typed = { ...values.github, environment }
    expect(storeFlaws(SECRET_STORES.github, typed, { isTemplate: false, isWindows: true })).toEqual({})
    expect(SECRET_STORES.github.commands(typed, true).command).toBe(
      `gh secret set WEBEX_TOKEN --repo example-org/orders --env ${quoted}`,
    )
  })

  test.each(['%PATH%', 'ends\\'])(
    '%s is refused, since cmd or a program would read it otherwise',
    (environment) => {
      const typed = { ...values.github, environment }
      expect(storeFlaws(SECRET_STORES.github, typed, { isTemplate: false, isWindows: true })).toHaveProperty(
        'environment',
      )
    },
  )
})

describe.skipIf(process.platform === 'win32')('what is read back', () => {
  test('proves the token, with one line break of the tool at its end', async () => {
    const { run } = machine()
    const proven = await run({ readBack: 'cat stored', unverified: 'Not before.' })
    expect(proven).toMatchObject({ kind: 'delivered', ran: { sentence: null, output: '' } })
    // What could not be proved before is no more.
    expect(proven.kind === 'delivered' && proven.spec).not.toHaveProperty('unverified')
    expect(await run({ readBack: 'cat stored' })).not.toHaveProperty('spec')
  })

  test.each([
    ['another token', 'echo other-token', /another value \([0-9a-f]{8}\) was read back/],
    ['nothing', 'true', /nothing that could be a token was read back/],
    ['the token and more', 'cat stored; echo more', /another value/],
    ['the token twice', 'cat stored stored', /another value/],
    ['more than any token', 'head -c 200000 /dev/zero', /nothing that could be a token/],
  ])('as %s is a failure that shows none of it', async (_, readBack, sentence) => {
    const performed = await machine().run({ readBack })
    expect(performed).toMatchObject({ kind: 'failed', sentence: expect.stringMatching(sentence) })
    expect(JSON.stringify(performed)).not.toMatch(/canary|other-token/)
  })

  test.each([
    ['exit 4', 'The command failed with exit code 4.'],
    ['no-such-tool', 'The command was not found (exit code 127). Write its whole path.'],
    ['kill -KILL $$', 'The command was ended by SIGKILL.'],
  ])('by a command that fails (%s) leaves the token written, not verified', async (readBack, why) => {
    const unverified = `Written, but it could not be read back. ${why}`
    expect(await machine().run({ readBack })).toMatchObject({
      kind: 'delivered',
      ran: { exitCode: 0, sentence: unverified },
      spec: { unverified },
    })
  })

  test('is asked for without the token, and only after it was written', async () => {
    const { run, home } = machine()
    await run({ pass: 'environment', command: 'true', readBack: 'env > seen; cat >> seen' })
    expect(readFileSync(path.join(home, 'seen'), 'utf8')).not.toContain('canary')
    const { run: fail, home: elsewhere } = machine()
    await fail({ command: 'exit 1', readBack: 'touch asked' })
    expect(existsSync(path.join(elsewhere, 'asked'))).toBe(false)
  })
})
