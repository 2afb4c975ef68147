// Fault delivery: sends an answer whole, in drops, far too large, or not at all.
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Delay } from '../options.ts'
import type { Delivery, Wire } from './fault-answers.ts'

export type Connection = {
  readonly response: ServerResponse
  /** Aborted when the caller leaves or the simulator closes. */
  readonly gone: AbortSignal
  readonly delay: Delay
}

/** Resolves when the answer is handed over or the caller has left. Headers set before are kept. */
export async function deliver(delivery: Delivery, line: Connection): Promise<void> {
  const { response } = line
  switch (delivery.how) {
    case 'whole':
      begin(response, delivery.wire)
      response.end(delivery.wire.text)
      return
    case 'drip':
      return drip(delivery.wire, delivery.bytesAtOnce, delivery.everyMs, line)
    case 'flood':
      return flood(delivery.bytes, line)
    case 'hang':
      return leaving(line.gone)
    case 'reset':
      response.socket?.resetAndDestroy()
      return
  }
}

function begin(response: ServerResponse, wire: Wire): void {
  const length = { 'Content-Length': Buffer.byteLength(wire.text) }
  response.writeHead(wire.status, { ...wire.headers, ...length })
}

async function drip(wire: Wire, bytesAtOnce: number, everyMs: number, line: Connection): Promise<void> {
  begin(line.response, wire)
  const bytes = Buffer.from(wire.text)
  for (let at = 0; at < bytes.length && !line.gone.aborted; at += bytesAtOnce) {
    line.response.write(bytes.subarray(at, at + bytesAtOnce))
    await line.delay(everyMs, line.gone)
  }
  if (!line.gone.aborted) line.response.end()
}

/** Valid JSON to its very end, so only a cap on the size can notice it. */
async function flood(bytes: number, line: Connection): Promise<void> {
  const { response } = line
  response.writeHead(200, { 'Content-Type': 'application/json;charset=UTF-8' })
  response.write('{"access_token":"')
  const chunk = Buffer.alloc(65_536, 'a')
  const left = leaving(line.gone)
  for (let sent = 0; sent < bytes && !line.gone.aborted; sent += chunk.length) {
    if (!response.write(chunk)) await Promise.race([once(response, 'drain'), left])
  }
  response.end('","token_type":"Bearer","expires_in":1209599}')
}

async function leaving(gone: AbortSignal): Promise<void> {
  if (!gone.aborted) await once(gone, 'abort')
}
