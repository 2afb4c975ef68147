// Doctor: looks at what the app needs around it, for `satm doctor`: data, keyring, clock, the way to Webex, its ports.
import { createServer } from 'node:http'
import { inOneUnit } from '#base/common/duration.ts'
import { listen } from '#base/node/loopback.ts'
import type { DeliveryView } from '#contract/contract.ts'
import type { Duration } from '#engine/domain/model.ts'
import { CLOCK_SKEW, SECOND } from '#engine/domain/policy.ts'
import type { Clock } from '#engine/domain/ports.ts'
import { type FleetView, openProblems } from '#engine/domain/view-model.ts'
import type { Check } from '#satm/protocol.ts'
import { versions } from './app-view.ts'
import type { EngineSupervisor } from './engine-supervisor.ts'
import type { ProxyProbe } from './proxy-settings.ts'
import type { Hold } from './renewal-hold.ts'
import type { VaultAccess } from './vault-access.ts'

/**
 * Those at once share one examination. A person who tries again has Webex asked anew; a loop is given what Webex answered
 * last once it has asked `MOST_PROBES` times within `PROBES_COUNTED`.
 */
export function createDoctor(dependencies: {
  readonly version: string
  readonly clock: Pick<Clock, 'now' | 'monotonic'>
  readonly vaultAccess: Pick<VaultAccess, 'view' | 'vault'>
  readonly supervisor: Pick<EngineSupervisor, 'held' | 'current'>
  readonly redirectPort: () => number
  /** `node (process 4711)`, or null. */
  readonly portOwner: (port: number) => Promise<string | null>
  readonly probe: () => Promise<ProxyProbe>
  readonly endpoint: () => DeliveryView['endpoint']
  /** With all its problems. */
  readonly fleet: () => FleetView
}): () => Promise<readonly Check[]> {
  const { version, clock, vaultAccess, supervisor, redirectPort, portOwner, probe } = dependencies

  const store = async (): Promise<Check> => {
    const failure = await vaultAccess
      .vault()
      ?.prove()
      .then(
        () => null,
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      )
    if (failure === undefined) return skipped('storage', 'the data is not open')
    return failure === null ? ok('storage', 'new tokens can be stored') : problem('storage', failure)
  }
  const port = async (): Promise<Check> => {
    const number = redirectPort()
    const name = `port ${number}`
    const connecting = supervisor.current()?.connect.state()
    // What has ended keeps its state, and one that waits may have found the port taken.
    if (connecting?.kind === 'exchanging' || (connecting?.kind === 'waiting' && connecting.listening))
      return ok(name, 'in use by this app, which is being connected')
    if (!(await isTaken(number))) return ok(name, 'free for connecting an integration')
    const owner = (await portOwner(number)) ?? 'another program'
    return problem(name, `${owner} uses it. Quit that program before you connect an integration.`)
  }
  const localEndpoint = (): Check => {
    const { on, port: number, problem: why } = dependencies.endpoint()
    if (!on) return skipped('local endpoint', 'switched off')
    return why === null ? ok('local endpoint', `port ${number}`) : problem('local endpoint', why)
  }
  const sharedVault = (): readonly Check[] => {
    const status = vaultAccess.vault()?.sharing?.status
    if (status == null) return []
    const { trouble, leader, leadsHere } = status
    const name = 'shared vault'
    if (trouble !== null) return [problem(name, trouble.sentence)]
    if (leadsHere) return [ok(name, 'reachable; this computer renews')]
    return [leader === null ? problem(name, NOBODY_RENEWS) : ok(name, `reachable; ${leader} renews`)]
  }
  const serviceApps = (): Check => {
    if (supervisor.current() === null) return skipped('service apps', 'nothing runs')
    const { profiles, incidents } = dependencies.fleet()
    const open = openProblems(incidents).length
    if (open === 0) return ok('service apps', `${profiles.length}, without problems`)
    return problem('service apps', `${open} ${open === 1 ? 'problem' : 'problems'}: see satm status.`)
  }

  let probed: { readonly at: Duration; readonly way: ProxyProbe } | null = null
  let probes: readonly Duration[] = []
  const reach = async (): Promise<ProxyProbe> => {
    const now = clock.monotonic()
    probes = probes.filter((at) => now - at < PROBES_COUNTED)
    if (probed === null || probes.length < MOST_PROBES) {
      probes = [...probes, now]
      const way = await probe()
      probed = { at: clock.monotonic(), way }
      return way
    }
    const { serverDate } = probed.way
    return { ...probed.way, serverDate: serverDate === null ? null : serverDate + now - probed.at }
  }

  const examine = async (): Promise<readonly Check[]> => {
    const [way, stored, redirect] = await Promise.all([reach(), store(), port()])
    return [
      ok('app', `version ${version}, ${runtime()}`),
      data(vaultAccess.view(), supervisor.held()),
      stored,
      ...sharedVault(),
      ...reaching(way),
      clockCheck(way.serverDate, clock.now()),
      redirect,
      localEndpoint(),
      serviceApps(),
    ]
  }
  let running: Promise<readonly Check[]> | null = null
  return () => {
    running ??= examine().finally(() => {
      running = null
    })
    return running
  }
}

