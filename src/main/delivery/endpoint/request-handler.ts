// Request handler: admits, authenticates, parses, authorises and answers a request, in this order, so that nothing is
// revealed before a valid secret was presented.
import type { Duration, Instant, ProfileId } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { Refused, Supplied, TokenSource } from '#engine/domain/token-supply.ts'
import { type Asking, admit, createGuessLimiter } from './admission.ts'
import { type Asker, type Consumers, findProfile, type NamedProfile } from './consumer-registry.ts'
import { presentedSecret } from './consumer-secret.ts'
import type { ServerCertificate } from './listen-address.ts'
import { createFailureLimit, createRequestLimit } from './rate-limits.ts'
import {
  type Answer,
  problemAnswer,
  profilesAnswer,
  type ShownProfile,
  strangerAnswer,
  tokenAnswer,
} from './responses.ts'
import { type Question, readQuestion } from './token-request.ts'
import { createTokenSupply } from './token-supply.ts'

/** The engine while it runs. */
export interface Fleet extends TokenSource {
  /** All that are in the list: what cannot be read has no `profile`. */
  profiles(): ReadonlyMap<ProfileId, NamedProfile>
  /** The same as they are shown. */
  shown(): readonly ShownProfile[]
  readonly isRefused: Refused
}

export interface AnsweringDependencies {
  readonly clock: Clock
  /** null while the app cannot read its data. */
  readonly open: () => { readonly consumers: Consumers; readonly fleet: Fleet } | null
  /** What strangers may know of the reason; null: nothing more. */
  readonly whyClosed?: () => string | null
  /** A token was handed out. */
  readonly used: (consumerId: string, at: Instant) => void
  /** There is no window. Missing: there is one. */
  readonly isServer?: boolean
}

export interface AskedOver {
  /** The port that was asked. */
  readonly port: number
  /** Notes whose connection it is; false: this consumer has too many. */
  claim(consumerId: string): boolean
  /** Missing: on loopback. `peer`: see `peerOf`. */
  readonly network?: { readonly certificate: Pick<ServerCertificate, 'isNamed'>; readonly peer: string }
}

export type Answering = (
  asking: Asking,
  authorization: string | undefined,
  connection: AskedOver,
) => Promise<Answer>

/** Seconds; a person has to unlock something first. */
const CLOSED_RETRY = 30
/** ms; a person has to repair something first. */
const REPAIR_RETRY = 60_000
/** ms; by then those that wait have been answered. */
const FAILURE_RETRY = 5_000
const MOST_CANDIDATES = 50
/** ms. HTTP clients give up after 10 to 30 s; who asks again gets what the renewal has brought meanwhile. */
export const LONGEST_ANSWER: Duration = 10_000

/** What helps, where it differs. */
const REMEDIES = {
  app: {
    closed: 'The app cannot read its data yet. Open its window: it says what is missing.',
    unknownSecret: 'Make a new consumer in the app.',
    unknownProfile: 'The app lists what it may.',
    unreadable: 'Open the app, which says how to repair it.',
  },
  server: {
    closed: 'The server cannot read its data yet. Its log says what is missing.',
    unknownSecret: 'Make a new consumer on the server: satm consumers add.',
    unknownProfile: 'On the server, satm consumers list shows what it may.',
    unreadable: 'On the server, satm doctor says how to repair it.',
  },
} as const
type Remedies = (typeof REMEDIES)[keyof typeof REMEDIES]

export function createAnswering({
  clock,
  open,
  whyClosed = () => null,
  used,
  isServer,
}: AnsweringDependencies): Answering {
  const remedies = REMEDIES[isServer === true ? 'server' : 'app']
  const slowing = createGuessLimiter(clock)
  const failures = createFailureLimit(clock)
  const requests = createRequestLimit(clock)
  const supply = createTokenSupply(clock, LONGEST_ANSWER)

  return async (asking, authorization, connection) => {
    const { network } = connection
    const admission = admit(asking, network?.certificate.isNamed ?? connection.port)
    if (admission.kind === 'turned-away') {
      const headers = admission.status === 405 ? { allow: 'GET, HEAD' } : {}
      return strangerAnswer({ ...admission, headers })
    }
    const opened = open()
    if (opened === null) return closed(whyClosed() ?? remedies.closed)
    const secret = presentedSecret(authorization)
    const asker = secret === null ? null : opened.consumers.authenticate(secret)
    if (asker === null) {
      const wait = network === undefined ? await slowedDown() : failures.take(network.peer)
      return wait === 0 ? unauthorized(remedies, authorization !== undefined) : tooManyFailures(wait)
    }
    const early = network === undefined ? 0 : requests.take(asker.id)
    if (early > 0) return tooManyRequests(early)
    if (!connection.claim(asker.id)) return tooManyConnections()
    const question = readQuestion(asking.target)
    if (question.kind === 'profiles') {
      const shown = opened.fleet.shown().filter(({ id }) => asker.mayRead(id))
      return profilesAnswer(shown, opened.fleet.now())
    }
    if (question.kind !== 'token') return notUnderstood(question)
    const found = findProfile(opened.fleet.profiles(), asker, question.profile)
    if (found.kind === 'none') return unknownProfile(remedies)
    if (found.kind === 'several') return severalOfThatName(found.profiles)
    if (opened.fleet.profile(found.profile.id) === undefined) return unreadableProfile(remedies)
    const { minTtl, refused } = question.wish
    const isRefused = refused ? opened.fleet.isRefused : null
    const supplied = await supply.supply(opened.fleet, found.profile.id, minTtl, isRefused)
    // The supply may have waited for Webex: the consumer may be revoked by now.
    if (!opened.consumers.has(asker.id)) return unauthorized(remedies, true)
    return answerFor(opened.fleet, asker, found.profile.id, supplied)
  }

  /** Where everybody has the same address: wrong secrets wait for their turn. */
  async function slowedDown(): Promise<Duration> {
    return (await slowing.turn()) ? 0 : FAILURE_RETRY
  }

  function answerFor(fleet: Fleet, asker: Asker, profileId: ProfileId, supplied: Supplied): Answer {
    const profile = fleet.profile(profileId)
    if (profile === undefined) return unknownProfile(remedies)
    switch (supplied.kind) {
      case 'token':
        used(asker.id, clock.now())
        return tokenAnswer(profile, supplied.token, supplied.expiresAt, fleet.now())
      case 'too-long':
        return tooLong(supplied.longest)
      case 'not-now':
        return notNow(supplied)
    }
  }
}

