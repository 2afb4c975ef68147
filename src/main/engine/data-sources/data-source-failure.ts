// Data source failures: what an answer about a data source means, what a person reads, and who can fix it.
import { isolated } from '#base/common/display-text.ts'
import type { Instant, Profile } from '../domain/model.ts'
import type { Answer } from '../domain/ports.ts'
import type { Owner } from '../domain/view-model.ts'

export type DataSourceFailureKind =
  | 'no-token'
  | 'token-refused'
  | 'not-permitted'
  | 'removed'
  | 'rejected'
  | 'incomplete'
  | 'conflict'
  | 'throttled'
  | 'server'
  | 'unreachable'
  | 'held'

export interface DataSourceFailure {
  readonly kind: DataSourceFailureKind
  /** The answer's own words, or what kept the request back. */
  readonly detail: string | null
  readonly trackingId: string | null
  readonly at: Instant
}

interface Entry {
  /** Webex said no, or a person has to do something: trying again changes nothing. */
  readonly isRefusal: boolean
  readonly sentence: (
    failure: DataSourceFailure,
    about: { readonly name: string; readonly org: string },
  ) => string
  readonly owner: Owner
}

const quoted = ({ detail }: DataSourceFailure) => (detail === null ? '' : ` (“${detail}”)`)

/** Both belong together: a renewal reads what it sends. */
export const SCOPES = 'spark-admin:datasource_read and spark-admin:datasource_write'

const catalogue: { readonly [K in DataSourceFailureKind]: Entry } = {
  'no-token': {
    isRefusal: false,
    sentence: (_, { name }) =>
      `“${name}” has no valid access token, which a renewal needs. It is renewed as soon as there is one.`,
    owner: 'nobody-or-you',
  },
  'token-refused': {
    isRefusal: false,
    sentence: (_, { name }) =>
      `Webex rejected the access token of “${name}”. A new one is requested, then the data source is renewed.`,
    owner: 'nobody-or-you',
  },
  'not-permitted': {
    isRefusal: true,
    sentence: (failure, { name, org }) =>
      `Webex does not let “${name}” renew data sources${quoted(failure)}. The service app needs the scopes ${SCOPES}: its owner adds them in the developer portal, then a full admin of ${org} authorizes the app again in Control Hub.`,
    owner: 'app-owner',
  },
  removed: {
    isRefusal: true,
    sentence: () =>
      'Webex does not know this data source any more. If it was removed on purpose, stop keeping it alive.',
    owner: 'you',
  },
  rejected: {
    isRefusal: true,
    sentence: (failure) =>
      `Webex rejected the renewal${quoted(failure)}. Check the data source's schema, URL and domains in the developer portal.`,
    owner: 'app-owner',
  },
  incomplete: {
    isRefusal: true,
    sentence: (failure) =>
      `Webex's answer lacks what a renewal has to send${quoted(failure)}. Update the data source once with its registration tool.`,
    owner: 'app-owner',
  },
  conflict: {
    isRefusal: false,
    sentence: () => 'Someone else changed the data source at the same time. Retrying automatically.',
    owner: 'nobody-or-you',
  },
  throttled: {
    isRefusal: false,
    sentence: () => 'Webex is rate-limiting requests. Retrying automatically.',
    owner: 'nobody',
  },
  server: {
    isRefusal: false,
    sentence: (failure) => `Webex is having problems${quoted(failure)}. Retrying automatically.`,
    owner: 'nobody-or-cisco',
  },
  unreachable: {
    isRefusal: false,
    sentence: () => 'Webex cannot be reached: check the network of this computer. Retrying automatically.',
    owner: 'nobody-or-network',
  },
  held: {
    isRefusal: false,
    sentence: ({ detail }) => detail ?? 'Nothing can be sent to Webex at the moment. Retrying automatically.',
    owner: 'nobody-or-network',
  },
}

export function isRefusal({ kind }: DataSourceFailure): boolean {
  return catalogue[kind].isRefusal
}

export function ownerOf({ kind }: DataSourceFailure): Owner {
  return catalogue[kind].owner
}

/** What the whole fleet meets, and no data source is to blame for. */
export function isOutage({ kind }: DataSourceFailure): boolean {
  return kind === 'unreachable' || kind === 'server'
}

export function sentenceOf(failure: DataSourceFailure, { name, orgName }: Profile): string {
  const org = orgName === null ? 'that org' : isolated(orgName)
  return catalogue[failure.kind].sentence(failure, { name: isolated(name), org })
}

/** `answer`: what came back; an `ok` one did not have what it should. */
export function failureIn<T>(answer: Answer<T>, at: Instant): DataSourceFailure {
  const { trackingId } = answer
  switch (answer.kind) {
    case 'ok':
      return { kind: 'incomplete', detail: null, trackingId, at }
    case 'unreachable':
      return { kind: 'unreachable', detail: null, trackingId, at }
    case 'anomalous':
      return { kind: 'held', detail: NOT_WEBEX, trackingId, at }
    case 'refused': {
      const kind = kindOf(answer.status)
      return { kind, detail: kind === 'server' ? `status ${answer.status}` : answer.message, trackingId, at }
    }
  }
}

const NOT_WEBEX =
  'A proxy or sign-in page is answering instead of Webex. Sign in to the network, or check the proxy.'

function kindOf(status: number): DataSourceFailureKind {
  switch (status) {
    case 401:
      return 'token-refused'
    case 403:
      return 'not-permitted'
    case 404:
    case 410:
      return 'removed'
    case 407:
    case 511:
      return 'held'
    case 409:
    case 412:
    case 428:
      return 'conflict'
    case 423:
    case 429:
      return 'throttled'
    default:
      return status >= 500 || status === 408 || status === 425 ? 'server' : 'rejected'
  }
}
