// Forecast requests: hands what the engine knows, without its secrets, to a thread that plays the days ahead.
import type { Input, Replies } from '#contract/contract.ts'
import type { Duration } from '#engine/domain/model.ts'
import type { EngineSettings } from '#engine/domain/policy.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { RenewalEngine } from '#engine/renewal-engine.ts'
import { packFleet } from '#forecast/fleet-packing.ts'
import type { ForecastPortion, ForecastRequest } from '#forecast/forecast.ts'
import type { EngineSession, EngineSupervisor } from './engine-supervisor.ts'
import { UserFacingError } from './errors.ts'

type Work = Input<'forecast.progress'>['work']
type Result = Extract<ForecastPortion, { forecast: unknown }>

export interface Forecasts {
  get(input: Input<'forecast.get'>): Promise<Replies['forecast.get']>
  rehearse(input: Input<'forecast.rehearse'>): Promise<Replies['forecast.rehearse']>
  progress(work: Work): Replies['forecast.progress']
  cancel(work: Work): void
}

/** So many times as long as it took a forecast is kept: making it anew uses 2 % of a processor. */
const KEPT_OVER_TAKEN = 50
const KEPT_LEAST: Duration = 60_000
const KEPT_MOST: Duration = 60 * 60_000
/** In a larger fleet there is always something that changes. */
const LARGE = 500

interface Running {
  readonly stop: AbortController
  progress: { readonly done: number; readonly total: number }
}

interface Made {
  /** When it is too old; not before it is there. */
  until: Duration
  readonly of: string
  readonly session: EngineSession
  readonly result: Promise<Replies['forecast.get']>
}

/** `run` performs the request in a thread that ends with the iteration or the signal. */
export function createForecasts(dependencies: {
  readonly supervisor: Pick<EngineSupervisor, 'running' | 'settled'>
  readonly settings: { engine(): EngineSettings }
  readonly clock: Pick<Clock, 'monotonic' | 'after'>
  readonly run: (request: ForecastRequest, signal: AbortSignal) => AsyncIterable<unknown>
}): Forecasts {
  const { supervisor, settings, clock, run } = dependencies
  const running = new Map<Work, Running>()
  let made: Made | null = null

  const perform = async (
    work: Work,
    { engine, snapshot }: EngineSession,
    question: Pick<ForecastRequest, 'midnights' | 'whatIf' | 'begins'>,
  ): Promise<Result> => {
    running.get(work)?.stop.abort()
    const one: Running = { stop: new AbortController(), progress: { done: 0, total: 1 } }
    running.set(work, one)
    const { signal } = one.stop
    try {
      const { allPausedUntil } = engine.view()
      const known = { now: engine.now(), settings: settings.engine(), pausedUntil: allPausedUntil }
      const pieces = await packed(snapshot(), clock, signal)
      for await (const portion of run({ ...question, ...known, pieces }, signal)) {
        const sent = portion as ForecastPortion
        if ('forecast' in sent) return sent
        one.progress = sent
      }
      throw new Error('the forecast ended before its result')
    } catch (error) {
      if (signal.aborted) throw new UserFacingError('refused', 'Canceled.')
      throw error
    } finally {
      if (running.get(work) === one) running.delete(work)
    }
  }

  return {
    async get({ midnights, fresh }) {
      // The window may ask before the first session runs.
      await supervisor.settled()
      const session = supervisor.running()
      const { profiles, incidents } = session.engine.view()
      const isLarge = profiles.length >= LARGE
      // Whatever else changes shows within the minutes that a forecast is kept.
      const of = JSON.stringify([midnights, profiles.length, isLarge ? [] : incidents.map(({ key }) => key)])
      const isFresh =
        made !== null && made.session === session && made.of === of && clock.monotonic() < made.until
      const isUnderWay = isFresh && made?.until === Number.POSITIVE_INFINITY
      if (made !== null && isFresh && (!fresh || isUnderWay)) return made.result
      const result = perform('forecast', session, { midnights, whatIf: null }).then(
        ({ forecast }) => forecast,
      )
      const one: Made = { until: Number.POSITIVE_INFINITY, of, session, result }
      const from = clock.monotonic()
      made = one
      result.then(
        () => {
          const now = clock.monotonic()
          one.until = now + Math.min(KEPT_MOST, Math.max(KEPT_LEAST, KEPT_OVER_TAKEN * (now - from)))
        },
        () => {
          if (made === one) made = null
        },
      )
      return result
    },
    async rehearse(question) {
      await supervisor.settled()
      const session = supervisor.running()
      const { rehearsal } = await perform('rehearsal', session, question)
      if (rehearsal === null) throw new Error('nothing was rehearsed')
      return rehearsal
    },
    progress: (work) => running.get(work)?.progress ?? null,
    cancel: (work) => running.get(work)?.stop.abort(),
  }
}

/** In between the process does other work. */
async function packed(
  snapshot: ReturnType<RenewalEngine['snapshot']>,
  clock: Pick<Clock, 'after'>,
  signal: AbortSignal,
): Promise<readonly Uint8Array[]> {
  const pieces: Uint8Array[] = []
  for (const piece of packFleet(snapshot)) {
    pieces.push(piece)
    await new Promise<void>((resolve) => {
      clock.after(0, resolve)
    })
    signal.throwIfAborted()
  }
  return pieces
}
