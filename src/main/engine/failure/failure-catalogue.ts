// Failure catalogue: for each kind of failure what follows, what a person reads, who can fix it and how, and the incident
// it is counted as.
import { isolated } from '#base/common/display-text.ts'
import { inOneUnit } from '#base/common/duration.ts'
import type { ManagerId } from '../domain/model.ts'
import type { FixAction } from '../domain/view-model.ts'
import type {
  Consequence,
  Failure,
  FailureKind,
  FailureSubject,
  IncidentKind,
  ProxyRefusal,
} from './failure.ts'
import {
  interferenceSentence,
  isProxyRefusal,
  lostAnswerSentence,
  noManagerSentence,
  orgOf,
  quoted,
  storeSentence,
  unreachableSentence,
  wrongFieldSentence,
} from './failure-sentences.ts'

interface CatalogueEntry<K extends FailureKind> {
  readonly consequence: Consequence
  /** One or two sentences; the tracking id is kept apart. */
  readonly sentence: (failure: Failure<K>, about: FailureSubject) => string
  /** One or two words for a table. */
  readonly shortName: string
  /** Who can fix it: whoever has these credentials, or this part of the way to Webex. */
  readonly owner: string
  /** The one button that fixes it; null: none does. */
  readonly fix: (failure: Failure<K>, about: FailureSubject) => FixAction | null
  readonly incident: (failure: Failure<K>, name: string) => IncidentKind
}

const PASSING: Consequence = { next: 'last-tenth', again: 'backoff', isRefusal: false, grantDead: false }
const NEEDS_YOU: Consequence = {
  next: 'other-tiers',
  again: 'needs-attention',
  isRefusal: true,
  grantDead: false,
}
const STOPS_TIER_2: Consequence = { ...NEEDS_YOU, stops: 'tier-2' }

const YOU = 'You'
const NOBODY = 'Nobody has to: it is tried again by itself'
const INTEGRATION_OWNER = 'You, or whoever owns the integration'

const UNREACHABLE = passing('network-down', 'fleet', 'Webex cannot be reached')
const INTERFERENCE = passing('interference', 'fleet', 'Something answers in place of Webex')
const REFUSED = passing('refused', 'service-app', 'Webex refuses to renew a token')
const MUST_RECONNECT = needsYou('manager-dead', 'manager', 'The token manager must be reconnected')
const MUST_PASTE = needsYou('manager-dead', 'manager', 'The personal access token must be replaced')

