// A real process that is suspended in the middle of a call, past its deadline, while the answer arrives.
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { resolve } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { READ_GRACE } from '#base/common/timer.ts'
import { type Bundle, bundle } from '../vault/support/bundle.ts'
import { type AnsweringServer, answering } from './support/answering-server.ts'

/** ms; instead of the app's 15 s. */
const DEADLINE = 1_500
const PATIENTLY = { timeout: 20_000, interval: 10 }
const TOKENS = JSON.stringify({ access_token: 'acc3ss', expires_in: 60, refresh_token: 'R3fresh-two' })

describe.runIf(process.platform === 'linux')('a suspended process', () => {
  let program: Bundle
  let server: AnsweringServer
  let child: ChildProcess

  beforeAll(async () => {
    program = await bundle(resolve(import.meta.dirname, 'support/one-call.ts'))
  })
  afterEach(async () => {
    child.kill('SIGKILL')
    await server.close()
  })
  afterAll(() => program.remove())

  /** `before` and `meanwhile` act on the answer before the process is suspended and while it is. */
  async function suspendDuring(
    call: 'refresh' | 'code' | 'presence' | 'webhook',
    meanwhile: (response: ServerResponse) => void,
    before: (response: ServerResponse) => void = () => undefined,
  ) {
    let answer: (response: ServerResponse) => void = () => undefined
    const asked = new Promise<ServerResponse>((resolveAsked) => {
      answer = resolveAsked
    })
    server = await answering((response) => answer(response))
    child = spawn(process.execPath, [program.path, call, server.baseUrl, String(DEADLINE)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const printed = text(child.stdout ?? process.stdin)
    const response = await asked
    const askedAt = performance.now()
    before(response)
    child.kill('SIGSTOP')
    await vi.waitFor(() => expect(stateOf(child.pid)).toBe('T'), PATIENTLY)
    meanwhile(response)
    await vi.waitFor(() => expect(performance.now() - askedAt).toBeGreaterThan(DEADLINE + 500), PATIENTLY)
    child.kill('SIGCONT')
    return JSON.parse(await printed)
  }
  const begin = (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'application/json' }).write(TOKENS.slice(0, 20))
  }

  test('takes tokens that came meanwhile', async () => {
    const { result } = await suspendDuring('refresh', (response) => response.end(TOKENS))
    expect(result).toMatchObject({ kind: 'ok', value: { expiresIn: 60_000 } })
  })

  test('takes the rest of an answer whose beginning it had read', async () => {
    const { result } = await suspendDuring('refresh', (response) => response.end(TOKENS.slice(20)), begin)
    expect(result).toMatchObject({ kind: 'ok', value: { expiresIn: 60_000 } })
  })

  test('takes a long answer', async () => {
    const long = TOKENS.padEnd(900_000, ' ')
    const { result } = await suspendDuring('refresh', (response) => response.end(long))
    expect(result).toMatchObject({ kind: 'ok' })
  })

  test('takes a refusal', async () => {
    const { result } = await suspendDuring('refresh', (response) =>
      response.writeHead(400).end('{"error":"invalid_grant"}'),
    )
    expect(result).toMatchObject({ kind: 'refused', status: 400, code: 'invalid_grant' })
  })

  test('takes the tokens for a code, which can be exchanged once', async () => {
    const { result } = await suspendDuring('code', (response) => response.end(TOKENS))
    expect(result).toMatchObject({ kind: 'ok' })
  })

  test('takes the answer to the question without a credential', async () => {
    const { result } = await suspendDuring('presence', (response) =>
      response.writeHead(401, { trackingid: 'ROUTER_6' }).end('{"message":"no"}'),
    )
    expect(result).toMatchObject({ kind: 'ok', value: true })
  })

  test('takes a webhook’s receipt, so that the message is not sent twice', async () => {
    const { result } = await suspendDuring('webhook', (response) => response.writeHead(204).end())
    expect(result).toEqual({ delivered: true, sentence: 'Delivered (HTTP 204).' })
  })

  test.for([
    ['nothing came', () => undefined],
    ['only the beginning came', begin],
  ] as const)('ends the call soon after it goes on when %s', async ([, meanwhile]) => {
    const { result, took } = await suspendDuring('refresh', meanwhile)
    expect(result).toMatchObject({ kind: 'unreachable', reason: 'timeout', sent: true })
    expect(took).toBeGreaterThanOrEqual(DEADLINE + READ_GRACE)
    expect(took).toBeLessThan(10 * DEADLINE)
  })
})

/** `T`: stopped. */
function stateOf(pid: number | undefined): string | undefined {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.[0]
}
