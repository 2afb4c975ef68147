// Messages of "Connect integration": why the integration could not be connected, and what to do.
import { inWords } from '#base/common/duration.ts'
import type { Answer, TokenGrant } from '#engine/domain/ports.ts'
import { isTokenLimit, StoreFailure } from '#engine/domain/ports.ts'
import type { Callback } from './authorization-response.ts'

/** The scope that lets an integration issue tokens for service apps. */
export const REQUIRED_SCOPE = 'spark:applications_token'

/** Those that say the same each time. */
export const SENTENCES = {
  busy: 'An authorization is already in progress. Finish it in the browser, or cancel it first.',
  interference:
    'A proxy or sign-in page is answering instead of Webex. Open a web page to sign in, then authorize again.',
  missingScope: `The integration was authorized, but without the scope ${REQUIRED_SCOPE}, so it cannot issue tokens. Select the scope in the developer portal, save, and authorize again.`,
  expired: 'The integration was not authorized within five minutes. Start again when you are ready.',
  pasteExpired: 'The redirected URL was not pasted within ten minutes. Start again when you are ready.',
  nothingWaits: 'No authorization is waiting: it was finished, canceled or took too long. Start again.',
  foreignUrl:
    'This URL does not belong to the current authorization. Copy the whole address of the last page in the browser.',
} as const

type Declined = Extract<Callback, { kind: 'error' }>
type Failed = Exclude<Answer<TokenGrant>, { kind: 'ok' }>

export function connectedSentence(unsaved: StoreFailure | null): string {
  if (unsaved === null) return 'The token manager integration is connected.'
  return `The token manager integration is connected, but its tokens are only in memory, since ${STORE_TROUBLE[unsaved.reason]}. They are stored as soon as possible; do not quit before.`
}

export function storeSentence(error: unknown): string {
  const reason = error instanceof StoreFailure ? error.reason : 'other'
  return `Nothing can be stored now, since ${STORE_TROUBLE[reason]}. Then try again.`
}

const STORE_TROUBLE: Readonly<Record<StoreFailure['reason'], string>> = {
  'disk-full': 'the disk is full: free some space',
  'read-only': 'the data folder cannot be written: check its permissions',
  locked: 'the data is locked: unlock it',
  damaged: 'the data is damaged: restore a backup in the settings',
  other: 'the data folder could not be written',
  shared: 'the shared vault cannot be used: ask whoever runs its database',
  conflict: 'someone else changed the same record',
}

export function declinedSentence({ error, description }: Declined, redirectUri: string): string {
  const said = description === null ? '' : ` Webex says: “${description}”.`
  switch (error) {
    case 'access_denied':
      return `The authorization was declined in the browser. To connect, authorize again and accept.${said}`
    case 'invalid_scope':
      return `The token manager integration does not have the scope ${REQUIRED_SCOPE}. Select it in the developer portal, save, and authorize again.${said}`
    case 'unauthorized_client':
    case 'invalid_client':
      return `Webex does not know this client ID as an integration. Use the client ID of the token manager integration, not of a service app.${said}`
    case 'invalid_request':
      return `Webex rejected the request. Check that the integration lists exactly ${redirectUri} as a redirect URI.${said}`
    case 'server_error':
    case 'temporarily_unavailable':
      return `Webex could not authorize right now. Try again in a few minutes.${said}`
    default:
      return `Webex did not authorize the integration (${error}). Check it in the developer portal and authorize again.${said}`
  }
}

export function exchangeSentence(answer: Failed, redirectUri: string): string {
  if (answer.kind === 'unreachable') return `${UNREACHABLE[answer.reason]}, then authorize again.`
  if (answer.kind === 'anomalous') return SENTENCES.interference
  if (answer.status === 407) return `${UNREACHABLE['proxy-login']}, then authorize again.`
  const said = answer.message === null ? '' : ` Webex says: “${answer.message}”.`
  if (isTokenLimit(answer))
    return `The account that authorizes the integration has reached Webex's limit of 750 live access tokens. Stop other programs that request tokens for the integration, wait until old tokens expire, then authorize again.${said}`
  if (answer.status === 429 || answer.status === 423)
    return `Webex is rate-limiting requests. Wait ${answer.retryAfter ? inWords(answer.retryAfter) : 'a few minutes'}, then authorize again.${said}`
  if (answer.status >= 500 || answer.status === 408 || answer.status === 425) {
    return `Webex is not available right now (status ${answer.status}). Authorize again in a few minutes.${said}`
  }
  if (answer.code === 'invalid_client' || /client/i.test(answer.message ?? '')) {
    return `Webex rejected the client ID or client secret. Check both: they must be those of the token manager integration, not of a service app.${said}`
  }
  if (/redirect/i.test(answer.message ?? '')) {
    return `Webex rejected the redirect URI. Add exactly ${redirectUri} to the integration in the developer portal.${said}`
  }
  return `Webex rejected the authorization (status ${answer.status}). It may have taken too long: authorize again. If it happens again, check the integration's client secret and that it lists exactly ${redirectUri}.${said}`
}

const UNREACHABLE: Readonly<Record<Extract<Failed, { kind: 'unreachable' }>['reason'], string>> = {
  dns: 'The name of the Webex server could not be resolved. Check the network connection',
  refused: 'The connection to Webex was refused. Check the proxy and the Webex cloud in the settings',
  reset: 'The connection to Webex was lost. Check the network connection',
  timeout: 'Webex did not answer within 15 seconds. Check the network connection',
  tls: 'The connection to Webex could not be secured. Check this computer’s clock and the certificates of its proxy; on Linux, add a company’s CA to ~/.pki/nssdb (certutil, package libnss3-tools)',
  offline: 'This computer is offline. Check the network connection',
  proxy: 'The proxy could not be used. Check it under Settings → Webex cloud and proxy',
  'proxy-login':
    'The proxy requires a sign-in. Enter its user name and password under Settings → Webex cloud and proxy',
  'proxy-rejected':
    'The proxy rejected the saved user name and password. Enter them again under Settings → Webex cloud and proxy',
  aborted: 'The call to Webex was interrupted',
  other: 'Webex could not be reached. Check the network connection and the proxy',
}

export function notRedirectedSentence(redirectUri: string): string {
  return `This is not the redirected URL: it begins with ${redirectUri}?`
}

/** A pasted URL that has a state and no answer, such as the authorization URL itself. */
export function unansweredSentence(redirectUri: string): string {
  return `This URL contains no response from Webex; it may be the authorization URL. Open that in a browser, authorize, and paste the address of the page you are sent to: it begins with ${redirectUri}?`
}

/** An error that came without a state: it may not be Webex's answer. */
export function hintSentence(error: string, redirectUri: string): string {
  return `The browser returned with an error (${error}) that cannot be matched to this authorization. If you see it in the browser: ${declinedSentence({ kind: 'error', error, description: null }, redirectUri)}`
}