const NOBODY_RENEWS =
  'reachable, and no computer renews. A server takes over within 75 seconds: see with satm vault status which ones were there last.'

const MOST_PROBES = 6
const PROBES_COUNTED: Duration = 30 * SECOND

/** A server runs on Node alone. */
function runtime(): string {
  const { electron, node } = versions()
  return electron === '' ? `Node ${node}` : `Electron ${electron}`
}

const ok = (name: string, sentence: string): Check => ({ name, state: 'ok', sentence })
const problem = (name: string, sentence: string): Check => ({ name, state: 'problem', sentence })
const skipped = (name: string, sentence: string): Check => ({ name, state: 'skipped', sentence })

function data(view: ReturnType<VaultAccess['view']>, held: Hold | null): Check {
  if (view.level === 'closed') return problem('keyring', `${view.sentence} Open the app’s window: satm open.`)
  if (held !== null) return problem(held.kind === 'other-cloud' ? 'Webex cloud' : 'renewals', held.sentence)
  return view.level === 'weak' ? problem('keyring', view.sentence) : ok('keyring', view.sentence)
}

function reaching({ reached, sentence, proxy, isProxyAtFault }: ProxyProbe): readonly Check[] {
  const way = proxy ?? 'none'
  if (isProxyAtFault) {
    const help = proxy === null ? sentence : `${proxy}: ${sentence}`
    return [
      problem('proxy', `${help} Or choose another one under Settings → Webex cloud and proxy.`),
      skipped('Webex', 'not reached, because of the proxy'),
    ]
  }
  return [ok('proxy', way), reached ? ok('Webex', sentence) : problem('Webex', sentence)]
}

function clockCheck(serverDate: number | null, now: number): Check {
  if (serverDate === null) return skipped('clock', 'Webex did not tell the time')
  const difference = now - serverDate
  if (Math.abs(difference) < CLOCK_SKEW) return ok('clock', 'as Webex’s')
  const way = difference > 0 ? 'ahead of' : 'behind'
  return problem(
    'clock',
    `${inOneUnit(difference)} ${way} Webex’s. Tokens are renewed by Webex’s time meanwhile. Set the clock, or turn on time synchronization.`,
  )
}

/** On either loopback family: a browser may try both. */
async function isTaken(port: number): Promise<boolean> {
  for (const host of ['127.0.0.1', '::1']) {
    const server = createServer()
    const failure = await listen(server, port, host)
    if (failure === null) await new Promise((resolve) => server.close(resolve))
    // A computer without IPv6 has no ::1 that anyone else could own.
    else if (host === '127.0.0.1' || failure === 'EADDRINUSE') return true
  }
  return false
}
