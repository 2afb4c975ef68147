// The real app behind a real proxy that requires a sign-in before it lets a connection through.
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { closeServer } from '../connect/support/sockets.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'
import { addOrders } from './support/setup.ts'

const home = mkdtempSync(path.join(tmpdir(), 'satm-proxy-'))
let scheme = 'Basic realm="company"'
let tunnels = 0
let proxy: Server
let app: RunningApp
let profileId: string

beforeAll(async () => {
  proxy = createServer().on('connect', (_request, socket) => {
    tunnels += 1
    // Read to its end, or it would never count as closed.
    socket.on('error', () => {}).resume()
    socket.end(
      `HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: ${scheme}\r\ncontent-type: text/html\r\ncontent-length: 20\r\n\r\n<html>sign in</html>`,
    )
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { port } = proxy.address() as AddressInfo
  app = await launchApp({
    dataFolder: path.join(home, 'data'),
    // All that can answer is the proxy.
    env: { SATM_WEBEX_BASE_URL: 'https://127.0.0.1:8443/v1' },
    args: [`--proxy-server=127.0.0.1:${port}`, '--proxy-bypass-list=<-loopback>'],
  })
  profileId = await addOrders(app.page)
})
afterAll(async () => {
  await app?.close()
  if (proxy !== undefined) await closeServer(proxy)
  rmSync(home, { recursive: true, force: true })
})

test.for(['Basic realm="company"', 'NTLM', 'Negotiate'])(
  'a proxy that wants a %s sign-in is named, and no refresh token counts as lost',
  async (wanted) => {
    scheme = wanted
    const before = tunnels
    const attempt = await ask(app.page, 'profile.refresh', { profileId })
    expect(attempt.outcome).toBe('failed')
    expect(attempt.sentence).toMatch(/^The proxy requires a sign-in/)
    expect(attempt.calls.map(({ result }) => result)).toEqual(['interference'])
    expect(tunnels).toBeGreaterThan(before)
    const { fleet } = await ask(app.page, 'view.get', {})
    expect(fleet.profiles[0]?.refreshToken?.dead).toBe(false)
  },
)

test('one problem names the cause', async () => {
  await expect
    .poll(async () => (await ask(app.page, 'view.get', {})).fleet.incidents.map(({ title }) => title), {
      timeout: 20_000,
    })
    .toContain('The proxy requires a sign-in')
})
