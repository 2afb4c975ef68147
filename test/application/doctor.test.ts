// What the app finds of its own set-up: real ports, and what the other parts say.
import { describe, expect, onTestFinished, test } from 'vitest'
import { createDoctor } from '#application/doctor.ts'
import type { ProxyProbe } from '#application/proxy-settings.ts'
import type { Incident } from '#engine/domain/view-model.ts'
import { freePort, stranger } from '../connect/support/sockets.ts'

const REACHED: ProxyProbe = {
  reached: true,
  sentence: 'Webex answered without a proxy.',
  proxy: null,
  isProxyAtFault: false,
  serverDate: 0,
}
const MINUTE = 60_000

async function examined(parts: {
  readonly probe?: Partial<ProxyProbe>
  readonly now?: number
  readonly port?: number
  readonly owner?: string | null
  readonly closed?: string
  readonly held?: string
  readonly unstorable?: Error
  readonly sharing?: Readonly<Record<string, unknown>>
  readonly connecting?: Readonly<Record<string, unknown>>
  readonly level?: 'protected' | 'weak'
  readonly endpoint?: { on: boolean; problem: string | null }
  readonly incidents?: readonly Partial<Incident>[]
}) {
  let probes = 0
  let monotonic = 0
  const { closed } = parts
  const examine = createDoctor({
    version: '1.2.3',
    clock: { now: () => parts.now ?? 0, monotonic: () => monotonic },
    vaultAccess: {
      view: () =>
        closed === undefined
          ? { kind: 'open', level: parts.level ?? 'protected', sentence: 'The keyring stores the key.' }
          : { kind: 'locked', level: 'closed', sentence: closed },
      vault: () =>
        closed === undefined
          ? {
              prove: async () => (parts.unstorable ? Promise.reject(parts.unstorable) : undefined),
              sharing: parts.sharing === undefined ? null : { status: parts.sharing },
            }
          : null,
    } as never,
    supervisor: {
      held: () => (parts.held === undefined ? null : { kind: 'other-cloud', sentence: parts.held }),
      current: () =>
        closed === undefined ? { connect: { state: () => parts.connecting ?? { kind: 'idle' } } } : null,
    } as never,
    redirectPort: () => parts.port ?? 0,
    portOwner: async () => parts.owner ?? null,
    probe: async () => {
      probes += 1
      return { ...REACHED, ...parts.probe }
    },
    endpoint: () => ({ port: 7286, consumers: [], on: false, problem: null, ...parts.endpoint }) as never,
    fleet: () => ({ profiles: [{}, {}], incidents: parts.incidents ?? [] }) as never,
  })
  // A loop of them sends no more than one does.
  const [checks] = await Promise.all([examine(), examine(), examine()])
  expect(probes).toBe(1)
  // One after the other few, though what is here is looked at each time.
  for (; monotonic < 5_000; monotonic += 250) expect(await examine()).toEqual(checks)
  expect(probes).toBe(6)
  monotonic = 30_000
  await examine()
  expect(probes).toBe(7)
  return checks
}

const problems = async (parts: Parameters<typeof examined>[0]) =>
  (await examined(parts))
    .filter(({ state }) => state === 'problem')
    .map(({ name, sentence }) => `${name}: ${sentence}`)

test('an app with which nothing is wrong has no problem', async () => {
  expect(await problems({})).toEqual([])
})

test('secrets that no keyring protects are a problem', async () => {
  expect(await problems({ level: 'weak' })).toEqual(['keyring: The keyring stores the key.'])
})