const catalogue: { readonly [K in FailureKind]: CatalogueEntry<K> } = {
  transient: {
    consequence: PASSING,
    sentence: (failure) => `${unreachableSentence(failure)} It will be tried again by itself.`,
    shortName: 'no answer',
    owner: `${NOBODY}. If it stays, whoever runs your network, or Cisco`,
    fix: ({ reason }, about) => (reason === 'server' ? refresh(about) : { kind: 'check-network' }),
    incident: ({ reason }) =>
      reason === 'server' ? passing('webex-failing', 'fleet', 'Webex has trouble of its own') : UNREACHABLE,
  },
  throttled: {
    consequence: { ...PASSING, again: 'retry-after' },
    sentence: ({ retryAfter }) =>
      retryAfter === null
        ? 'Webex asked for fewer requests. It will be tried again by itself after a pause.'
        : `Webex asked to wait about ${inOneUnit(retryAfter)} before the next request. It will be tried again by itself then.`,
    shortName: 'throttled',
    owner: NOBODY,
    fix: () => null,
    incident: () => passing('throttled', 'service-app', 'Webex asks for fewer requests'),
  },
  interference: {
    consequence: { ...PASSING, again: 'webex-is-there', next: 'stop' },
    sentence: interferenceSentence,
    shortName: 'not Webex',
    owner: 'You, or whoever runs the network or proxy between you and Webex',
    fix: ({ anomaly }) => ({ kind: isProxyRefusal(anomaly) ? 'set-proxy' : 'check-network' }),
    incident: ({ anomaly }) => (isProxyRefusal(anomaly) ? PROXY_REFUSED[anomaly] : INTERFERENCE),
  },
  'answer-lost': {
    consequence: { ...PASSING, next: 'second-time' },
    sentence: lostAnswerSentence,
    shortName: 'answer lost',
    owner: NOBODY,
    fix: (_, about) => refresh(about),
    incident: () => UNREACHABLE,
  },
  'token-limit': {
    consequence: { ...NEEDS_YOU, next: 'stop' },
    sentence: (_, about) =>
      `Webex issues no new token for “${about.name}”: the service app has reached the limit of 750 live access tokens in ${orgOf(about)}. Stop whatever else requests tokens for it there, and wait until old tokens expire. It is retried every 6 hours; until then Refresh sends nothing as long as the current token is valid.`,
    shortName: 'token limit',
    owner: 'You, or whoever else requests tokens for this service app',
    // No button helps: each press would ask for one more token.
    fix: () => null,
    incident: () => needsYou('token-limit', 'account', "A service app has reached Webex's token limit"),
  },
  'manager-token-limit': {
    consequence: NEEDS_YOU,
    sentence: () =>
      'Webex issues no new token for the token manager integration: its account has reached the limit of 750 live access tokens. Stop other programs that request tokens for the integration, and wait until old tokens expire. It is retried every 6 hours; refresh tokens of service apps keep working meanwhile.',
    shortName: 'token limit',
    owner: 'You, or whoever else requests tokens for the integration',
    fix: () => null,
    incident: () =>
      needsYou('manager-token-limit', 'manager', "The integration has reached Webex's token limit"),
  },
  'grant-dead': {
    consequence: { next: 'next-tier', again: 'backoff', isRefusal: true, grantDead: true },
    sentence: (_, { name }) =>
      `Webex no longer accepts the refresh token of “${name}”. A new token is asked of the Applications API.`,
    shortName: 'invalid_grant',
    owner: 'Nobody has to, as long as tier 2 works',
    fix: (_, about) => refresh(about),
    incident: () => REFUSED,
  },
  'other-copy': {
    consequence: { ...NEEDS_YOU, next: 'next-tier', grantDead: true },
    sentence: () =>
      'Refresh tokens that had just been stored were no longer accepted, repeatedly and for no reason known here: another copy of this app (such as a restored backup or a copied folder) or another program uses the same credentials, and each invalidates the other’s refresh tokens. Stop one of them, pause here, or give one of them a service app of its own. Until then tokens are renewed late, so that few are issued.',
    shortName: 'other copy',
    owner: 'You, or whoever runs the other copy',
    fix: () => ({ kind: 'end-other-copy' }),
    incident: () => needsYou('other-copy', 'fleet', 'Another copy uses these credentials'),
  },
  unclear: {
    consequence: { next: 'next-tier', again: 'backoff', isRefusal: true, grantDead: false },
    sentence: (failure) =>
      `Webex refused the refresh without saying why${quoted(failure)}. The other ways are tried by themselves; if this stays, check the ${failure.tier === 3 ? "integration's credentials" : "service app's credentials"}.`,
    shortName: 'refused',
    owner: `${NOBODY}. If it stays, you`,
    fix: (_, about) => refresh(about),
    incident: () => REFUSED,
  },
  unexpected: {
    consequence: { ...PASSING, isRefusal: true },
    sentence: (failure) =>
      `Webex gave an answer that was not expected${quoted(failure)}. It will be tried again by itself.`,
    shortName: 'odd answer',
    owner: `${NOBODY}. If it stays, Cisco: give them the tracking ID`,
    fix: (_, about) => refresh(about),
    incident: () => REFUSED,
  },
  'client-refused': {
    consequence: { ...NEEDS_YOU, next: 'stop', stops: 'service-app' },
    sentence: (failure) =>
      `Webex refused the service app's own client ID and client secret${quoted(failure)}. If the secret was regenerated, paste the new client secret of the service app (not the integration's) under Edit.`,
    shortName: 'wrong secret',
    owner: 'You, with the client secret of the service app',
    fix: (_, about) => edit(about, 'clientSecret'),
    incident: () => needsYou('client-refused', 'service-app', "A service app's client secret is refused"),
  },
  'bearer-refused': {
    consequence: { next: 'tier-3-then-2', again: 'backoff', isRefusal: true, grantDead: false },
    sentence: () =>
      "Webex refused the token manager's access token. It is renewed by itself, then the token is asked for again.",
    shortName: '401',
    owner: NOBODY,
    fix: (_, about) => refresh(about),
    incident: () => REFUSED,
  },
  'not-authorised': {
    consequence: STOPS_TIER_2,
    sentence: ({ detail }, about) =>
      `Webex refused to issue a token for ${orgOf(about)}: ask a full admin of that org to authorize the service app in Control Hub (Apps → Service Apps), or check that the token manager integration has the scope spark:applications_token.${detail === null ? ' (The answer gave no reason; a proxy may have sent it.)' : ''}`,
    shortName: 'not authorized',
    owner: 'A full admin of the customer’s org, in Control Hub',
    fix: (_, about) =>
      about.kind === 'profile' ? { kind: 'authorise-in-control-hub', profileId: about.id } : null,
    incident: (_, name) => needsYou('not-authorised', 'profile', `“${name}” is not authorized for its org`),
  },
  'wrong-field': {
    consequence: STOPS_TIER_2,
    sentence: wrongFieldSentence,
    shortName: 'wrong value',
    owner: YOU,
    fix: ({ field }, about) => edit(about, field),
    incident: ({ field }, name) =>
      field === 'targetOrgId'
        ? needsYou('wrong-org', 'profile', `The target org of “${name}” is wrong`)
        : needsYou('wrong-field', 'service-app', "A service app's details are wrong"),
  },
  'manager-grant-dead': {
    consequence: { ...NEEDS_YOU, grantDead: true },
    sentence: () =>
      "Webex no longer accepts the token manager integration's refresh token. Reconnect the integration; nothing is lost, and tokens that can still renew themselves go on doing so.",
    shortName: 'invalid_grant',
    owner: INTEGRATION_OWNER,
    fix: connect,
    incident: () => MUST_RECONNECT,
  },
  'manager-client-refused': {
    consequence: NEEDS_YOU,
    sentence: (failure) =>
      `Webex refused the token manager integration's client ID and client secret${quoted(failure)}. Reconnect the integration with its current client secret (not the service app's).`,
    shortName: 'wrong secret',
    owner: INTEGRATION_OWNER,
    fix: connect,
    incident: () =>
      needsYou('manager-client-refused', 'manager', "The integration's client secret is refused"),
  },
  'manager-refused': {
    consequence: NEEDS_YOU,
    sentence: (failure) =>
      `${failure.isPersonal ? 'Webex no longer accepts the personal access token, and nothing can renew it. Paste a new personal access token, or connect the token manager integration.' : "Webex does not accept the token manager integration's access token, and it cannot be renewed without you. Reconnect the integration."}${failure.aboutClient === true ? ` Webex mentioned the client credentials${quoted(failure)}: if a new token does not help, check the service app's client secret under Edit.` : ''}`,
    shortName: '401',
    owner: 'You, or whoever owns the integration or the personal access token',
    fix: ({ isPersonal, managerId }) =>
      isPersonal ? { kind: 'paste-personal-token', managerId } : connect({ managerId }),
    incident: ({ isPersonal }) => (isPersonal ? MUST_PASTE : MUST_RECONNECT),
  },
  'no-manager': {
    consequence: NEEDS_YOU,
    sentence: noManagerSentence,
    shortName: 'not connected',
    owner: YOU,
    fix: connect,
    incident: ({ refreshToken }) =>
      refreshToken === null
        ? needsYou('no-manager', 'manager', 'No token manager is connected')
        : needsYou('refresh-token-ended', 'service-app', GRANT_ENDED[refreshToken]),
  },
  store: {
    consequence: PASSING,
    sentence: storeSentence,
    shortName: 'not stored',
    owner: YOU,
    fix: () => ({ kind: 'check-storage' }),
    incident: () => ({
      ...needsYou('store', 'fleet', 'The data folder cannot be written'),
      level: 'critical',
    }),
  },
  'nothing-to-try': {
    consequence: NEEDS_YOU,
    sentence: (_, { kind, name }) =>
      kind === 'manager'
        ? 'The token manager has no refresh token. Reconnect the integration, or paste a new personal access token.'
        : `There is no way left to renew the token of “${name}”. Edit the service app and check its credentials, or connect the token manager integration.`,
    shortName: 'no way left',
    owner: YOU,
    fix: (_, about) => edit(about, null),
    incident: (_, name) => needsYou('no-way', 'profile', `“${name}” cannot be renewed`),
  },
}

