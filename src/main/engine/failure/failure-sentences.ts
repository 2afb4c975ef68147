// Failure sentences: what a person reads of the kinds of failure that say more than one thing.
import type { Unreachable } from '../domain/ports.ts'
import type { Failure, FailureSubject, ProxyRefusal, ResponseAnomaly } from './failure.ts'

/** Webex's own words, where it said any. */
export function quoted({ detail }: Failure): string {
  return detail === null ? '' : ` (“${detail}”)`
}

export function orgOf(about: FailureSubject): string {
  return about.kind === 'profile' && about.orgName !== null
    ? `the org ${about.orgName}`
    : `the org of “${about.name}”`
}

/** Without a token manager a refresh token that has ended is the cause, and a token manager one of the cures. */
export function noManagerSentence(
  { managerId, refreshToken }: Failure<'no-manager'>,
  { name }: FailureSubject,
): string {
  if (refreshToken !== null) {
    const ended =
      refreshToken === 'dead'
        ? `Webex no longer accepts the refresh token of “${name}”`
        : `The refresh token of “${name}” has expired`
    return `${ended}, and no token manager is connected that could issue a new token. Paste a new refresh token under Edit, or connect the token manager integration.`
  }
  return managerId === null
    ? `“${name}” needs a token manager to get a token. Connect the token manager integration.`
    : 'The token manager integration is not connected yet. Connect it, so that it can issue tokens.'
}

const unreachableReasons: { readonly [R in Unreachable]: string } = {
  dns: 'its name could not be resolved',
  refused: 'the connection was refused',
  reset: 'the connection was cut',
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
  if (reason === 'server') return `Webex cannot answer at the moment (status ${status}).`
  if (reason === 'tls')
    return `No secure connection to Webex: check the clock of this computer. If your company's proxy has a certificate of its own, add its CA; on Linux: ${ADD_CA}, then restart the app.`
  return `Webex cannot be reached (${unreachableReasons[reason]}): check the network of this computer.`
}

export function lostAnswerSentence({ reason }: Failure<'answer-lost'>): string {
  return `The refresh was sent, but its answer was lost (${unreachableReasons[reason]}), so Webex may have replaced the refresh token already. It will be tried once more; after that a new token is asked of the Applications API.`
}

const proxyRefusals: { readonly [R in ProxyRefusal]: string } = {
  proxy:
    'The proxy requires a sign-in, so nothing reaches Webex. Enter its user name and password under Settings → Webex cloud and proxy. Renewals continue automatically as soon as it lets them pass.',
  'proxy-rejected':
    'The proxy rejected the saved user name and password, so nothing reaches Webex. Enter them again under Settings → Webex cloud and proxy. They are not sent automatically any more, since repeated attempts could lock the account; Refresh sends them once.',
}

export function proxyRefusalSentence(refusal: ProxyRefusal): string {
  return proxyRefusals[refusal]
}

export function isProxyRefusal(anomaly: ResponseAnomaly): anomaly is ProxyRefusal {
  return anomaly in proxyRefusals
}

const anomalies: { readonly [O in Exclude<ResponseAnomaly, ProxyRefusal>]: string } = {
  html: 'a web page came instead of a token',
  redirect: 'the request was sent on to another address',
  empty: 'the answer was empty',
  'not-json': 'the answer was not in the form Webex uses',
  'no-access-token': 'the answer held no access token',
  'bad-expiry': 'the answer held an impossible lifetime',
  'too-large': 'the answer was far too large',
  'network-login': 'the network requires a sign-in',
  unproven: 'Webex itself has not answered since',
}

export function interferenceSentence({ anomaly }: Pick<Failure<'interference'>, 'anomaly'>): string {
  return isProxyRefusal(anomaly)
    ? proxyRefusalSentence(anomaly)
    : `Something between this computer and Webex answers instead of it (${anomalies[anomaly]}). Sign in to the network, or check the proxy. Renewals wait until Webex itself answers again; Refresh tries one all the same.`
}

export function wrongFieldSentence(failure: Failure<'wrong-field'>): string {
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

/** What is wrong, and what to do. */
const storeTroubles: { readonly [R in Failure<'store'>['reason']]: readonly [string, string] } = {
  'disk-full': ['The disk is full', 'make room on the disk'],
  'read-only': ['The data folder cannot be written', 'check the permissions of the data folder'],
  locked: ['The stored credentials are locked', 'unlock the keychain'],
  damaged: ['The data file is damaged', 'restore a backup'],
  other: ['The data folder could not be written', 'check the disk'],
}

export function storeSentence({ reason }: Failure<'store'>): string {
  const [trouble, remedy] = storeTroubles[reason]
  return `${trouble}, so a new token could not be kept. Nothing was sent to Webex; ${remedy}.`
}
