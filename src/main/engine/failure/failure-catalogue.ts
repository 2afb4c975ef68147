// What a failure says to a person: what happened, whose credentials are meant, what to do next.
import { assertNever } from '#base/common/assert-never.ts'
import { inOneUnit } from '#base/common/duration.ts'
import type { Profile } from '../domain/model.ts'
import type { Oddity } from '../domain/ports.ts'
import type { Failure } from './classifier.ts'

/** Who the sentence is about. An org without a name is not named: nobody reads an org ID in a sentence. */
export type Named =
  | { readonly kind: 'profile'; readonly name: string; readonly orgName: string | null }
  | { readonly kind: 'manager'; readonly name: string }

export function namesOf({ name, orgName }: Profile): Named {
  return { kind: 'profile', name, orgName }
}

/** One or two sentences; the tracking id is kept apart. */
export function sentenceOf(failure: Failure, about: Named): string {
  const { name } = about
  switch (failure.kind) {
    case 'transient':
      return `${unreachable(failure)} It will be tried again by itself.`
    case 'throttled':
      return failure.retryAfter === null
        ? 'Webex asked for fewer requests. It will be tried again by itself after a pause.'
        : `Webex asked to wait about ${inOneUnit(failure.retryAfter)} before the next request. It will be tried again by itself then.`
    case 'interference':
      return interference(failure.oddity)
    case 'answer-lost':
      return `The refresh was sent, but its answer was lost (${reasons[failure.reason]}), so Webex may have replaced the refresh token already. It will be tried once more; after that a new token is asked of the Applications API.`
    case 'token-limit':
      return `Webex issues no new token for “${name}”: the service app has reached the limit of 750 live access tokens in ${orgOf(about)}. Stop whatever else requests tokens for it there, and wait until old tokens expire. It is retried every 6 hours; until then Refresh sends nothing as long as the current token is valid.`
    case 'manager-token-limit':
      return 'Webex issues no new token for the token manager integration: its account has reached the limit of 750 live access tokens. Stop whatever else requests tokens for the integration, and wait until old tokens expire. It is retried every 6 hours; refresh tokens of service apps keep working meanwhile.'
    case 'grant-dead':
      return `Webex no longer accepts the refresh token of “${name}”. A new token is asked of the Applications API.`
    case 'unclear':
      return `Webex refused the refresh without saying why${quoted(failure)}. The other ways are tried by themselves; if this stays, check the ${ownerOf(failure)}.`
    case 'unexpected':
      return `Webex gave an answer that was not expected${quoted(failure)}. It will be tried again by itself.`
    case 'client-refused':
      return `Webex refused the service app's own client ID and client secret${quoted(failure)}. If the secret was regenerated, paste the new client secret of the service app (not the integration's) under Edit.`
    case 'bearer-refused':
      return "Webex refused the token manager's access token. It is renewed by itself, then the token is asked for again."
    case 'not-authorised':
      return `Webex refused to issue a token for ${orgOf(about)}: ask a full admin of that org to authorize the service app in Control Hub (Apps → Service Apps), or check that the token manager integration has the scope spark:applications_token.${unshaped(failure)}`
    case 'wrong-field':
      return wrongField(failure)
    case 'manager-grant-dead':
      return "Webex no longer accepts the token manager integration's refresh token. Reconnect the integration; nothing is lost, and tokens that can still renew themselves go on doing so."
    case 'manager-client-refused':
      return `Webex refused the token manager integration's client ID and client secret${quoted(failure)}. Reconnect the integration with its current client secret (not the service app's).`
    case 'manager-refused':
      return `Webex does not accept the token manager's access token, and it cannot be renewed without you. Reconnect the integration, or paste a new personal access token.${secretHint(failure)}`
    case 'no-manager':
      return failure.managerId === null
        ? `“${name}” needs a token manager to get a token. Connect the token manager integration.`
        : 'The token manager integration is not connected yet. Connect it, so that it can issue tokens.'
    case 'store':
      return storage[failure.reason]
    case 'nothing-to-try':
      return about.kind === 'manager'
        ? 'The token manager has no refresh token. Reconnect the integration, or paste a new personal access token.'
        : `There is no way left to renew the token of “${name}”. Edit the service app and check its credentials, or connect the token manager integration.`
    default:
      return assertNever(failure)
  }
}

