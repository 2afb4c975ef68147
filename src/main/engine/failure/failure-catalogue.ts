// Failure catalogue: for each kind of failure what follows, what a person reads, who can fix it and how, and the incident
// it is counted as.
import { isolated } from '#base/common/display-text.ts'
import { inOneUnit } from '#base/common/duration.ts'
import type { FallbackUse } from '../domain/renewal-reason.ts'
import { type FixAction, OWNER_WORDS, type Owner } from '../domain/view-model.ts'
import {
  type CatalogueEntry,
  edit,
  NEEDS_YOU,
  needsYou,
  PASSING,
  passing,
  REFUSED,
  refresh,
  replaceSecret,
  STOPS_TIER_2,
  type Title,
} from './catalogue-entry.ts'
import { fieldOf } from './classifier.ts'
import type {
  Consequence,
  Failure,
  FailureKind,
  FailureSubject,
  IncidentKind,
  Observed,
  ProxyRefusal,
} from './failure.ts'
import {
  interferenceSentence,
  isProxyRefusal,
  lostAnswerSentence,
  notAuthorizedSentence,
  orgOf,
  quoted,
  storeSentence,
  unreachableSentence,
  wrongFieldSentence,
} from './failure-sentences.ts'
import { managerFailures } from './manager-failures.ts'

const UNREACHABLE = passing('network-down', 'fleet', () => 'Webex cannot be reached')
const INTERFERENCE = passing(
  'interference',
  'fleet',
  () => 'A proxy or sign-in page is answering instead of Webex',
)

const REJECTED = {
  appId: ({ name }) => `App ID of “${name}” not found`,
  clientSecret: ({ name }) => `Client secret of “${name}” is missing`,
  details: ({ name }) => `Details of “${name}” rejected`,
} as const satisfies Record<string, Title>

const PROXY_REFUSED: { readonly [R in ProxyRefusal]: IncidentKind } = {
  proxy: { ...passing('interference', 'fleet', () => 'The proxy requires a sign-in'), code: 'proxy' },
  'proxy-rejected': {
    ...passing('interference', 'fleet', () => 'The proxy rejected the sign-in'),
    code: 'proxy-rejected',
  },
}

