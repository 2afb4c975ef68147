// The endpoint under load while its tokens go on being renewed, and what is to be said of both.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Worker } from 'node:worker_threads'
import type { ListenAddress } from '#delivery/endpoint/listen-address.ts'
import { REQUEST_RATE } from '#delivery/endpoint/rate-limits.ts'
import type { TokenPair } from '#engine/domain/model.ts'
import { defaultSettings } from '#engine/domain/policy.ts'
import { dueAt } from '#engine/renewal/token-lifetime.ts'
import { type Real, real } from './real.ts'

/** What `load.mjs` is told. */
interface Load {
  readonly port: number
  /** Asked for in turn. */
  readonly paths: readonly string[]
  /** Asked with in turn. */
  readonly secrets: readonly string[]
  readonly perSecond: number
  readonly seconds: number
  /** Over TLS, checked by this authority. */
  readonly ca?: string
}

/** What it tells. */
interface Outcome {
  readonly answers: number
  /** What went wrong with requests that got no answer. */
  readonly lost: readonly string[]
  /** Answers that were not what was asked for. */
  readonly wrong: readonly string[]
  /** ms, sorted. */
  readonly latencies: readonly number[]
  /** Fingerprints of the tokens by the path they were given for. */
  readonly tokens: Readonly<Record<string, readonly string[]>>
}

export interface UnderLoad extends Outcome {
  readonly renewals: number
  /** ms between when each renewal was due and when it began, the first of each profile as well. */
  readonly late: readonly number[]
  readonly failedRenewals: readonly string[]
  /** ms; the longest that this process did not come to run anything at all. */
  readonly heldUp: number
  /** Tokens that were given out and were never of that profile. */
  readonly strange: readonly string[]
  /** Refresh tokens sent twice. */
  readonly duplicates: number
}

/** Profiles whose tokens live `accessTtl` seconds are asked for by id in turn. */
export async function underLoad(
  options: Pick<Load, 'perSecond' | 'seconds' | 'ca'> & {
    readonly profiles: number
    readonly accessTtl: number
    /** As a server for other machines. */
    readonly listen?: ListenAddress
  },
): Promise<UnderLoad> {
  const { accessTtl, ca, listen } = options
  const app = await real({
    apps: 1,
    orgs: options.profiles,
    accessTtl,
    ...(listen === undefined ? {} : { listen }),
  })
  try {
    if (listen === undefined) await app.endpoint.save({ on: true, port: app.port })
    else await app.endpoint.start()
    const consumers = listen === undefined ? 1 : Math.ceil(options.perSecond / (REQUEST_RATE.perSecond / 2))
    for (let at = 0; at < consumers; at += 1)
      await app.endpoint.addConsumer({ name: `load ${at}`, profileIds: null })
    const late = latenessOf(app)
    const delay = monitorEventLoopDelay({ resolution: 10 })
    delay.enable()
    app.engine.start()
    const ids = [...app.engine.fleet().profiles.keys()]
    const outcome = await load({
      port: app.port,
      paths: ids.map((id) => `/v1/token/${id}`),
      secrets: app.copied,
      ...(ca === undefined ? {} : { ca }),
      perSecond: options.perSecond,
      seconds: options.seconds,
    })
    const strange = ids.flatMap((id) => {
      const known = new Set(app.tokensOf(id))
      return (outcome.tokens[`/v1/token/${id}`] ?? []).filter((token) => !known.has(token))
    })
    return {
      ...outcome,
      renewals: app.attempts.filter(({ outcome: how }) => how === 'renewed').length,
      late,
      heldUp: delay.max / 1e6,
      failedRenewals: app.attempts.flatMap(({ outcome: how, sentence }) =>
        how === 'renewed' ? [] : [sentence ?? how],
      ),
      strange,
      duplicates: app.simulator.ledger.duplicates().length,
    }
  } finally {
    await app.close()
  }
}

/** Fills as attempts come in. */
function latenessOf({ engine }: Real): readonly number[] {
  const late: number[] = []
  // Each as it was when its renewal came due.
  const pairs = new Map<string, TokenPair | null>()
  for (const [id, { pair }] of engine.fleet().profiles) pairs.set(id, pair)
  engine.subscribe((event) => {
    if (event.kind !== 'attempt' || event.attempt.subject.kind !== 'profile') return
    const { profileId } = event.attempt.subject
    const due = dueAt(profileId, pairs.get(profileId) ?? null, defaultSettings.refreshAt)
    late.push(event.attempt.startedAt - due)
    pairs.set(profileId, engine.fleet().profiles.get(profileId)?.pair ?? null)
  })
  return late
}

export function load(workerData: Load): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./load.mjs', import.meta.url), { workerData })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

/** `share` in 0–1; of sorted numbers. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}
