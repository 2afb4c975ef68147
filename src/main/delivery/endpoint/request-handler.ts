// Request handler: admits, authenticates, parses, authorises and answers a request, in this order, so that nothing is
// revealed before a valid secret was presented.
import type { Duration, Instant, ProfileId } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { Refused, Supplied, TokenSource } from '#engine/domain/token-supply.ts'
import { type Asking, admit, createGuessLimiter } from './admission.ts'
import { type Asker, type Consumers, findProfile, type NamedProfile } from './consumer-registry.ts'
import { presentedSecret } from './consumer-secret.ts'
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
  /** A token was handed out. */
  readonly used: (consumerId: string, at: Instant) => void
}

export interface AskedOver {
  /** The port that was asked. */
  readonly port: number
  /** Notes whose connection it is; false: this consumer has too many. */
  claim(consumerId: string): boolean
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
const MOST_CANDIDATES = 50
/** ms. HTTP clients give up after 10 to 30 s; who asks again gets what the renewal has brought meanwhile. */
export const LONGEST_ANSWER: Duration = 10_000

export function createAnswering({ clock, open, used }: AnsweringDependencies): Answering {
  const slowing = createGuessLimiter(clock)
  const supply = createTokenSupply(clock, LONGEST_ANSWER)

  return async (asking, authorization, connection) => {
    const admission = admit(asking, connection.port)
    if (admission.kind === 'turned-away') {
      const headers = admission.status === 405 ? { allow: 'GET, HEAD' } : {}
      return strangerAnswer({ ...admission, headers })
    }
    const opened = open()
    if (opened === null) return closed()
    const secret = presentedSecret(authorization)
    const asker = secret === null ? null : opened.consumers.authenticate(secret)
    if (asker === null) {
      return (await slowing.turn()) ? unauthorized(authorization !== undefined) : tooManyFailures()
    }
    if (!connection.claim(asker.id)) return tooManyConnections()
    const question = readQuestion(asking.target)
    if (question.kind === 'profiles') {
      const shown = opened.fleet.shown().filter(({ id }) => asker.mayRead(id))
      return profilesAnswer(shown, opened.fleet.now())
    }
    if (question.kind !== 'token') return notUnderstood(question)
    const found = findProfile(opened.fleet.profiles(), asker, question.profile)
    if (found.kind === 'none') return unknownProfile()
    if (found.kind === 'several') return severalOfThatName(found.profiles)
    if (opened.fleet.profile(found.profile.id) === undefined) return unreadableProfile()
    const { minTtl, refused } = question.wish
    const isRefused = refused ? opened.fleet.isRefused : null
    const supplied = await supply.supply(opened.fleet, found.profile.id, minTtl, isRefused)
    // The supply may have waited for Webex: the consumer may be revoked by now.
    if (!opened.consumers.has(asker.id)) return unauthorized(true)
    return answerFor(opened.fleet, asker, found.profile.id, supplied)
  }

  function answerFor(fleet: Fleet, asker: Asker, profileId: ProfileId, supplied: Supplied): Answer {
    const profile = fleet.profile(profileId)
    if (profile === undefined) return unknownProfile()
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

function closed(): Answer {
  return strangerAnswer({
    status: 503,
    code: 'app-is-closed',
    detail: 'The app cannot read its data yet. Open its window: it says what is missing.',
    headers: { 'retry-after': String(CLOSED_RETRY) },
  })
}

function unauthorized(presented: boolean): Answer {
  return strangerAnswer({
    status: 401,
    code: 'unauthorized',
    detail: presented
      ? 'This secret is not known here, or was revoked. Make a new consumer in the app.'
      : 'Send the secret of a consumer: Authorization: Bearer <secret>.',
    // RFC 6750 section 3: no error code when nothing was presented.
    headers: {
      'www-authenticate': `Bearer realm="service-app-token-manager"${presented ? ', error="invalid_token"' : ''}`,
    },
  })
}

function tooManyFailures(): Answer {
  return strangerAnswer({
    status: 429,
    code: 'too-many-failures',
    detail: 'Too many requests came with a wrong secret. Good ones are still answered.',
    headers: { 'retry-after': '5' },
  })
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

function unknownProfile(): Answer {
  return problemAnswer({
    status: 404,
    code: 'unknown-profile',
    detail: 'There is no such profile, or this consumer may not read it. The app lists what it may.',
  })
}

function unreadableProfile(): Answer {
  const sentence = 'What is stored of this profile cannot be read. Open the app, which says how to repair it.'
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
  retryAfter,
}: Omit<Extract<Supplied, { kind: 'not-now' }>, 'kind'>): Answer {
  return problemAnswer({
    status: 503,
    code: 'no-token-now',
    detail: sentence,
    headers: { 'retry-after': String(Math.ceil(retryAfter / 1000)) },
    ...(trackingId === null ? {} : { more: { tracking_id: trackingId } }),
  })
}
