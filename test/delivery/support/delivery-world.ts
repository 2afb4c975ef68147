// A delivery queue over a clock that stands still, with profiles whose token a test changes and targets that end when it says.
import { createHash } from 'node:crypto'
import type { DeliverableToken, DeliveryHandler, Performed } from '#delivery/delivery-handler.ts'
import { createDeliveryKinds, type DeliveryKinds } from '#delivery/delivery-kinds.ts'
import { DeliveryQueue, type DeliveryQueueDependencies } from '#delivery/delivery-queue.ts'
import { createEnvFileWriter } from '#delivery/env-file/env-writer.ts'
import type { DeliveryRun, DeliveryState, DeliveryTarget } from '#engine/domain/delivery-model.ts'
import type { DeliveryKind, DeliverySpec } from '#engine/domain/delivery-spec.ts'
import { Secret } from '#engine/domain/secret.ts'
import { FakeClock, START, settle } from '../../engine/support/fake-clock.ts'

export interface Performance {
  readonly place: string
  readonly token: string
  readonly signal: AbortSignal
  end(performed: Performed): Promise<void>
}

export function aFile(id: string, profileId = 'p1'): DeliveryTarget {
  return {
    id,
    profileId,
    spec: {
      kind: 'env-file',
      path: `/${id}/.env`,
      accessTokenName: 'TOKEN',
      refreshTokenName: null,
      confirmed: [],
    },
    createdAt: START,
  }
}

export function aCommand(id: string, profileId = 'p1'): DeliveryTarget {
  const spec = { kind: 'hook', command: id, pass: 'stdin', timeLimit: 1000 } as const
  return { id, profileId, spec, createdAt: START }
}

export const allWell: Performed = { kind: 'delivered', ran: null }

export function fingerprintOf(token: string): string {
  return createHash('sha256').update(token).digest('hex').slice(0, 8)
}

export function deliverableToken(
  value: string,
  profileId = 'p1',
  expiresAt: number | null = null,
): DeliverableToken {
  return {
    profileId,
    profileName: profileId,
    orgId: 'org',
    accessToken: new Secret(value),
    fingerprint: fingerprintOf(value),
    refreshToken: null,
    refreshFingerprint: null,
    expiresAt,
  }
}

export class DeliveryWorld {
  readonly clock = new FakeClock()
  readonly tokens = new Map<string, { value: string; expiresAt: number | null }>()
  /** What the vault was told, the newest last. */
  readonly noted: [string, DeliveryState][] = []
  /** Specs that were noted with a state. */
  readonly specs: DeliverySpec[] = []
  readonly performances: Performance[] = []
  readonly runs: [string, DeliveryRun][] = []
  readonly errors: unknown[] = []
  /** Tokens that Webex answers with 401. */
  readonly rejected = new Set<string>()
  noteFails = false
  noteRunFails = false
  /** What is noted is stored once this has resolved. */
  stored: Promise<void> = Promise.resolve()
  /** Set: each delivery ends by itself, so. */
  always: ((spec: DeliverySpec, token: string) => Performed) | null = null
  tokensAsked = 0
  changed: () => void = () => {}

  deliveries(stored: DeliveryQueueDependencies['stored'] = []): DeliveryQueue {
    return new DeliveryQueue({
      clock: this.clock,
      now: () => this.clock.now(),
      stored,
      note: async (id, state, spec) => {
        await this.stored
        if (this.noteFails) throw new Error('the disk is full')
        this.noted.push([id, state])
        if (spec !== null) this.specs.push(spec)
      },
      noteRun: async (id, run) => {
        if (this.noteRunFails) throw new Error('the disk is full')
        this.runs.push([id, run])
      },
      tokenOf: ({ profileId }) => this.#tokenOf(profileId),
      isRejected: (token, since) => this.isRejected(token, since),
      kinds: this.#kinds(),
      changed: () => this.changed(),
      failed: (_event, error) => void this.errors.push(error),
    })
  }

  set(profileId: string, value: string, expiresAt: number | null = null): void {
    this.tokens.set(profileId, { value, expiresAt })
  }

  isRejected: DeliveryQueueDependencies['isRejected'] = ({ accessToken }) =>
    this.rejected.has(accessToken.reveal())

  /** The deliveries under way, as "place token". */
  get underWay(): readonly string[] {
    return this.performances.map(({ place, token }) => `${place} ${token}`)
  }

  /** Ends the oldest delivery under way. */
  async end(performed: Performed = allWell): Promise<void> {
    const [first] = this.performances
    if (first === undefined) throw new Error('nothing is under way')
    await first.end(performed)
  }

  /** Of every kind there is: what the test says comes of a delivery. */
  #kinds(): DeliveryKinds {
    const handler: Pick<DeliveryHandler<DeliveryKind>, 'atOnce' | 'perform'> = {
      atOnce: 4,
      perform: (spec, token, signal) => this.#perform(spec, token, signal),
    }
    const kinds = createDeliveryKinds({
      clock: this.clock,
      envFiles: createEnvFileWriter(),
      redact: (text) => text,
      log: () => {},
    })
    return Object.fromEntries(
      Object.entries(kinds).map(([kind, real]) => [kind, { ...real, ...handler }]),
    ) as unknown as DeliveryKinds
  }

  #tokenOf(profileId: string): DeliverableToken | null {
    this.tokensAsked += 1
    const token = this.tokens.get(profileId)
    return token === undefined ? null : deliverableToken(token.value, profileId, token.expiresAt)
  }

  #perform(spec: DeliverySpec, token: DeliverableToken, signal: AbortSignal): Promise<Performed> {
    const value = token.accessToken.reveal()
    if (this.always !== null) return Promise.resolve(this.always(spec, value))
    return new Promise((resolve) => {
      const performance: Performance = {
        place: 'path' in spec ? spec.path : spec.command,
        token: value,
        signal,
        end: async (performed) => {
          this.performances.splice(this.performances.indexOf(performance), 1)
          resolve(performed)
          await settle()
        },
      }
      signal.addEventListener('abort', () => void performance.end({ kind: 'broken-off', ran: null }))
      this.performances.push(performance)
    })
  }
}
