// Metrics for Prometheus: what the engine shows at the moment of a scrape, and counts of what has happened since the start.
// Labels are names of service apps and customers, never a secret.
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import type { Attempt, Instant } from '#engine/domain/model.ts'
import { countStates, type FleetView, type ProfileView, tokenEnd } from '#engine/domain/view-model.ts'

export interface Metrics {
  /** One has ended. */
  attempt(attempt: Attempt): void
  /** A request to the token endpoint was answered with this HTTP status. */
  tokenRequest(status: number): void
  /** In the text format of Prometheus, version 0.0.4. */
  scrape(): Promise<string>
}

/** ms; the longest a timer takes. Measuring the delay of the event loop would wake an idle process 100 times a second. */
const NEVER = 2 ** 31 - 1
const OUTCOMES = ['renewed', 'unchanged', 'failed'] as const
const TIERS = [1, 2, 3] as const

export function createMetrics(parts: {
  /** null: the vault is not open. */
  readonly view: () => FleetView | null
  /** It renews. */
  readonly isLeader: () => boolean
  /** Grants that were sent and whose outcome nobody knows yet. */
  readonly unknownInFlight: () => number
  /** Whether the database of the shared vault can be used; null: it takes part in none. */
  readonly isSharedVaultReachable: () => boolean | null
}): Metrics {
  const { view, isLeader, unknownInFlight, isSharedVaultReachable } = parts
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: NEVER })
  for (const { name } of registry.getMetricsAsArray()) {
    if (name.startsWith('nodejs_eventloop_')) registry.removeSingleMetric(name)
  }
  const gauge = (name: string, help: string, labelNames: string[], collect: (gauge: Gauge) => void) =>
    new Gauge({
      name,
      help,
      labelNames,
      registers,
      collect() {
        this.reset()
        collect(this)
      },
    })

  gauge('satm_leader', 'Whether this process renews tokens.', [], (own) => own.set(isLeader() ? 1 : 0))
  gauge('satm_in_flight_unknown', 'Grants sent whose outcome is unknown.', [], (own) =>
    own.set(unknownInFlight()),
  )
  gauge(
    'satm_shared_vault_reachable',
    'Whether the shared vault can be used. Missing: none is joined.',
    [],
    (own) => {
      const isReachable = isSharedVaultReachable()
      if (isReachable === null) own.remove()
      else own.set(isReachable ? 1 : 0)
    },
  )
  gauge('satm_profiles', 'Service apps of customers, by state.', ['state'], (own) => {
    const fleet = view()
    if (fleet === null) return
    for (const [state, count] of Object.entries(countStates(fleet.profiles))) own.set({ state }, count)
  })
  gauge('satm_incidents', 'Open problems, by severity.', ['severity'], (own) => {
    const fleet = view()
    if (fleet === null) return
    for (const severity of ['information', 'warning', 'critical'] as const) {
      own.set({ severity }, fleet.incidents.filter(({ level }) => level === severity).length)
    }
  })
  const attempts = new Counter({
    name: 'satm_refresh_attempts_total',
    help: 'Attempts of this process to renew a token that have ended, by the tier that gave it or was tried last.',
    labelNames: ['tier', 'outcome'],
    registers,
  })
  for (const tier of TIERS) for (const outcome of OUTCOMES) attempts.inc({ tier, outcome }, 0)
  const requests = new Counter({
    name: 'satm_token_requests_total',
    help: 'Requests to the token endpoint, by HTTP status.',
    labelNames: ['code'],
    registers,
  })
  requests.inc({ code: 200 }, 0)

  /** A profile that has not changed is the same object. */
  const known = new WeakMap<ProfileView, Series>()

  return {
    attempt({ tier, calls, outcome, reason }) {
      // Of a data source, for which no token is renewed.
      if (reason?.code === 'data-source') return
      attempts.inc({ tier: tier ?? calls.at(-1)?.tier ?? 'none', outcome })
    },
    tokenRequest: (code) => requests.inc({ code }),
    scrape: async () => (await registry.metrics()) + fleetSeries(view()?.profiles ?? [], known),
  }
}

const EXPIRATION = 'satm_token_expiration_timestamp_seconds'
const RENEWAL = 'satm_token_renewal_timestamp_seconds'
const FLEET_HELP = {
  [EXPIRATION]: 'When the access token stops working, or has. Missing: not known.',
  [RENEWAL]: 'When the next renewal is planned. Missing: none planned.',
} as const

/** The lines of one profile; empty: it has no such value. */
type Series = Readonly<Record<keyof typeof FLEET_HELP, string>> & {
  readonly labels: string
  readonly end: Instant | null
}

/** By hand: two series for each profile take the library ten times as long. */
function fleetSeries(profiles: readonly ProfileView[], known: WeakMap<ProfileView, Series>): string {
  const all = new Map<string, Series>()
  for (const profile of profiles) {
    const series = known.get(profile) ?? measure(profile)
    known.set(profile, series)
    const same = all.get(series.labels)
    // Two series of the same labels would be one too many: the one that ends first counts.
    if (same === undefined || (series.end ?? Infinity) < (same.end ?? Infinity))
      all.set(series.labels, series)
  }
  let text = ''
  for (const name of [EXPIRATION, RENEWAL] as const) {
    text += `\n# HELP ${name} ${FLEET_HELP[name]}\n# TYPE ${name} gauge\n`
    for (const series of all.values()) text += series[name]
  }
  return text
}

function measure(profile: ProfileView): Series {
  const { name, orgName, targetOrgId, nextRefresh } = profile
  const labels = `{service_app="${escaped(name)}",customer="${escaped(orgName ?? '')}",org_id="${escaped(targetOrgId)}"}`
  const line = (metric: string, at: Instant | null) =>
    at === null ? '' : `${metric}${labels} ${at / 1000}\n`
  const end = tokenEnd(profile)
  return {
    labels,
    end,
    [EXPIRATION]: line(EXPIRATION, end),
    [RENEWAL]: line(RENEWAL, nextRefresh?.at ?? null),
  }
}

/** As the text format wants it; what would break its lines in other readers is left out. */
function escaped(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('\n', '\\n')
    .replaceAll(/\p{Cc}/gu, '')
}
