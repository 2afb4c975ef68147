// Data source calls: what is sent to Webex about data sources, under the rate limit and the circuit breaker of the renewals.
import { clientLimit } from '../attempts/tier-step.ts'
import type { DataSourcePage, RemoteDataSource } from '../domain/data-source.ts'
import {
  type Call,
  type Duration,
  type Instant,
  type Profile,
  type ProfileId,
  usableToken,
} from '../domain/model.ts'
import { MINUTE } from '../domain/policy.ts'
import type { Answer } from '../domain/ports.ts'
import type { Secret } from '../domain/secret.ts'
import { blockerSentence } from '../runtime/blocker.ts'
import { type EngineContext, profileKey } from '../runtime/engine-context.ts'
import { performCall } from '../runtime/guarded-call.ts'
import { type DataSourceFailure, failureIn } from './data-source-failure.ts'

/** Pages of a list; more than a service app has data sources. */
const MOST_PAGES = 50

/** In the rate limiter: a person waits. */
export const FIRST = Number.NEGATIVE_INFINITY

export interface Asked<T> {
  readonly value: T | null
  readonly failure: DataSourceFailure | null
}

export class DataSourceCalls {
  readonly #context: EngineContext

  constructor(context: EngineContext) {
    this.#context = context
  }

  get api() {
    const calls = this.#context.parts.dataSources?.calls
    if (calls === undefined) throw new Error('this engine knows no data sources')
    return calls
  }

  /** When something that could not be sent is tried again: at once where Webex said when, else after a minute. */
  opensIn(profile: Profile): Duration {
    return this.#context.rateLimiter.opensIn(this.#limitOf(profile)) || MINUTE
  }

  /** All pages of the list. */
  async listAll(profile: Profile): Promise<Asked<readonly RemoteDataSource[]>> {
    const sources: RemoteDataSource[] = []
    let next: string | null = null
    for (let page = 0; page < MOST_PAGES; page += 1) {
      const asked: string | null = next
      const { value, failure }: Asked<DataSourcePage | null> = await this.send(profile, FIRST, (token) =>
        this.api.list(token, asked),
      )
      if (value == null) return { value: null, failure }
      sources.push(...value.items)
      next = value.next
      if (next === null) break
    }
    return { value: sources, failure: null }
  }

  /** One call with the profile's own access token. `made` gets it, if it was sent. */
  async send<T>(
    profile: Profile,
    order: number,
    send: (token: Secret) => Promise<Answer<T>>,
    made: Call[] = [],
  ): Promise<Asked<T>> {
    const { callGuards, fleetState } = this.#context
    const current = fleetState.profiles.get(profile.id)
    const token = usableToken(current?.pair, this.#now())
    const fail = (failure: Omit<DataSourceFailure, 'at'>) => ({
      value: null,
      failure: { ...failure, at: this.#now() },
    })
    if (token === null) return fail({ kind: 'no-token', detail: null, trackingId: null })
    let answer: Answer<T> | null = null
    const sent = await performCall<T>(callGuards, {
      context: { tier: 2 },
      caller: null,
      limits: [this.#limitOf(profile)],
      order,
      pair: current?.pair ?? null,
      provesStore: 'never',
      perform: async () => {
        answer = await send(token)
        return answer
      },
    })
    if (sent.call !== null) made.push(sent.call)
    if (sent.kind === 'ok') {
      this.#noteAccepted(profile.id, current?.pair?.fingerprint ?? null)
      return { value: sent.value, failure: null }
    }
    const said = answer as Answer<T> | null
    if (said !== null) return { value: null, failure: failureIn(said, this.#now()) }
    const kind = sent.failure.kind === 'throttled' ? 'throttled' : 'held'
    return fail({ kind, detail: blockerSentence(sent.failure), trackingId: null })
  }

  /** A test may have proved that Webex rejects this token: it does no more. */
  #noteAccepted(id: ProfileId, fingerprint: string | null): void {
    const { fleetState, changed } = this.#context
    const { lastTest } = fleetState.subjectState(id)
    if (lastTest?.result !== 'invalid' || lastTest.fingerprint !== fingerprint) return
    fleetState.setSubjectState(id, { lastTest: { at: this.#now(), result: 'valid', fingerprint } })
    changed(profileKey(id))
  }

  #limitOf({ id, serviceAppId }: Profile): string {
    const app = this.#context.fleetState.serviceApps.get(serviceAppId)
    return app === undefined ? profileKey(id) : clientLimit(app.clientId)
  }

  #now(): Instant {
    return this.#context.serverClock.now()
  }
}
