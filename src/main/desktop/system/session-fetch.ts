// Fetch over a session by `net.request`: as Electron's own `session.fetch`, which gives no event when a proxy requires a
// sign-in (electron#44249).
import { finished, Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { type IncomingMessage, net, type Session } from 'electron'
import type { SignInTurn } from './proxy-sign-in.ts'

/** What a request over the network consists of; the body is text. */
export interface NetworkInit {
  readonly method?: 'GET' | 'POST' | 'PUT'
  readonly headers?: Record<string, string>
  readonly body?: string
  readonly signal?: AbortSignal | null
  readonly redirect?: 'error'
  readonly credentials?: 'omit'
  readonly cache?: 'no-store'
  readonly referrerPolicy?: 'no-referrer'
}

export interface RequestListeners {
  /** A server or proxy requires a sign-in. */
  readonly signIn: SignInTurn['answer']
  /** Nothing more comes of the request, its body included. */
  readonly closed: () => void
}

/** Statuses without a body, for which `Response` takes none: the Fetch standard's "null body status". */
const WITHOUT_BODY = new Set([204, 205, 304])

/** Resolves with the headers. Rejects with Chromium's error, or with the signal's reason once that is aborted. */
export function fetchOver(
  session: Session,
  url: string,
  init: NetworkInit,
  { signIn, closed }: RequestListeners,
): Promise<Response> {
  const { signal, headers = {}, body, ...rest } = init
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted()
    const request = net.request({ redirect: 'error', credentials: 'omit', ...rest, session, url })
    for (const [name, value] of Object.entries(headers)) request.setHeader(name, value)
    let isOver = false
    const over = () => {
      if (isOver) return
      isOver = true
      signal?.removeEventListener('abort', abort)
      closed()
    }
    const abort = () => {
      reject(signal?.reason)
      request.abort()
      over()
    }
    signal?.addEventListener('abort', abort, { once: true })
    request.on('login', signIn)
    request.on('error', (error) => {
      reject(error)
      over()
    })
    request.on('response', (message) => {
      try {
        if (!(message instanceof Readable)) throw new Error('The body of an answer is no stream.')
        finished(message, over)
        resolve(responseOf(message, message))
      } catch (error) {
        reject(error)
        request.abort()
        over()
      }
    })
    request.end(body)
  })
}

function responseOf(message: IncomingMessage, content: Readable): Response {
  const { statusCode: status, statusMessage: statusText } = message
  const headers = new Headers()
  for (const [name, value] of Object.entries(message.headers)) {
    for (const one of [value].flat()) headers.append(name, one)
  }
  if (WITHOUT_BODY.has(status)) {
    content.resume()
    return new Response(null, { status, statusText, headers })
  }
  const body: ReadableStream<Uint8Array> = Readable.toWeb(content)
  return new Response(body, { status, statusText, headers })
}
