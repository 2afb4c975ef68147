import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import type { DeliverableToken } from '#delivery/delivery-handler.ts'
import { type HookDependencies, type HookSpec, runHook } from '#delivery/hook/hook.ts'
import { passedOn } from '#delivery/hook/hook-environment.ts'
import { createRedactor } from '#desktop/log/redact.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import { Secret } from '#engine/domain/secret.ts'

const TOKEN = 'canary-token-with-spaces and "quotes"'
/** Short for a person, long for a machine that is busy with other tests. */
const LONG = 30_000

const token: DeliverableToken = {
  profileId: 'p1',
  profileName: 'Orders; rm -rf $HOME',
  orgId: 'org-1',
  accessToken: new Secret(TOKEN),
  fingerprint: '0123abcd',
  refreshToken: new Secret('canary-refresh'),
  refreshFingerprint: null,
  expiresAt: Date.UTC(2026, 2, 14, 12),
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'satm-hook-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

type Change = Partial<HookSpec> & { signal?: AbortSignal; clock?: HookDependencies['clock'] }

function hook(command: string, change: Change = {}) {
  const { signal = new AbortController().signal, clock = systemClock(), ...spec } = change
  const folder = temporaryFolder()
  const redactor = createRedactor()
  redactor.knownSecret(TOKEN)
  const logged: object[] = []
  const performed = runHook(
    {
      clock,
      env: {
        ...process.env,
        NODE_OPTIONS: '--no-such',
        ELECTRON_RUN_AS_NODE: '1',
        LD_PRELOAD: '/x.so',
        SATM_X: '1',
      },
      home: folder,
      platform: process.platform,
      redact: redactor.whole,
      log: (_event, fields) => void logged.push(fields),
    },
    { kind: 'hook', command, pass: 'environment', timeLimit: LONG, ...spec },
    token,
    signal,
  )
  return { folder, logged, performed }
}

const delivered = { kind: 'delivered' }
const sentenceOf = async (run: ReturnType<typeof hook>) => {
  const performed = await run.performed
  return performed.kind === 'failed' ? performed.sentence : performed.kind
}

describe.skipIf(process.platform === 'win32')('a hook', () => {
  test('finds the token in its environment, with what is no secret beside it', async () => {
    const { folder, performed } = hook(
      'printf "%s|" "$WEBEX_SERVICE_APP_ACCESS_TOKEN" "$SATM_PROFILE" "$SATM_ORG_ID" "$SATM_EXPIRES_AT" > out',
    )
    expect(await performed).toMatchObject(delivered)
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe(
      `${TOKEN}|Orders; rm -rf $HOME|org-1|2026-03-14T12:00:00.000Z|`,
    )
  })

  test('reads it as a line of its input instead, and then it is nowhere else', async () => {
    const { folder, performed } = hook('IFS= read -r token; printf %s "$token" > out; env > environment', {
      pass: 'stdin',
    })
    expect(await performed).toMatchObject(delivered)
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe(TOKEN)
    expect(readFileSync(join(folder, 'environment'), 'utf8')).not.toContain('canary')
  })

  test('finds everyday variables and none of Electron, Node, the loader or this app', async () => {
    const { folder, performed } = hook('env > out')
    await performed
    const names = readFileSync(join(folder, 'out'), 'utf8').match(/^[A-Z_]+(?==)/gm) ?? []
    expect(names).toContain('PATH')
    const foreign = names.filter((name) => /^(NODE|ELECTRON|LD|VITEST|npm|SATM_X)/.test(name))
    expect(foreign).toEqual([])
  })

  test.each([
    ['KUBECONFIG', 'XDG_CONFIG_HOME', 'XDG_RUNTIME_DIR'],
    ['VAULT_ADDR', 'VAULT_NAMESPACE', 'VAULT_CACERT', 'BAO_ADDR', 'BAO_NAMESPACE', 'BAO_CACERT'],
    ['AWS_PROFILE', 'AWS_REGION', 'AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE'],
    ['GH_HOST', 'GH_CONFIG_DIR'],
    ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY', 'https_proxy', 'no_proxy', 'SSL_CERT_FILE'],
  ])('finds where the tools of secret stores are led: %s', (...names) => {
    const own = Object.fromEntries(names.map((name) => [name, `of ${name}`]))
    expect(passedOn(own)).toEqual(own)
  })

  test.each([
    ['VAULT_TOKEN', 'BAO_TOKEN', 'AWS_SECRET_ACCESS_KEY', 'AWS_ACCESS_KEY_ID', 'AWS_SESSION_TOKEN'],
    ['GH_TOKEN', 'GITHUB_TOKEN', 'GH_ENTERPRISE_TOKEN', 'VAULT_CLIENT_KEY', 'VAULT_SECRET'],
    [
      'SATM_PASSPHRASE',
      'SATM_NO_START',
      'SATM_UPDATE_KEYS',
      'WEBEX_SERVICE_APP_ACCESS_TOKEN',
      'DATABASE_URL',
    ],
    ['NODE_OPTIONS', 'ELECTRON_RUN_AS_NODE', 'LD_PRELOAD', 'SSLKEYLOGFILE', 'GIT_SSH_COMMAND'],
  ])('finds no sign-in and nothing that would change it: %s', (...names) => {
    expect(passedOn(Object.fromEntries(names.map((name) => [name, 'x'])))).toEqual({})
  })

  test('never has a token among its arguments', async () => {
    const { folder, performed } = hook('cat /proc/$$/cmdline /proc/$PPID/cmdline > out; ps -ef >> out')
    await performed
    // Not merely its first word: other programs of the machine are listed as well.
    expect(readFileSync(join(folder, 'out'), 'latin1')).not.toContain('canary-token-with')
  })

  test('that leaves its input unread is no failure', async () => {
    expect(await hook('exit 0', { pass: 'stdin' }).performed).toMatchObject(delivered)
  })

  test('that starts something in the background is done when it has ended itself', async () => {
    const started = performance.now()
    const { folder, performed } = hook('sleep 60 & echo $! > pid')
    expect(await performed).toMatchObject(delivered)
    expect(performance.now() - started).toBeLessThan(20_000)
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
    expect(isAlive(pid)).toBe(true)
    process.kill(pid)
  })

  test.each([
    [
      'echo broken >&2; exit 3',
      'The command failed with exit code 3. Its output is in the delivery history.',
    ],
    ['exit 1', 'The command failed with exit code 1. No output.'],
    ['kill -TERM $$', 'The command was ended by SIGTERM. No output.'],
    ['no-such-command-anywhere', /^The command was not found \(exit code 127\)\. Write its whole path\./],
  ])('%s: is told in words', async (command, sentence) => {
    expect(await sentenceOf(hook(command))).toMatch(sentence)
  })

  test('that may not be run is told so', async () => {
    const script = join(temporaryFolder(), 'script')
    writeFileSync(script, 'echo')
    chmodSync(script, 0o600)
    expect(await sentenceOf(hook(script))).toMatch(/may not be run \(exit code 126\)/)
  })

  test('that cannot be started at all is told so', async () => {
    const folder = temporaryFolder()
    const performed = await runHook(
      {
        clock: systemClock(),
        env: {},
        home: join(folder, 'gone'),
        platform: process.platform,
        redact: (text) => text,
        log: () => {},
      },
      { kind: 'hook', command: 'true', pass: 'stdin', timeLimit: LONG },
      token,
      new AbortController().signal,
    )
    const sentence = expect.stringMatching(
      /could not be started \(ENOENT\)\. Check that your home folder is there/,
    )
    expect(performed).toEqual({
      kind: 'failed',
      sentence: expect.stringMatching(/ No output\.$/),
      ran: { exitCode: null, sentence, output: '' },
    })
  })

  test('that takes too long is ended with everything it has started', async () => {
    const timers: (() => void)[] = []
    const after = (delay: number, wake: () => void) => {
      if (delay === 90_000) timers.push(wake)
      return () => {}
    }
    const run = hook('sleep 300 & echo $! > child; trap "" TERM; echo begun; touch ready; sleep 300', {
      timeLimit: 90_000,
      clock: { after },
    })
    await vi.waitFor(() => expect(existsSync(join(run.folder, 'ready'))).toBe(true), LONG)
    timers[0]?.()
    expect(await sentenceOf(run)).toBe(
      'The command took longer than 90 seconds and was ended with all it had started. Give it more time, or let it start its work in the background. Its output is in the delivery history.',
    )
    const child = Number(readFileSync(join(run.folder, 'child'), 'utf8'))
    await vi.waitFor(() => expect(isAlive(child)).toBe(false), LONG)
  })

  test('that is broken off is ended too, and counts as nothing', async () => {
    const breaking = new AbortController()
    const run = hook('echo begun; echo $$ > pid; sleep 300', { signal: breaking.signal })
    await vi.waitFor(() => expect(existsSync(join(run.folder, 'pid'))).toBe(true), LONG)
    breaking.abort()
    expect(await run.performed).toEqual({
      kind: 'broken-off',
      ran: { exitCode: null, sentence: expect.stringContaining('runs again'), output: 'begun' },
    })
    expect(run.logged).toEqual([])
    expect(await hook('touch ran', { signal: breaking.signal }).performed).toEqual({
      kind: 'broken-off',
      ran: null,
    })
  })

  test('that is broken off once it has ended is not read back: nothing is left behind', async () => {
    const breaking = new AbortController()
    const clock = systemClock()
    const run = hook('true', {
      readBack: 'touch read',
      signal: breaking.signal,
      // Cancelled as the command ends, before it is read back.
      clock: {
        after(delay, act) {
          const cancel = clock.after(delay, act)
          return () => {
            cancel()
            breaking.abort()
          }
        },
      },
    })
    expect(await run.performed).toMatchObject({ kind: 'broken-off' })
    expect(existsSync(join(run.folder, 'read'))).toBe(false)
  })

  test('says nothing at all of its output in a sentence or the log', async () => {
    const run = hook('echo an innocent word; printf "%s\\n" "$WEBEX_SERVICE_APP_ACCESS_TOKEN"; exit 4')
    const { kind, ran, ...rest } = await run.performed
    expect([kind, ran?.output]).toEqual(['failed', 'an innocent word\n[redacted]"'])
    expect(JSON.stringify([rest, run.logged])).not.toMatch(/canary|innocent/)
    expect(run.logged).toMatchObject([{ kind: 'exit', code: 4, fingerprint: '0123abcd' }])
  })

  test('may say as much as it likes: the end of it is kept', async () => {
    const performed = await hook(
      'i=0; while [ $i -lt 3000 ]; do printf "%01000d\\n" 0; i=$((i+1)); done; echo the end; exit 1',
    ).performed
    expect(performed.ran?.output).toMatch(/the end$/)
    expect(performed.ran?.output.length).toBeLessThan(2100)
  })
})

describe.skipIf(process.platform === 'win32')('what is left of a hook', () => {
  const ranOf = async (command: string) => {
    const performed = await hook(command).performed
    return performed.ran
  }
  const ECHO = 'printf "%s" "$WEBEX_SERVICE_APP_ACCESS_TOKEN"'

  test.each([
    ['echo reloaded; echo 3 pods >&2', { exitCode: 0, sentence: null, output: 'reloaded\n3 pods' }],
    ['true', { exitCode: 0, sentence: null, output: '' }],
    [
      'printf "one\\n\\n  two\\tthree\\n"; exit 3',
      {
        exitCode: 3,
        sentence: 'The command failed with exit code 3.',
        output: 'one\n\n  two\tthree',
      },
    ],
    [
      'echo bye; kill -TERM $$',
      { exitCode: null, sentence: 'The command was ended by SIGTERM.', output: 'bye' },
    ],
  ])('%s: is all it said, its exit code and how it ended', async (command, ran) => {
    expect(await ranOf(command)).toEqual(ran)
  })

  test.each([
    ['echoed', `${ECHO}`],
    ['between other words', `echo "the token is <$WEBEX_SERVICE_APP_ACCESS_TOKEN>, keep it"`],
    [
      'with colors inside',
      'printf "canary-\\033[1;31mtoken-with\\033[0m-spaces \\033[4mand\\033[0m \\"quotes\\""',
    ],
    [
      'behind a link and a title',
      'printf "\\033]8;;x\\007canary-tok\\033]0;t\\033\\\\en-with-spaces and \\"quotes\\""',
    ],
    ['shortened', `${ECHO} | cut -c1-12`],
    ['folded', `${ECHO} | fold -w 11`],
    [
      'split over both outputs',
      'printf canary-token; printf -- "-with-spaces and " >&2; sleep 0.05; printf "\\"quotes\\""',
    ],
    ['in a line of its own, a thousand times', `for i in $(seq 1000); do ${ECHO}; echo " $i"; done`],
  ])('holds no part of the token when that is %s', async (_, command) => {
    const output = (await ranOf(command))?.output ?? ''
    expect(output).toContain('[redacted]')
    for (let at = 0; at + 6 <= TOKEN.length; at++) expect(output).not.toContain(TOKEN.slice(at, at + 6))
  })

  const bare = (text: string) => text.replaceAll('[redacted]', '').replace(/[\s\0]/g, '')
  /** Each prints nothing else that is worth redacting, so that whatever is left of the token shows. */
  const T = '$WEBEX_SERVICE_APP_ACCESS_TOKEN'
  const PIPED: readonly string[] = [
    'od',
    'od -An -c',
    'od -An -tx1',
    'od -tx2',
    'od -tx4',
    'od -x',
    'od -b',
    'od -to4',
    'od -An -td1',
    'od -td2',
    'od -tu4',
    'od -tx8',
    'od -td8',
    'xxd',
    'xxd -p',
    'xxd -u',
    'xxd -e',
    'xxd -b',
    'xxd -i',
    'hexdump',
    'hexdump -C',
    'hexdump -b',
    'cat -A',
    'tr a-z A-Z',
    'fold -w3',
    'sed "s/./& /g"',
    'sed "s/./&./g"',
    'base64',
    'base64 -w12',
    'base64 | tr +/ -_',
    'base64 | base64',
    'base64 | xxd -p',
    'xxd -p | base64',
    'base32',
    'iconv -t UTF-16LE',
    'iconv -t UTF-16 | xxd',
    'iconv -t UTF-16LE | base64',
    'xxd -p | tr a-f A-F',
    'xxd -p | fold -w7',
  ]
  test.each(PIPED.map((pipe) => `printf %s "${T}" | ${pipe}`))(
    'says nothing of the token, printed by: %s',
    async (command) => {
      const env = { ...process.env, WEBEX_SERVICE_APP_ACCESS_TOKEN: TOKEN }
      const printed = spawnSync('sh', ['-c', command], { env, encoding: 'latin1' }).stdout
      const output = (await ranOf(command))?.output ?? ''
      expect(output).toContain('[redacted]')
      // What is left are the offsets of a dump, or what stands around the token.
      expect(printed.length).toBeGreaterThanOrEqual(TOKEN.length)
      expect(bare(output).length).toBeLessThan(bare(printed).length / 2)
    },
  )

  test('holds no part of a token that stands across the border of what is kept', async () => {
    for (const beyond of [1, 5, 17, 30, TOKEN.length]) {
      const after = 'x '.repeat((2048 - beyond) / 2 + 1).slice(0, 2048 - beyond)
      const output = (await ranOf(`${ECHO}; printf "%s" "${after}"`))?.output ?? ''
      expect(Buffer.byteLength(output)).toBeLessThan(2100)
      expect(output).toContain('x x x')
      for (let at = 0; at + 5 <= TOKEN.length; at++) expect(output).not.toContain(TOKEN.slice(at, at + 5))
    }
  })
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
