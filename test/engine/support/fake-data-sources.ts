// Data sources of a model of Webex behind the engine's port: it keeps its own books of when each token ends.
import type {
  DataSourceCalls,
  DataSourcePage,
  DataSourceRenewal,
  RemoteDataSource,
} from '#engine/domain/data-source.ts'
import type { KeptDataSource } from '#engine/domain/model.ts'
import type { Answer } from '#engine/domain/ports.ts'
import type { Secret } from '#engine/domain/secret.ts'
import { good, refused } from './answers.ts'
import { type FakeClock, START } from './fake-clock.ts'

const MINUTE = 60_000

export type DataSourceCall = 'list' | 'read' | 'renew'

export interface SeenCall {
  readonly call: DataSourceCall
  readonly id: string
  readonly at: number
  readonly renewal: DataSourceRenewal | null
}

export class FakeDataSources implements DataSourceCalls {
  readonly sources = new Map<string, RemoteDataSource>()
  readonly seen: SeenCall[] = []
  keepsLedger = true
  /** Asked before each call: a fault instead of the true answer. */
  fault: (
    call: DataSourceCall,
    id: string,
  ) => { readonly answer: Answer<never>; readonly effect?: boolean } | null = () => null
  accepts: (token: string) => boolean
  /** Renewals of one whose token had ended. */
  lapses: { readonly id: string; readonly from: number; readonly until: number }[] = []
  readonly #clock: FakeClock

  constructor(clock: FakeClock, accepts: (token: string) => boolean) {
    this.#clock = clock
    this.accepts = accepts
  }

  /** Registered `age` ms ago. */
  add(
    id: string,
    { age = 0, lifetime = 1440 * MINUTE, ...change }: Partial<RemoteDataSource> & { age?: number } = {},
  ) {
    const issuedAt = this.#clock.now() - age
    const source: RemoteDataSource = {
      id,
      url: `https://data.example/${id}`,
      schemaId: 'schema',
      audience: 'audience',
      subject: 'subject',
      lifetime,
      status: 'active',
      issuedAt,
      expiresAt: issuedAt + (lifetime ?? 1440 * MINUTE),
      ...change,
    }
    this.sources.set(id, source)
    return source
  }

  calls(call: DataSourceCall, id?: string): readonly SeenCall[] {
    return this.seen.filter((one) => one.call === call && (id === undefined || one.id === id))
  }

  list = (token: Secret, next: string | null): Promise<Answer<DataSourcePage>> =>
    this.#call('list', next ?? '', token, null, () => good({ items: [...this.sources.values()], next: null }))

  read = (token: Secret, id: string): Promise<Answer<RemoteDataSource>> =>
    this.#call('read', id, token, null, () => this.#found(id))

  renew = (token: Secret, id: string, renewal: DataSourceRenewal): Promise<Answer<RemoteDataSource>> =>
    this.#call('renew', id, token, renewal, () => {
      const before = this.sources.get(id)
      const now = this.#clock.now()
      if (before === undefined) return refused(404, { message: 'Not found' })
      if (before.expiresAt !== null && before.expiresAt < now)
        this.lapses.push({ id, from: before.expiresAt, until: now })
      this.add(id, { ...before, lifetime: renewal.tokenLifetimeMinutes * MINUTE, issuedAt: now })
      this.sources.set(id, {
        ...before,
        issuedAt: now,
        expiresAt: now + renewal.tokenLifetimeMinutes * MINUTE,
      })
      return this.#found(id)
    })

  #found(id: string): Answer<RemoteDataSource> {
    const source = this.sources.get(id)
    return source === undefined ? refused(404, { message: 'Not found' }) : good(source)
  }

  async #call<T>(
    call: DataSourceCall,
    id: string,
    token: Secret,
    renewal: DataSourceRenewal | null,
    answer: () => Answer<T>,
  ): Promise<Answer<T>> {
    if (this.keepsLedger) this.seen.push({ call, id, at: this.#clock.now(), renewal })
    const fault = this.fault(call, id)
    if (fault?.effect === true) answer()
    if (fault !== null) return fault.answer
    return this.accepts(token.reveal()) ? answer() : refused(401, { message: 'Not a valid token' })
  }
}

export function aKept(id: string, change: Partial<KeptDataSource> = {}): KeptDataSource {
  return {
    id,
    profileId: 'one',
    url: null,
    keptSince: START,
    issuedAt: null,
    expiresAt: null,
    lapse: null,
    ...change,
  }
}
