// The endpoint on a real port, over a fleet in memory whose renewals the test decides.
import { randomBytes } from 'node:crypto'
import { type Agent, type IncomingHttpHeaders, request } from 'node:http'
import { request as requestOverTls } from 'node:https'
import { Consumers } from '#delivery/endpoint/consumer-registry.ts'
import { digestOf, newConsumerSecret } from '#delivery/endpoint/consumer-secret.ts'
import { type Limits, type Listener, openListener } from '#delivery/endpoint/http-listener.ts'
import type { NetworkAddress } from '#delivery/endpoint/listen-address.ts'
import { type AnsweringDependencies, createAnswering } from '#delivery/endpoint/request-handler.ts'
import type { ShownProfile } from '#delivery/endpoint/responses.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import type { Attempt, Profile, TokenPair } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { makePair, makeProfile } from '../../../engine/support/world.ts'

export const NOW = Date.UTC(2026, 5, 1)
export const HOUR = 3_600_000

export interface Running {
  readonly port: number
  readonly consumers: Consumers
  readonly profiles: Map<string, Profile>
  /** IDs of those in the list whose stored record cannot be read. */
  readonly unreadable: Set<string>
  /** Ids of the consumers that were given a token, in order. */
  readonly used: string[]
  /** Profiles a renewal was asked for, in order. */
  readonly refreshed: string[]
  readonly failed: unknown[]
  /** What a renewal does; null: nothing ever answers. */
  renewal: ((profileId: string) => Partial<Attempt> | Promise<Partial<Attempt>>) | null
  paused: boolean
  isOpen: boolean
  /** null: Webex does not say. */
  refusedByWebex: boolean | null
  add(profile: Partial<Profile> & { readonly id: string }): void
  /** Returns its secret. */
  consumer(id: string, profileIds?: readonly string[] | null): string
  close(): Promise<void>
  readonly listener: Listener
}

/** Profiles `one` and `two`, each with 10 hours left. */
export async function running(
  options: {
    readonly limits?: Limits
    readonly clock?: AnsweringDependencies['clock']
    /** As a server for other machines. */
    readonly network?: NetworkAddress
  } = {},
): Promise<Running> {
  const clock = options.clock ?? systemClock()
  const profiles = new Map<string, Profile>()
  const consumers = new Consumers([])
  const state: Omit<Running, 'port' | 'close' | 'listener'> = {
    consumers,
    profiles,
    unreadable: new Set(),
    used: [],
    refreshed: [],
    failed: [],
    renewal: null,
    paused: false,
    isOpen: true,
    refusedByWebex: false,
    add: (profile) =>
      void profiles.set(profile.id, makeProfile({ pair: pairOf(`token-of-${profile.id}`), ...profile })),
    consumer(id, profileIds = null) {
      const secret = newConsumerSecret(randomBytes).reveal()
      consumers.add({
        id,
        name: id,
        secretHash: digestOf(secret),
        profileIds,
        createdAt: NOW,
        lastUsedAt: null,
        held: false,
      })
      return secret
    },
  }
  state.add({ id: 'one', name: 'Profile one' })
  state.add({ id: 'two', name: 'Profile two' })
  const answering = createAnswering({
    clock,
    open: () =>
      state.isOpen
        ? {
            consumers,
            fleet: {
              now: () => NOW,
              profiles: () => profiles,
              shown: () => [...profiles.values()].map(shownOf),
              profile: (id) => (state.unreadable.has(id) ? undefined : profiles.get(id)),
              isPaused: () => state.paused,
              isRefused: async () => state.refusedByWebex ?? new Promise<boolean>(() => {}),
              async refresh(id) {
                state.refreshed.push(id)
                if (state.renewal === null) return new Promise<Attempt>(() => {})
                return { ...ATTEMPT, ...(await state.renewal(id)) }
              },
            },
          }
        : null,
    used: (id) => void state.used.push(id),
    isServer: options.network !== undefined,
  })
  const opening = await openListener(0, {
    answering,
    clock,
    failed: (error) => state.failed.push(error),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
    ...(options.network === undefined ? {} : { network: options.network }),
  })
  if (opening.kind !== 'listening') throw new Error(`not listening: ${opening.why}`)
  const { listener } = opening
  return Object.assign(state, { listener, port: listener.port, close: listener.close })
}

function shownOf({ pair, ...profile }: Profile): ShownProfile {
  const accessToken = { fingerprint: pair?.fingerprint ?? null, expiresAt: pair?.expiresAt ?? null }
  return { ...profile, appId: 'app', state: 'healthy', accessToken: accessToken as never, nextRefresh: null }
}

export function pairOf(token: string, changed: Partial<TokenPair> = {}): TokenPair {
  return makePair({
    accessToken: new Secret(token),
    issuedAt: NOW - 2 * HOUR,
    expiresAt: NOW + 10 * HOUR,
    ...changed,
  })
}

const ATTEMPT: Attempt = {
  id: 'attempt',
  subject: { kind: 'profile', profileId: 'one' },
  name: 'one',
  orgId: null,
  trigger: 'manual',
  reason: { code: 'requested', by: 'program' },
  startedAt: NOW,
  endedAt: NOW,
  calls: [],
  outcome: 'renewed',
  tier: 1,
  before: null,
  after: null,
  sentence: null,
  trackingId: null,
}

export interface Heard {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
  json(): Record<string, unknown>
}

export interface Asked {
  readonly path?: string
  readonly method?: string
  readonly secret?: string | null
  readonly headers?: Readonly<Record<string, string>>
  readonly address?: string
  readonly agent?: Agent
  /** The address it is sent from. */
  readonly from?: string
  /** Over TLS, checked by this authority: the server is `localhost`. */
  readonly ca?: string
}

/** What a program sends; nothing is normalised. */
export function ask(port: number, asked: Asked): Promise<Heard> {
  const { secret = null } = asked
  const overTls = asked.ca !== undefined
  return new Promise((resolve, reject) => {
    const outgoing = (overTls ? requestOverTls : request)(
      {
        host: asked.address ?? '127.0.0.1',
        port,
        method: asked.method ?? 'GET',
        path: asked.path ?? '/v1/token/one',
        agent: asked.agent ?? false,
        localAddress: asked.from,
        ...(overTls ? { ca: asked.ca, servername: 'localhost' } : {}),
        headers: {
          host: `${overTls ? 'localhost' : '127.0.0.1'}:${port}`,
          ...(secret === null ? {} : { authorization: `Bearer ${secret}` }),
          ...asked.headers,
        },
      },
      async (response) => {
        const chunks: Buffer[] = []
        for await (const chunk of response) chunks.push(chunk)
        const text = Buffer.concat(chunks).toString('utf8')
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          json: () => JSON.parse(text),
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end()
  })
}
