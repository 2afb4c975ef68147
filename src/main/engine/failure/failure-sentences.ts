// Failure sentences: what a person reads of the kinds of failure that say more than one thing.
import { isolated } from '#base/common/display-text.ts'
import type { Unreachable } from '../domain/ports.ts'
import type { Failure, FailureSubject, ProxyRefusal, ResponseAnomaly } from './failure.ts'

/** Webex's own words, where it said any. */
export function quoted({ detail }: Failure): string {
  return detail === null ? '' : ` (“${detail}”)`
}

export function orgOf(about: FailureSubject): string {
  if (about.kind === 'manager') return `the org of “${about.name}”`
  if (about.customers > 1) return `these ${about.customers} orgs`
  return about.orgName ?? `the org of “${about.name}”`
}

export function notAuthorizedSentence({ detail }: Failure<'not-authorised'>, about: FailureSubject): string {
  const admin = about.kind === 'profile' && about.customers > 1 ? 'each org' : 'that org'
  const unsure = detail === null ? ' (The answer gave no reason; a proxy may have sent it.)' : ''
  return `Webex issues no token for ${orgOf(about)}. Ask a full admin of ${admin} to authorize the app in Control Hub (Apps → Service Apps). If the app is authorized there, check that the integration has the scope spark:applications_token.${unsure}`
}

export function fallbackRefusedSentence(failure: Failure<'fallback-refused'>, about: FailureSubject): string {
  const { name, insteadOf } = failure.fallback
  const [fallback, other] = [isolated(name), isolated(insteadOf.name)]
  return `Webex issues no token for ${orgOf(about)} to “${fallback}”, the fallback of “${other}”${quoted(failure)}. The account of “${fallback}” may have no access to the service app. Reconnect “${other}”, or choose another fallback. If the app is not authorized in that org, ask a full admin to authorize it in Control Hub.`
}

export function managerRefusedSentence(failure: Failure<'manager-refused'>): string {
  const refused = failure.isPersonal
    ? 'Webex no longer accepts the personal access token, and nothing can renew it. Paste a new personal access token, or connect the token manager integration.'
    : "Webex no longer accepts the integration's access token, and it cannot be renewed automatically. Reconnect the integration."
  return failure.aboutClient === true
    ? `${refused} Webex mentioned the client credentials${quoted(failure)}: if a new token does not help, check the service app's client secret under Edit.`
    : refused
}

/** Without a token manager a refresh token that has ended is the cause, and a token manager one of the cures. */
export function noManagerSentence(
  { managerId, refreshToken }: Failure<'no-manager'>,
  about: FailureSubject,
): string {
  const { name } = about
  if (refreshToken !== null) {
    const ended =
      refreshToken === 'dead'
        ? `Webex no longer accepts the refresh token of “${name}”`
        : `The refresh token of “${name}” has expired`
    return `${ended}, and no token manager is connected that could issue a new token. Paste a new refresh token under Edit, or connect the token manager integration.`
  }
  if (managerId === null && about.kind === 'profile' && about.customers > 1)
    return 'Only a token manager can issue their tokens. Connect the token manager integration.'
  return managerId === null
    ? `“${name}” needs a token manager to get a token. Connect the token manager integration.`
    : 'The token manager integration is not connected yet. Connect it, so that it can issue tokens.'
}

const unreachableReasons: { readonly [R in Unreachable]: string } = {
  dns: 'its name could not be resolved',
  refused: 'the connection was refused',
  reset: 'the connection was interrupted',
  timeout: 'no answer in time',
  tls: 'the secure connection could not be made',
  offline: 'this computer is offline',
  proxy: 'the proxy could not be used',
  'proxy-login': 'the proxy requires a sign-in',
  'proxy-rejected': 'the proxy rejected the sign-in',
  aborted: 'the request was cancelled',
  other: 'the connection failed',
}

/** Chromium on Linux reads the CAs that a person adds from this store alone. */
const ADD_CA = 'certutil -d sql:$HOME/.pki/nssdb -A -t "C,," -n NAME -i FILE (package libnss3-tools)'

