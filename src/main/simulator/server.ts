// HTTP server: each request is identified, meets latency and faults, is answered and recorded in the ledger.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { fingerprint } from '#base/node/fingerprint.ts'
import { type Answer, webexError } from './api/answers.ts'
import { type Identity, identify } from './api/identify.ts'
import { handlerOf, routeOf } from './api/routes.ts'
import { applyFault, type Delivery, wireOf } from './faults/fault-answers.ts'
import { deliver } from './faults/fault-delivery.ts'
import { type Fault, letsWorkHappen } from './faults/fault-kinds.ts'
import { makeTrackingId } from './identifiers.ts'
import type { LedgerEntry, Replay } from './ledger.ts'
import type { Call, World } from './world.ts'

/** Only there because a URL needs one: paths and queries are all that is read of it. */
const ANY_BASE = 'http://127.0.0.1'
const BODY_LIMIT = 65_536

/** Answers a request that does not belong to the API and returns true; false: it does. */
export type Interceptor = (request: IncomingMessage, response: ServerResponse, path: string) => boolean

export function makeServer(world: World, interceptor: Interceptor | null): Server {
  const server = createServer((request, response) => {
    const target = request.url ?? '/'
    if (!URL.canParse(target, ANY_BASE)) return void response.writeHead(400).end()
    const url = new URL(target, ANY_BASE)
    if (interceptor?.(request, response, url.pathname)) return
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
  const route = routeOf(url.pathname)
  const arrival = { ...callOf(request, url, body ?? ''), trackingId: makeTrackingId(world.random) }
  const identity = identify(arrival, route, world)
  const fault = world.faults.take(identity)
  const inFlight = trackInFlight(identity, world)
  try {
    if (world.settings.latency > 0) await world.delay(world.settings.latency, gone.signal)
    const call: Call = { ...arrival, now: world.clock.now() }
    const replay = replayOf(identity)
    const work = () =>
      body === null ? tooLarge(call.trackingId) : handlerOf(route, call.method)(call, world)
    const { answer, delivery } = answerOrFail(work, fault, call)
    if (answer?.spent !== undefined) answer.spent.answerLost = gone.signal.aborted || losesAnswer(fault)
    world.ledger.record(
      entryOf({ at, call, identity, fault, answer, delivery, replay, shared: inFlight.isShared() }),
    )
    const skew = world.settings.dateSkew + (fault?.kind === 'date-skew' ? fault.ms : 0)
    response.setHeader('Date', new Date(call.now + skew).toUTCString())
    response.setHeader('Trackingid', call.trackingId)
    await deliver(delivery, { response, gone: gone.signal, delay: world.delay })
    if (answer?.spent !== undefined && gone.signal.aborted && !response.writableFinished) {
      answer.spent.answerLost = true
    }
  } finally {
    inFlight.leave()
  }
}

/** The answer, unless a fault prevents it, and its delivery as the fault changes it. */
function answerOrFail(
  work: () => Answer,
  fault: Fault | null,
  call: Call,
): Pick<Exchange, 'answer' | 'delivery'> {
  if (fault === null) {
    const answer = work()
    return { answer, delivery: { how: 'whole', wire: wireOf(answer) } }
  }
  const answer = letsWorkHappen(fault) ? work() : null
  return { answer, delivery: applyFault(fault, answer, call) }
}

/** Counts a call, among all and under its grant, until it leaves. */
function trackInFlight({ grant }: Identity, world: World) {
  world.ledger.arrived(grant !== undefined)
  const wasBusy = grant !== undefined && grant.inFlight > 0
  if (grant !== undefined) grant.inFlight += 1
  return {
    leave: () => {
      world.ledger.left(grant !== undefined)
      if (grant !== undefined) grant.inFlight -= 1
    },
    /** Whether another call under the same grant was there at any moment so far. */
    isShared: () => wasBusy || (grant !== undefined && grant.inFlight > 1),
  }
}

function replayOf({ refreshToken: token }: Identity): Replay {
  if (token?.state !== 'rotated') return 'no'
  return token.answerLost ? 'after a lost answer' : 'yes'
}

/** Whether a fault leaves the caller without the tokens of an answer that cost a refresh token. */
function losesAnswer(fault: Fault | null): boolean {
  return fault !== null && fault.kind !== 'date-skew' && fault.kind !== 'slow-drip'
}

function callOf(request: IncomingMessage, url: URL, body: string): Omit<Call, 'now' | 'trackingId'> {
  return {
    method: request.method ?? 'GET',
    origin: `http://${request.headers.host ?? ''}`,
    path: url.pathname,
    query: url.searchParams,
    contentType: (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '',
    authorization: request.headers.authorization ?? null,
    body,
  }
}

/** null if it is over the limit. It is read to its end all the same, so that the refusal can be heard. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size <= BODY_LIMIT) chunks.push(bytes)
  }
  return size <= BODY_LIMIT ? Buffer.concat(chunks).toString('utf8') : null
}

const tooLarge = (trackingId: string): Answer =>
  webexError(413, 'too large', trackingId, 'The request is too large.')

/** What is recorded of one request, once it is decided how it is answered. */
type Exchange = {
  readonly at: number
  readonly call: Call
  readonly identity: Identity
  readonly fault: Fault | null
  readonly answer: Answer | null
  readonly delivery: Delivery
  readonly replay: Replay
  readonly shared: boolean
}

function entryOf(facts: Exchange): LedgerEntry {
  const { identity, answer, delivery, fault } = facts
  const { grant: _grant, refreshToken: _refreshToken, ...seen } = identity
  const issued = answer?.issued
  return {
    ...seen,
    at: facts.at,
    method: facts.call.method,
    status: statusOf(delivery),
    trackingId: facts.call.trackingId,
    ...(issued === undefined ? {} : { issuedFingerprint: fingerprint(issued.access) }),
    ...(issued?.refresh ? { issuedRefreshFingerprint: fingerprint(issued.refresh) } : {}),
    outcome: answer?.outcome ?? 'fault',
    ...(fault === null ? {} : { faultApplied: fault.kind }),
    replay: facts.replay,
    concurrentWithSameGrant: facts.shared,
  }
}

function statusOf(delivery: Delivery): number | null {
  switch (delivery.how) {
    case 'whole':
    case 'drip':
      return delivery.wire.status
    case 'flood':
      return 200
    case 'hang':
    case 'reset':
      return null
  }
}
