// Client of the app's socket: sends one request, reports its progress and returns the answer.
import { connect, type Socket } from 'node:net'
import { parseJson } from '#base/common/json.ts'
import {
  type AnswerLine,
  PROTOCOL_OF,
  type Refreshed,
  type SatmError,
  type SatmReplies,
} from '../protocol.ts'
import type { SatmRequest } from '../server/request-parser.ts'
import { CliError, EXIT, EXIT_OF } from './exit-codes.ts'

/** Characters of an answer: that of a fleet of ten thousand has four million. */
const LONGEST_ANSWER = 64 * 1024 * 1024

/** Rejects with the system's error when nobody listens there. */
export function openSocket(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}

/** Rejects with `CliError` when the app refuses, closes the connection, or sends nothing for `timeout` ms. */
export function sendRequest<R extends SatmRequest>(
  socket: Socket,
  request: R,
  timeout: number,
  progress: (refreshed: Refreshed) => void = () => undefined,
): Promise<SatmReplies[R['kind']]> {
  return new Promise((resolve, reject) => {
    let text = ''
    const stop = (message: string) => {
      socket.destroy()
      reject(new CliError(EXIT.unreachable, message))
    }
    const take = (line: string) => {
      const answer = answerOf(line)
      if (answer === null) return stop('Unexpected response from the app. Use the satm of the same version.')
      if ('progress' in answer) return progress(answer.progress)
      socket.destroy()
      // Both sides are built from one source, and the version in the request proves it.
      if (answer.ok) resolve(answer.value as SatmReplies[R['kind']])
      else reject(new CliError(EXIT_OF[answer.error.code], inFull(answer.error)))
    }
    socket.setEncoding('utf8')
    socket.setTimeout(timeout, () =>
      stop('The app did not respond in time. Try again, or wait longer with --timeout.'),
    )
    const cutOff = () =>
      stop(
        'The app closed the connection: it is quitting, or there are too many requests at once. Try again.',
      )
    socket.on('error', cutOff)
    socket.on('close', cutOff)
    socket.on('data', (chunk: string) => {
      text += chunk
      if (text.length > LONGEST_ANSWER) return stop('The response of the app is too long.')
      // Searched from the start only once a line has ended: a long answer comes in many parts.
      if (!chunk.includes('\n')) return
      const lines = text.split('\n')
      text = lines.pop() ?? ''
      for (const line of lines) take(line)
    })
    socket.write(`${JSON.stringify({ version: PROTOCOL_OF[request.kind], request })}\n`)
  })
}

function answerOf(line: string): AnswerLine | null {
  const value = parseJson(line)
  if (typeof value !== 'object' || value === null) return null
  return 'ok' in value || 'progress' in value ? (value as AnswerLine) : null
}

const inFull = ({ message, trackingId }: SatmError) =>
  trackingId === undefined ? message : `${message} (tracking id ${trackingId})`
