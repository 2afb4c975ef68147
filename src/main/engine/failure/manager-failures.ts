// Manager failures: the entries of the failure catalogue for what is the matter with a token manager.
import { isolated } from '#base/common/display-text.ts'
import {
  type CatalogueEntry,
  connect,
  dependedOn,
  GRANT_ENDED,
  NEEDS_YOU,
  needsYou,
  REFUSED,
  refresh,
  STOPS_TIER_2,
} from './catalogue-entry.ts'
import type { FailureKind } from './failure.ts'
import {
  fallbackRefusedSentence,
  managerRefusedSentence,
  noManagerSentence,
  quoted,
} from './failure-sentences.ts'

const MUST_RECONNECT = needsYou('manager-dead', 'manager', dependedOn('Reconnect the integration'))
const MUST_PASTE = needsYou('manager-dead', 'manager', dependedOn('Replace the personal access token'))

export const managerFailures = {
  'manager-token-limit': {
    consequence: NEEDS_YOU,
    sentence: () =>
      'Webex issues no new token for the token manager integration: its account has reached the limit of 750 live access tokens. Stop other programs that request tokens for the integration, and wait until old tokens expire. It is retried every 6 hours; refresh tokens of service apps keep working meanwhile.',
    shortName: 'token limit',
    owner: 'other-programs',
    fix: () => null,
    incident: () =>
      needsYou(
        'manager-token-limit',
        'manager',
        dependedOn("The integration has reached Webex's token limit"),
      ),
  },
  'bearer-refused': {
    consequence: { next: 'tier-3-then-2', again: 'backoff', isRefusal: true, grantDead: false },
    sentence: () =>
      "Webex rejected the token manager's access token. It is renewed automatically, then the token is requested again.",
    shortName: '401',
    owner: 'nobody',
    fix: (_, about) => refresh(about),
    incident: () => REFUSED,
  },
  'fallback-refused': {
    consequence: STOPS_TIER_2,
    sentence: fallbackRefusedSentence,
    shortName: 'fallback rejected',
    owner: 'integration-owner',
    fix: ({ fallback }) => connect({ managerId: fallback.insteadOf.id }),
    incident: ({ fallback }) =>
      needsYou(
        'fallback-refused',
        'service-app',
        ({ name, orgs }) => `Fallback “${isolated(fallback.name)}” gets no token of “${name}” in ${orgs}`,
      ),
  },
  'manager-grant-dead': {
    consequence: { ...NEEDS_YOU, grantDead: true },
    sentence: () =>
      "Webex no longer accepts the integration's refresh token. Reconnect the integration. Nothing is lost; refresh tokens of service apps keep working meanwhile.",
    shortName: 'invalid_grant',
    owner: 'integration-owner',
    fix: connect,
    incident: () => MUST_RECONNECT,
  },
  'manager-client-refused': {
    consequence: NEEDS_YOU,
    sentence: (failure) =>
      `Webex rejected the token manager integration's client ID and client secret${quoted(failure)}. Reconnect the integration with its current client secret (not the service app's).`,
    shortName: 'wrong secret',
    owner: 'integration-owner',
    fix: connect,
    incident: () =>
      needsYou(
        'manager-client-refused',
        'manager',
        dependedOn("The integration's client secret was rejected"),
      ),
  },
  'manager-refused': {
    consequence: NEEDS_YOU,
    sentence: managerRefusedSentence,
    shortName: '401',
    owner: 'token-owner',
    fix: ({ isPersonal, managerId }) =>
      isPersonal ? { kind: 'paste-personal-token', managerId } : connect({ managerId }),
    incident: ({ isPersonal }) => (isPersonal ? MUST_PASTE : MUST_RECONNECT),
  },
  'no-manager': {
    consequence: NEEDS_YOU,
    sentence: noManagerSentence,
    shortName: 'not connected',
    owner: 'you',
    fix: connect,
    incident: ({ refreshToken }) =>
      refreshToken === null
        ? needsYou('no-manager', 'manager', dependedOn('No token manager is connected'))
        : needsYou('refresh-token-ended', 'service-app', GRANT_ENDED[refreshToken]),
  },
} as const satisfies { readonly [K in FailureKind]?: CatalogueEntry<K> }
