// A Webex that can turn on its clients: while it does, every answer quotes the whole request, in the shape that is asked for.
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface EchoingWebex {
  readonly baseUrl: string
  /** The next request to a path that has `part` in it is answered by quoting it. */
  echo(part: string, shape: ShapeName): void
  /** Whether that request has come. */
  echoed(): boolean
  close(): Promise<void>
}

interface Shape {
  readonly status: number
  readonly headers: (quoted: string) => Record<string, string>
  readonly body: (quoted: string) => string
}

const json = { 'content-type': 'application/json' }
const oneLine = (text: string) => text.replace(/[^\x20-\x7e]/g, ' ')

const SHAPES = {
  oauth: {
    status: 400,
    headers: () => json,
    body: (quoted) => JSON.stringify({ error: 'invalid_request', error_description: `You sent ${quoted}` }),
  },
  webex: {
    status: 403,
    headers: (quoted) => ({ ...json, trackingid: oneLine(quoted).slice(0, 500) }),
    body: (quoted) =>
      JSON.stringify({ message: quoted, errors: [{ description: quoted }], trackingId: quoted }),
  },
  code: { status: 400, headers: () => json, body: (quoted) => JSON.stringify({ error: quoted }) },
  page: {
    status: 500,
    headers: () => ({ 'content-type': 'text/html' }),
    body: (quoted) => `<pre>${quoted}</pre>`,
  },
  redirect: {
    status: 302,
    headers: (quoted) => ({ location: `http://127.0.0.1:9/?${encodeURIComponent(quoted)}` }),
    body: (quoted) => quoted,
  },
} satisfies Record<string, Shape>

type ShapeName = keyof typeof SHAPES
/** In an order in which one does not keep the next from being asked. */
export const shapeNames = Object.keys(SHAPES) as readonly ShapeName[]

/** In front of the one at `origin`, which answers everything else. */
export async function startEchoingWebex(origin: string): Promise<EchoingWebex> {
  let wanted: { readonly part: string; readonly shape: Shape } | null = null
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request)
    const target = request.url ?? '/'
    if (wanted !== null && target.includes(wanted.part)) {
      const { shape } = wanted
      wanted = null
      const quoted = `${request.headers.authorization ?? ''} ${body} ${decodeURIComponent(body)}`
      response.writeHead(shape.status, shape.headers(quoted)).end(shape.body(quoted))
      return
    }
    const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers
    const answer = await fetch(`${origin}${target}`, {
      method: request.method ?? 'GET',
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      redirect: 'manual',
      ...(body === '' ? {} : { body }),
    })
    const { 'content-encoding': ____, ...answered } = Object.fromEntries(answer.headers)
    response.writeHead(answer.status, answered)
    response.end(Buffer.from(await answer.arrayBuffer()))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    echo(part, shape) {
      wanted = { part, shape: SHAPES[shape] }
    },
    echoed: () => wanted === null,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}