function orgOf(about: Named): string {
  return about.kind === 'profile' && about.orgName !== null
    ? `the org ${about.orgName}`
    : `the org of “${about.name}”`
}

const reasons: { readonly [R in Extract<Failure, { kind: 'transient' }>['reason']]: string } = {
  dns: 'its name could not be resolved',
  refused: 'the connection was refused',
  reset: 'the connection was cut',
  timeout: 'no answer in time',
  tls: 'the secure connection could not be made',
  offline: 'this computer is offline',
  aborted: 'the request was cancelled',
  other: 'the connection failed',
  server: 'it has trouble of its own',
}

function unreachable(failure: Extract<Failure, { kind: 'transient' }>): string {
  if (failure.reason === 'server') return `Webex cannot answer at the moment (status ${failure.status}).`
  if (failure.reason === 'tls')
    return 'No secure connection to Webex: check the clock and the certificates of this computer, or its proxy.'
  return `Webex cannot be reached (${reasons[failure.reason]}): check the network of this computer.`
}

const oddities: { readonly [O in Oddity | 'proxy' | 'unproven']: string } = {
  html: 'a web page came instead of a token',
  redirect: 'the request was sent on to another address',
  empty: 'the answer was empty',
  'not-json': 'the answer was not in the form Webex uses',
  'no-access-token': 'the answer held no access token',
  'bad-expiry': 'the answer held an impossible lifetime',
  'too-large': 'the answer was far too large',
  proxy: 'a proxy asks for a login',
  unproven: 'Webex itself has not answered since',
}

function interference(oddity: Oddity | 'proxy' | 'unproven'): string {
  return `Something between this computer and Webex answers instead of it (${oddities[oddity]}). Sign in to the network, or check the proxy. Renewals wait until Webex itself answers again; Refresh tries one all the same.`
}

function wrongField(failure: Extract<Failure, { kind: 'wrong-field' }>): string {
  const said = quoted(failure)
  switch (failure.field) {
    case 'appId':
      return `Webex does not know this service app${said}. Check the App ID of the service app under Edit.`
    case 'targetOrgId':
      return `Webex does not accept the target org${said}. Check the Target org ID of the service app under Edit.`
    case 'clientSecret':
      return `Webex misses the client secret${said}. Paste the client secret of the service app (not the integration's) under Edit.`
    case null:
      return `Webex does not accept the service app's details${said}. Check App ID, Client ID and Target org ID under Edit.`
  }
}

const storage: { readonly [R in Extract<Failure, { kind: 'store' }>['reason']]: string } = {
  'disk-full':
    'The disk is full, so a new token could not be kept. Nothing was sent to Webex; make room on the disk.',
  'read-only':
    'The data folder cannot be written, so a new token could not be kept. Nothing was sent to Webex; check the permissions of the data folder.',
  locked:
    'The stored credentials are locked, so a new token could not be kept. Nothing was sent to Webex; unlock the keychain.',
  damaged:
    'The data file is damaged, so a new token could not be kept. Nothing was sent to Webex; restore a backup.',
  other:
    'The data folder could not be written, so a new token could not be kept. Nothing was sent to Webex; check the disk.',
}

function ownerOf({ tier }: Failure): string {
  return tier === 3 ? "integration's credentials" : "service app's credentials"
}

function quoted({ detail }: Failure): string {
  return detail === null ? '' : ` (“${detail}”)`
}

function secretHint(failure: Extract<Failure, { kind: 'manager-refused' }>): string {
  if (failure.aboutClient !== true) return ''
  return ` Webex mentioned the client credentials${quoted(failure)}: if a new token does not help, check the service app's client secret under Edit.`
}

function unshaped({ detail }: Failure): string {
  return detail === null ? ' (The answer gave no reason; a proxy may have sent it.)' : ''
}
