// Whether an address may be told of alerts.
import { isLoopback } from '#base/node/loopback.ts'

export type WebhookAddress =
  | { readonly kind: 'ok'; readonly url: string }
  /** `sentence`: what is wrong and what to do. */
  | { readonly kind: 'invalid'; readonly sentence: string }

export function readWebhookAddress(typed: string): WebhookAddress {
  const text = typed.trim()
  if (!URL.canParse(text)) return invalid('This is no URL. It begins with https://.')
  const url = new URL(text)
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return invalid('The URL begins with https://.')
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    return invalid(
      'Plain http can be read and changed on its way: use https (http is for this computer only).',
    )
  }
  if (url.username !== '' || url.password !== '') {
    return invalid('Take the user name and password out of the URL; the signature says who sends.')
  }
  if (url.hash !== '') return invalid('Take away what begins with #: it is never sent.')
  return { kind: 'ok', url: url.href }
}

function invalid(sentence: string): WebhookAddress {
  return { kind: 'invalid', sentence }
}