export function unreachableSentence({
  reason,
  status,
}: Pick<Failure<'transient'>, 'reason' | 'status'>): string {
  if (reason === 'server') return `Webex is having problems (status ${status}).`
  if (reason === 'tls')
    return `No secure connection to Webex: check the clock of this computer. If your company's proxy has a certificate of its own, add its CA; on Linux: ${ADD_CA}, then restart the app.`
  return `Webex cannot be reached (${unreachableReasons[reason]}): check the network of this computer.`
}

export function lostAnswerSentence({ reason }: Failure<'answer-lost'>): string {
  return `The refresh was sent, but its answer was lost (${unreachableReasons[reason]}), so Webex may have replaced the refresh token already. It is sent one more time; after that the Applications API issues a new token.`
}

const proxyRefusals: { readonly [R in ProxyRefusal]: string } = {
  proxy:
    'The proxy requires a sign-in, so nothing reaches Webex. Enter its user name and password under Settings → Webex cloud and proxy. Renewals continue automatically as soon as it lets them pass.',
  'proxy-rejected':
    'The proxy rejected the saved user name and password, so nothing reaches Webex. Enter them again under Settings → Webex cloud and proxy. They are no longer sent automatically, since repeated attempts could lock the account; Refresh sends them once.',
}

export function proxyRefusalSentence(refusal: ProxyRefusal): string {
  return proxyRefusals[refusal]
}

export function isProxyRefusal(anomaly: ResponseAnomaly): anomaly is ProxyRefusal {
  return anomaly in proxyRefusals
}

const anomalies: { readonly [O in Exclude<ResponseAnomaly, ProxyRefusal>]: string } = {
  html: 'it answered with a web page instead of a token',
  redirect: 'it redirected the request to another address',
  empty: 'the answer was empty',
  'not-json': 'the answer was not in the format of Webex',
  'no-access-token': 'the answer contained no access token',
  'bad-expiry': 'the answer contained an impossible lifetime',
  'too-large': 'the answer was far too large',
  'network-login': 'the network requires a sign-in',
  unproven: 'Webex has not answered since',
}

export function interferenceSentence({ anomaly }: Pick<Failure<'interference'>, 'anomaly'>): string {
  return isProxyRefusal(anomaly)
    ? proxyRefusalSentence(anomaly)
    : `A proxy or sign-in page is answering instead of Webex (${anomalies[anomaly]}). Sign in to the network, or check the proxy. Renewals wait until Webex answers again; Refresh tries one anyway.`
}

export function wrongFieldSentence(failure: Failure<'wrong-field'>): string {
  const said = quoted(failure)
  switch (failure.field) {
    case 'appId':
      return `Webex does not know this service app${said}. Check the App ID of the service app under Edit.`
    case 'targetOrgId':
      return `Webex rejected the target org${said}. Check the Target org ID of the service app under Edit.`
    case 'clientSecret':
      return `The client secret is missing${said}. Paste the client secret of the service app (not the integration's).`
    case null:
      return `Webex rejected the service app's details${said}. Check App ID, Client ID and Target org ID under Edit.`
  }
}

/** What is wrong, and what to do. */
const storeTroubles: { readonly [R in Failure<'store'>['reason']]: readonly [string, string] } = {
  'disk-full': ['The disk is full', 'make room on the disk'],
  'read-only': ['The data folder cannot be written', 'check the permissions of the data folder'],
  locked: ['The stored credentials are locked', 'unlock the keychain'],
  damaged: ['The data file is damaged', 'restore a backup'],
  other: ['The data folder could not be written', 'check the disk'],
  shared: ['The shared vault cannot be used', 'ask whoever runs its database'],
  conflict: ['Someone else changed the same record', 'try again'],
}

export function storeSentence({ reason, detail }: Failure<'store'>): string {
  if (reason === 'shared' && detail !== null) return `${detail} Nothing was sent to Webex.`
  const [trouble, remedy] = storeTroubles[reason]
  return `${trouble}, so a new token could not be stored. Nothing was sent to Webex; ${remedy}.`
}