describe('a shared vault', () => {
  const status = { trouble: null, leader: 'server 1', leadsHere: false }
  test('that is reachable and has a leader has no problem', async () => {
    const [found] = (await examined({ sharing: status })).filter(({ name }) => name === 'shared vault')
    expect(found).toMatchObject({ state: 'ok', sentence: 'reachable; server 1 renews' })
    expect(await problems({ sharing: { ...status, leadsHere: true } })).toEqual([])
  })

  test('that is away, or in which no computer renews, is one', async () => {
    const trouble = { sentence: 'The database cannot be reached.' }
    expect(await problems({ sharing: { ...status, trouble } })).toEqual([
      'shared vault: The database cannot be reached.',
    ])
    expect(await problems({ sharing: { ...status, leader: null } })).toEqual([
      expect.stringContaining('no computer renews'),
    ])
  })
})

describe('the port of the redirect URI', () => {
  test.each(['127.0.0.1', '::1'])('taken on %s is named with its owner', async (host) => {
    const port = await freePort()
    const other = await stranger(port, host)
    onTestFinished(other.close)
    const taken = `uses it. Quit that program before you connect an integration.`
    expect(await problems({ port, owner: 'node (process 7)' })).toEqual([
      `port ${port}: node (process 7) ${taken}`,
    ])
    expect(await problems({ port })).toEqual([`port ${port}: another program ${taken}`])
    expect(await problems({ port, connecting: { kind: 'waiting', listening: true } })).toEqual([])
    expect(await problems({ port, connecting: { kind: 'exchanging' } })).toEqual([])
  })

  test.each([{ kind: 'waiting', listening: false }, { kind: 'connected' }, { kind: 'failed' }])(
    'taken by another one is a problem while the app does not listen: %o',
    async (connecting) => {
      const port = await freePort()
      const other = await stranger(port, '127.0.0.1')
      onTestFinished(other.close)
      expect(await problems({ port, connecting })).toEqual([
        expect.stringContaining('another program uses it'),
      ])
    },
  )

  test('is free again right after it was looked at', async () => {
    const port = await freePort()
    expect(await problems({ port })).toEqual([])
    const next = await stranger(port, '127.0.0.1')
    await next.close()
  })
})

describe('the clock', () => {
  test.each([
    [-1.9, []],
    [1.9, []],
    [-180, [/^clock: 3 h behind Webex’s\. .*Set the clock/]],
    [180, [/^clock: 3 h ahead of Webex’s\./]],
    [60 * 24 * 400, [/^clock: 400 d ahead of Webex’s\./]],
  ])('%s min off', async (minutes, expected) => {
    const found = await problems({ now: minutes * MINUTE })
    expect(found).toEqual(expected.map((sentence) => expect.stringMatching(sentence)))
  })

  test('of a Webex that tells no time is not judged', async () => {
    const checks = await examined({ probe: { serverDate: null }, now: 1e12 })
    expect(checks.find(({ name }) => name === 'clock')?.state).toBe('skipped')
  })
})

test.each([
  [
    { closed: 'The keyring is locked.' },
    /^keyring: The keyring is locked\. Open the app’s window: satm open\.$/,
  ],
  [{ held: 'These tokens are of another cloud.' }, /^Webex cloud: These tokens are of another cloud\.$/],
  [{ unstorable: new Error('The disk is full.') }, /^storage: The disk is full\.$/],
  [{ probe: { reached: false, sentence: 'Webex cannot be reached.' } }, /^Webex: Webex cannot be reached\.$/],
  [
    { probe: { reached: false, sentence: 'Sign in.', proxy: 'http://p:1', isProxyAtFault: true } },
    /^proxy: http:\/\/p:1: Sign in\. Or choose another one under Settings/,
  ],
  [{ endpoint: { on: true, problem: 'Port 7286 is taken.' } }, /^local endpoint: Port 7286 is taken\.$/],
  [{ incidents: [{ level: 'warning' as const }] }, /^service apps: 1 problem: see satm status\.$/],
])('%o is one problem with what to do', async (parts, sentence) => {
  expect(await problems(parts)).toEqual([expect.stringMatching(sentence)])
})

test('what is snoozed or only informs is no problem', async () => {
  expect(
    await problems({ incidents: [{ level: 'information' }, { level: 'critical', snoozedUntil: 1 }] }),
  ).toEqual([])
})