function closed(detail: string): Answer {
  return strangerAnswer({
    status: 503,
    code: 'app-is-closed',
    detail,
    headers: { 'retry-after': String(CLOSED_RETRY) },
  })
}

function unauthorized(remedies: Remedies, presented: boolean): Answer {
  return strangerAnswer({
    status: 401,
    code: 'unauthorized',
    detail: presented
      ? `This secret is not known here, or was revoked. ${remedies.unknownSecret}`
      : 'Send the secret of a consumer: Authorization: Bearer <secret>.',
    // RFC 6750 section 3: no error code when nothing was presented.
    headers: {
      'www-authenticate': `Bearer realm="service-app-token-manager"${presented ? ', error="invalid_token"' : ''}`,
    },
  })
}

function tooManyFailures(wait: Duration): Answer {
  return strangerAnswer({
    status: 429,
    code: 'too-many-failures',
    detail: 'Too many requests came with a wrong secret. Good ones are still answered.',
    headers: retryAfter(wait),
  })
}

function tooManyRequests(wait: Duration): Answer {
  return problemAnswer({
    status: 429,
    code: 'too-many-requests',
    detail: 'This consumer asks too often. A token can be used until it expires; ask again shortly before.',
    headers: retryAfter(wait),
  })
}

function retryAfter(wait: Duration): Record<string, string> {
  return { 'retry-after': String(Math.ceil(wait / 1000)) }
}

function tooManyConnections(): Answer {
  return strangerAnswer({
    status: 429,
    code: 'too-many-connections',
    detail: 'This consumer has too many requests waiting on connections of their own. Reuse connections.',
    headers: { 'retry-after': '1' },
  })
}

function notUnderstood(question: Exclude<Question, { kind: 'token' | 'profiles' }>): Answer {
  if (question.kind === 'unreadable') {
    return problemAnswer({ status: 400, code: 'bad-request', detail: question.detail })
  }
  return problemAnswer({
    status: 404,
    code: 'no-such-address',
    detail:
      'There are only /v1/profiles and /v1/token/<profile>, with the id, the percent-encoded name or name@org of a profile.',
  })
}

function unknownProfile(remedies: Remedies): Answer {
  return problemAnswer({
    status: 404,
    code: 'unknown-profile',
    detail: `There is no such profile, or this consumer may not read it. ${remedies.unknownProfile}`,
  })
}

function unreadableProfile({ unreadable }: Remedies): Answer {
  const sentence = `What is stored of this profile cannot be read. ${unreadable}`
  return notNow({ sentence, trackingId: null, retryAfter: REPAIR_RETRY })
}

function severalOfThatName(profiles: readonly NamedProfile[]): Answer {
  return problemAnswer({
    status: 409,
    code: 'ambiguous-name',
    detail: 'Several profiles are called so. Ask for one by its id, or by name@org.',
    more: {
      candidates: profiles.slice(0, MOST_CANDIDATES).map(({ id, name, targetOrgId, orgName }) => ({
        id,
        name,
        org: orgName,
        target_org_id: targetOrgId,
      })),
    },
  })
}

function tooLong(longest: number): Answer {
  return problemAnswer({
    status: 400,
    code: 'min-ttl-too-long',
    detail: `min-ttl can be at most half of the token's lifetime, which is ${Math.floor(longest / 1000)}s.`,
  })
}

function notNow({
  sentence,
  trackingId,
  retryAfter: wait,
}: Omit<Extract<Supplied, { kind: 'not-now' }>, 'kind'>): Answer {
  return problemAnswer({
    status: 503,
    code: 'no-token-now',
    detail: sentence,
    headers: retryAfter(wait),
    ...(trackingId === null ? {} : { more: { tracking_id: trackingId } }),
  })
}