const catalogue: { readonly [K in FailureKind]: CatalogueEntry<K> } = {
  transient: {
    consequence: PASSING,
    sentence: (failure) => `${unreachableSentence(failure)} Retrying automatically.`,
    shortName: 'no answer',
    owner: 'nobody-or-network',
    fix: ({ reason }, about) => (reason === 'server' ? refresh(about) : { kind: 'check-network' }),
    incident: ({ reason }) =>
      reason === 'server' ? passing('webex-failing', 'fleet', () => 'Webex is having problems') : UNREACHABLE,
  },
  throttled: {
    consequence: { ...PASSING, again: 'retry-after' },
    sentence: ({ retryAfter }) =>
      retryAfter === null
        ? 'Webex is rate-limiting requests. Retrying automatically after a pause.'
        : `Webex is rate-limiting requests. Retrying automatically in about ${inOneUnit(retryAfter)}.`,
    shortName: 'throttled',
    owner: 'nobody',
    fix: () => null,
    incident: () =>
      passing('throttled', 'service-app', ({ name }) => `Webex is rate-limiting requests of “${name}”`),
  },
  interference: {
    consequence: { ...PASSING, again: 'webex-is-there', next: 'stop' },
    sentence: interferenceSentence,
    shortName: 'not Webex',
    owner: 'network',
    fix: ({ anomaly }) => ({ kind: isProxyRefusal(anomaly) ? 'set-proxy' : 'check-network' }),
    incident: ({ anomaly }) => (isProxyRefusal(anomaly) ? PROXY_REFUSED[anomaly] : INTERFERENCE),
  },
  'answer-lost': {
    consequence: { ...PASSING, next: 'second-time' },
    sentence: lostAnswerSentence,
    shortName: 'answer lost',
    owner: 'nobody',
    fix: (_, about) => refresh(about),
    incident: () => UNREACHABLE,
  },
  'token-limit': {
    consequence: { ...NEEDS_YOU, next: 'stop' },
    sentence: (_, about) =>
      `Webex issues no new token for “${about.name}”: the service app has reached the limit of 750 live access tokens in ${orgOf(about)}. Stop whatever else requests tokens for it there, and wait until old tokens expire. It is retried every 6 hours; until then Refresh sends nothing as long as the current token is valid.`,
    shortName: 'token limit',
    owner: 'other-programs',
    // No button helps: each press would request one more token.
    fix: () => null,
    incident: () =>
      needsYou(
        'token-limit',
        'service-app',
        ({ name, orgs }) => `“${name}” has reached Webex's token limit in ${orgs}`,
      ),
  },
  'grant-dead': {
    consequence: { next: 'next-tier', again: 'backoff', isRefusal: true, grantDead: true },
    sentence: (_, { name }) =>
      `Webex no longer accepts the refresh token of “${name}”. The Applications API issues a new token.`,
    shortName: 'invalid_grant',
    owner: 'tier-2',
    fix: (_, about) => refresh(about),
    incident: () => REFUSED,
  },
  'other-copy': {
    consequence: { ...NEEDS_YOU, next: 'next-tier', grantDead: true },
    sentence: () =>
      'Refresh tokens that had just been stored were no longer accepted, repeatedly and for no reason known here: another copy of this app (such as a restored backup or a copied folder) or another program uses the same credentials, and each invalidates the other’s refresh tokens. Stop one of them, pause here, or give one of them a service app of its own. Until then tokens are renewed late, so that few are issued.',
    shortName: 'other copy',
    owner: 'other-copy',
    fix: () => ({ kind: 'end-other-copy' }),
    incident: () => needsYou('other-copy', 'fleet', () => 'Another copy uses these credentials'),
  },
  unclear: {
    consequence: { next: 'next-tier', again: 'backoff', isRefusal: true, grantDead: false },
    sentence: (failure) =>
      `Webex rejected the refresh without a reason${quoted(failure)}. The other tiers are tried automatically; if it persists, check the ${failure.tier === 3 ? "integration's credentials" : "service app's credentials"}.`,
    shortName: 'refused',
    owner: 'nobody-or-you',
    fix: (_, about) => refresh(about),
    incident: () => REFUSED,
  },
  unexpected: {
    consequence: { ...PASSING, isRefusal: true },
    sentence: (failure) => `Unexpected response from Webex${quoted(failure)}. Retrying automatically.`,
    shortName: 'unexpected response',
    owner: 'nobody-or-cisco',
    fix: (_, about) => refresh(about),
    incident: () => REFUSED,
  },
  'client-refused': {
    consequence: { ...NEEDS_YOU, next: 'stop', stops: 'service-app' },
    sentence: (failure) =>
      `Webex rejected the service app's own client secret${quoted(failure)}. If it was regenerated, paste the new one (not the integration's).`,
    shortName: 'wrong secret',
    owner: 'app-owner',
    fix: (_, about) => replaceSecret(about),
    incident: () =>
      needsYou('client-refused', 'service-app', ({ name }) => `Client secret of “${name}” rejected`),
  },
  'not-authorised': {
    consequence: STOPS_TIER_2,
    sentence: notAuthorizedSentence,
    shortName: 'not authorized',
    owner: 'customer-admin',
    fix: (_, about) =>
      about.kind === 'profile' ? { kind: 'authorise-in-control-hub', profileId: about.id } : null,
    incident: () =>
      needsYou(
        'not-authorised',
        'service-app',
        ({ name, orgs, hadToken }) => `“${name}” is ${hadToken ? 'no longer' : 'not'} authorized in ${orgs}`,
      ),
  },
  'wrong-field': {
    consequence: STOPS_TIER_2,
    sentence: wrongFieldSentence,
    shortName: 'wrong value',
    owner: 'you',
    fix: ({ field }, about) => (field === 'clientSecret' ? replaceSecret(about) : edit(about, field)),
    incident: ({ field }) =>
      field === 'targetOrgId'
        ? needsYou(
            'wrong-org',
            'service-app',
            ({ name, orgs }) => `Target org ID of “${name}” rejected for ${orgs}`,
          )
        : needsYou('wrong-field', 'service-app', REJECTED[field ?? 'details']),
  },
  store: {
    consequence: PASSING,
    sentence: storeSentence,
    shortName: 'not stored',
    owner: 'you',
    fix: () => ({ kind: 'check-storage' }),
    incident: ({ reason }) => ({
      ...(reason === 'shared'
        ? needsYou('shared-vault', 'fleet', () => 'The shared vault cannot be used')
        : needsYou('store', 'fleet', () => 'The data folder cannot be written')),
      level: 'critical',
    }),
  },
  'nothing-to-try': {
    consequence: NEEDS_YOU,
    sentence: (_, { kind, name }) =>
      kind === 'manager'
        ? 'The token manager has no refresh token. Reconnect the integration, or paste a new personal access token.'
        : `The token of “${name}” can no longer be renewed. Edit the service app and check its credentials, or connect the token manager integration.`,
    shortName: 'cannot be renewed',
    owner: 'you',
    fix: (_, about) => edit(about, null),
    incident: () =>
      needsYou('no-way', 'service-app', ({ name, orgs }) => `“${name}” can no longer be renewed in ${orgs}`),
  },
  // Last: of two with one name, that of a service app is the one a person looks for.
  ...managerFailures,
}

