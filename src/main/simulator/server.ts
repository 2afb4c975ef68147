// The HTTP side: a request comes in, is identified, meets latency and faults, is answered and written down.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Answer } from './answers.ts'
import { deliver } from './delivery.ts'
import { applyFault, type Delivery, wireOf } from './fault-answers.ts'
import { type Fault, letsWorkHappen } from './fault-kinds.ts'
import { makeTrackingId } from './identifiers.ts'
import { type Identity, identify } from './identify.ts'
import type { Replay } from './ledger.ts'
import { entryOf } from './ledger-entry.ts'
import { handlerOf, type Route, routeOf } from './routes.ts'
import type { Call, World } from './world.ts'

/** Only there because a URL needs one: paths and queries are all that is read of it. */
const ANY_BASE = 'http://127.0.0.1'
const BODY_LIMIT = 65_536

/** Answers a request that is none of the API's, and says so by returning true. */
export type SideDoor = (request: IncomingMessage, response: ServerResponse, path: string) => boolean

export function makeServer(world: World, sideDoor: SideDoor | null): Server {
  const server = createServer((request, response) => {
    const target = request.url ?? '/'
    if (!URL.canParse(target, ANY_BASE)) return void response.writeHead(400).end()
    const url = new URL(target, ANY_BASE)
    if (sideDoor?.(request, response, url.pathname)) return
    serve(request, response, url, world).catch((error: unknown) => {
      if (!response.destroyed) response.destroy(error instanceof Error ? error : undefined)
    })
  })
  // Longer than any client keeps an idle connection, so that none is closed under a request.
  server.keepAliveTimeout = 120_000
  return server
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
  world: World,
): Promise<void> {
  const at = world.clock.now()
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const body = await readBody(request)
  if (body === null) return void response.writeHead(413, { Connection: 'close' }).end()
  const route = routeOf(url.pathname.startsWith('/v1/') ? url.pathname.slice(3) : '')
  const arrival = { ...callOf(request, url, body), trackingId: makeTrackingId(world.random) }
  const identity = identify(arrival, route, world)
  const fault = world.faults.take(identity)
  const leave = enter(identity, world)
  response.once('close', leave.now)
  if (world.settings.latency > 0) await world.delay(world.settings.latency, gone.signal)
  const call: Call = { ...arrival, now: world.clock.now() }
  const replay = replayOf(identity)
  const answer = workOf(route, call, fault, world)
  const delivery: Delivery =
    fault === null && answer !== null
      ? { how: 'whole', wire: wireOf(answer) }
      : applyFault(needed(fault), answer, call)
  if (answer?.spent !== undefined && (gone.signal.aborted || losesAnswer(fault)))
    answer.spent.answerLost = true
  world.ledger.record(
    entryOf({ at, call, identity, fault, answer, delivery, replay, shared: leave.shared() }),
  )
  const skew = world.settings.dateSkew + (fault?.kind === 'date-skew' ? fault.ms : 0)
  response.setHeader('Date', new Date(call.now + skew).toUTCString())
  response.setHeader('Trackingid', call.trackingId)
  if (delivery.how === 'whole') leave.now()
  await deliver(delivery, { response, gone: gone.signal, delay: world.delay })
}

function workOf(route: Route, call: Call, fault: Fault | null, world: World): Answer | null {
  if (fault !== null && !letsWorkHappen(fault)) return null
  return handlerOf(route, call.method)(call, world)
}

/** Counts a call in, among all and under its grant; `shared` tells whether the grant had another meanwhile. */
function enter(
  identity: Identity,
  world: World,
): { readonly now: () => void; readonly shared: () => boolean } {
  const { grant } = identity
  let inside = true
  world.ledger.arrived()
  const wasBusy = (grant?.inFlight ?? 0) > 0
  if (grant !== undefined) grant.inFlight += 1
  return {
    now: () => {
      if (!inside) return
      inside = false
      world.ledger.left()
      if (grant !== undefined) grant.inFlight -= 1
    },
    shared: () => wasBusy || (grant?.inFlight ?? 0) > 1,
  }
}

function replayOf(identity: Identity): Replay {
  const token = identity.refreshToken
  if (token?.state !== 'rotated') return 'no'
  return token.answerLost ? 'after a lost answer' : 'yes'
}

/** Whether the caller can make nothing of an answer that cost a refresh token. */
function losesAnswer(fault: Fault | null): boolean {
  return fault !== null && fault.kind !== 'date-skew'
}

function callOf(request: IncomingMessage, url: URL, body: string): Omit<Call, 'now' | 'trackingId'> {
  return {
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    contentType: (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '',
    authorization: request.headers.authorization ?? null,
    body,
  }
}

async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > BODY_LIMIT) return null
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function needed(fault: Fault | null): Fault {
  if (fault === null) throw new Error('Without a fault the endpoint has answered.')
  return fault
}