export function consequenceOf({ kind }: Failure): Consequence {
  return catalogue[kind].consequence
}

/** Of a call's result as history keeps it: Webex refused what was sent. */
export function isRefusal(result: string): boolean {
  return isFailureKind(result) && catalogue[result].consequence.isRefusal
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

/** `name`: of the profile or token manager that met it. */
export function incidentKindOf<K extends FailureKind>(failure: Failure<K>, name: string): IncidentKind {
  const entry: CatalogueEntry<K> = catalogue[failure.kind]
  return entry.incident(failure, isolated(name))
}

function isolatedNames(about: FailureSubject): FailureSubject {
  const name = isolated(about.name)
  if (about.kind === 'manager') return { ...about, name }
  return { ...about, name, orgName: about.orgName === null ? null : isolated(about.orgName) }
}

/** Of a call's result as history keeps it; null: it is not the name of a failure, as for `ok`, or of one known here. */
export function resultInfo(result: string): { readonly shortName: string; readonly owner: string } | null {
  return isFailureKind(result) ? catalogue[result] : null
}

const isFailureKind = (result: string): result is FailureKind => Object.hasOwn(catalogue, result)

function passing(key: string, countedBy: IncidentKind['countedBy'], title: string): IncidentKind {
  return { key, countedBy, title, level: 'warning', isPassing: true }
}

function needsYou(key: string, countedBy: IncidentKind['countedBy'], title: string): IncidentKind {
  return { ...passing(key, countedBy, title), isPassing: false }
}

function refresh(about: FailureSubject): FixAction | null {
  return about.kind === 'profile' ? { kind: 'refresh', profileId: about.id } : null
}

function edit(about: FailureSubject, field: string | null): FixAction | null {
  return about.kind === 'profile' ? { kind: 'edit-service-app', profileId: about.id, field } : null
}

function connect({ managerId }: { readonly managerId: ManagerId | null }): FixAction {
  return { kind: 'connect-integration', managerId }
}

const GRANT_ENDED = {
  dead: 'Webex no longer accepts a refresh token',
  expired: 'A refresh token has expired',
} as const

const PROXY_REFUSED: { readonly [R in ProxyRefusal]: IncidentKind } = {
  proxy: passing('interference', 'fleet', 'The proxy requires a sign-in'),
  'proxy-rejected': passing('interference', 'fleet', 'The proxy rejected the sign-in'),
}