export function consequenceOf({ kind }: Failure): Consequence {
  return catalogue[kind].consequence
}

/** Of a call's result as history keeps it: Webex refused what was sent. */
export function isRefusal(result: string): boolean {
  return isFailureKind(result) && catalogue[result].consequence.isRefusal
}

/** The failure of a tier 2 that Webex refused, from its stored call. */
export function tierTwoRefusal(
  result: string,
  seen: Omit<Observed, 'tier'>,
  fallback: FallbackUse | undefined,
): Failure {
  const observed = { tier: 2, ...seen } as const
  if (result === 'fallback-refused' && fallback !== undefined) return { ...observed, kind: result, fallback }
  switch (result) {
    case 'not-authorised':
    case 'client-refused':
      return { ...observed, kind: result }
    case 'wrong-field':
      return { ...observed, kind: result, field: fieldOf(seen.status, seen.detail ?? '') }
    default:
      return { ...observed, kind: 'unexpected' }
  }
}

export function needsPerson(failure: Failure): boolean {
  return consequenceOf(failure).again === 'needs-attention'
}

export function sentenceOf<K extends FailureKind>(failure: Failure<K>, about: FailureSubject): string {
  const entry: CatalogueEntry<K> = catalogue[failure.kind]
  return entry.sentence(failure, isolatedNames(about))
}

export function fixOf<K extends FailureKind>(failure: Failure<K>, about: FailureSubject): FixAction | null {
  const entry: CatalogueEntry<K> = catalogue[failure.kind]
  return entry.fix(failure, about)
}

export function ownerOf({ kind }: Failure): Owner {
  return catalogue[kind].owner
}

export function incidentKindOf<K extends FailureKind>(failure: Failure<K>): IncidentKind {
  const entry: CatalogueEntry<K> = catalogue[failure.kind]
  return entry.incident(failure)
}

function isolatedNames(about: FailureSubject): FailureSubject {
  const name = isolated(about.name)
  if (about.kind === 'manager') return { ...about, name }
  return { ...about, name, orgName: about.orgName === null ? null : isolated(about.orgName) }
}

/** Of a call's result as history keeps it; null: it is not the name of a failure, as for `ok`, or of one known here. */
export function resultInfo(result: string): { readonly shortName: string; readonly owner: string } | null {
  if (!isFailureKind(result)) return null
  const { shortName, owner } = catalogue[result]
  return { shortName, owner: OWNER_WORDS[owner] }
}

/** Every failure that a call can come to, by name. */
export function callResults(): readonly { readonly result: string; readonly name: string }[] {
  return Object.entries(catalogue).map(([result, { shortName }]) => ({ result, name: shortName }))
}

const isFailureKind = (result: string): result is FailureKind => Object.hasOwn(catalogue, result)
