// Socket server: answers the command line on a socket that only its own user can open. One request a connection,
// bounded in size, time and number.
import { chmodSync, renameSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname, join } from 'node:path'
import { setDeadline } from '#base/common/timer.ts'
import { ConnectionLimit } from '#base/node/connection-limit.ts'
import { type Clock, StoreFailure } from '#engine/domain/ports.ts'
import { socketKind } from '../app-location.ts'
import { type AnswerLine, LONGEST_REQUEST, Refused } from '../protocol.ts'
import { answer, type SatmApp } from './commands.ts'
import { identityOf } from './listening-socket.ts'
import { parseRequest } from './request-parser.ts'

export interface SatmServer {
  /** Whether its socket is still what lies at the path. */
  isInPlace(): boolean
  /** Takes no more connections; what is under way ends as usual. */
  retire(): void
  /** Leaves what else may lie at the path by now. */
  close(): Promise<void>
}

/** A socket begins here and is renamed, so that libuv, which removes the name it was bound to, removes nobody's file. */
const FIRST_NAME = 'satm.next'

/** All are this user's. One that has asked keeps its place; the oldest that has not makes room. */
const MOST_CONNECTIONS = { all: 64, perOwner: 64, requests: 1 }
const ASKED = 'has asked'
/** ms until the whole request must have come, and for each part of the answer to be taken. */
const PATIENCE = 10_000

interface ServerParts {
  readonly app: SatmApp
  /** Path of the socket or pipe. */
  readonly socket: string
  readonly userId: number | null
  readonly clock: Pick<Clock, 'after'>
  /** An unexpected error; its text does not leave the app. */
  readonly unexpected: (error: unknown) => void
}

/**
 * Whoever calls it owns the data folder: a socket that is there was left by a killed owner, and is replaced. Rejects when it
 * cannot listen, and when something is in its place that is not ours.
 */
export async function startSatmServer(parts: ServerParts): Promise<SatmServer> {
  const { socket: path, userId, unexpected } = parts
  const isFile = userId !== null
  if (isFile && !['none', 'ours'].includes(socketKind(path, userId))) {
    throw new Error(
      `Something that is not this app's lies at ${path}, so satm cannot reach it. Remove it: the app listens there again within seconds.`,
    )
  }
  const bound = isFile ? join(dirname(path), FIRST_NAME) : path
  if (isFile) rmSync(bound, { force: true })
  const open = new Set<Socket>()
  const connections = new ConnectionLimit(MOST_CONNECTIONS)
  const server = createServer((socket) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    connections.add(socket)
    serve(socket, { ...parts, connections })
  })
  await listening(server, bound)
  if (isFile) {
    chmodSync(bound, 0o600)
    renameSync(bound, path)
  }
  server.on('error', unexpected)
  const created = isFile ? identityOf(path) : null
  const isInPlace = () => !isFile || identityOf(path) === created
  return {
    isInPlace,
    retire: () => void server.close(),
    close: () =>
      new Promise((resolve) => {
        if (isFile && isInPlace()) rmSync(path, { force: true })
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ path }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function serve(
  socket: Socket,
  { app, clock, unexpected, connections }: ServerParts & { readonly connections: ConnectionLimit },
): void {
  const chunks: Buffer[] = []
  let size = 0
  // A client that disconnected needs no answer.
  socket.on('error', () => socket.destroy())
  // Of the whole request: a byte now and then gains no time.
  const cancelDeadline = setDeadline(clock, PATIENCE, () => socket.destroy())
  socket.once('close', cancelDeadline)
  const say = (line: AnswerLine) => {
    if (socket.writable) socket.write(`${JSON.stringify(line)}\n`)
  }
  const sayLast = (line: AnswerLine) => {
    socket.setTimeout(PATIENCE, () => socket.destroy())
    say(line)
    socket.end()
  }
  const collect = (chunk: Buffer) => {
    size += chunk.length
    chunks.push(chunk)
    const end = chunk.indexOf(0x0a)
    if (end < 0 && size < LONGEST_REQUEST) return
    socket.off('data', collect)
    cancelDeadline()
    // Read on and dropped, so that its end is noticed.
    socket.resume()
    if (end < 0) {
      sayLast({ ok: false, error: { code: 'malformed', message: 'The request is too long.' } })
      return
    }
    // Webex may take its time; the client has a limit of its own.
    if (!connections.claim(socket, ASKED) || !connections.begin(socket)) return
    const line = Buffer.concat(chunks).toString('utf8').split('\n', 1)[0] ?? ''
    void lastLine(line, app, (refreshed) => say({ progress: refreshed }), unexpected).then((last) => {
      connections.end(socket)
      sayLast(last)
    })
  }
  socket.on('data', collect)
}

async function lastLine(
  line: string,
  app: SatmApp,
  progress: Parameters<typeof answer>[2],
  unexpected: (error: unknown) => void,
): Promise<AnswerLine> {
  const parsed = parseRequest(line)
  if (parsed.kind === 'refused') return { ok: false, error: parsed.error }
  try {
    return { ok: true, value: await answer(app, parsed.request, progress) }
  } catch (error) {
    if (error instanceof Refused) {
      const { code, message, trackingId } = error
      return { ok: false, error: { code, message, ...(trackingId === null ? {} : { trackingId }) } }
    }
    // What could not be stored or read says why.
    if (error instanceof StoreFailure) return { ok: false, error: { code: 'failed', message: error.message } }
    unexpected(error)
    const message =
      'Something went wrong inside the app; nothing was lost. Its Settings → About has the diagnostics.'
    return { ok: false, error: { code: 'internal', message } }
  }
}
