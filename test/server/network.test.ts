// `satm serve` behind a company's certificate authority and its proxy, which wants a sign-in: a real TLS server in front of a
// simulated Webex.
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer as createProxy, request as forward } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, connect, type Server as NetServer } from 'node:net'
import path from 'node:path'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { createAuthority } from '../delivery/endpoint/support/certificates.ts'
import { aPlace, aServer, aWebex, buildServer, satm } from './support/running-server.ts'
import { fillVault } from './support/server-vault.ts'

beforeAll(buildServer)

const HOST = 'webex.company.test'

async function listening(server: NetServer): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

test('Webex is reached with the certificates of NODE_EXTRA_CA_CERTS, through a proxy with its sign-in, and not without', async () => {
  const webex = await aWebex()
  const authority = createAuthority()
  onTestFinished(authority.end)
  const front = createTlsServer(authority.issue(`DNS:${HOST}`), (request, response) => {
    const { method, headers, url } = request
    const through = forward(`${webex.origin}${url}`, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    request.pipe(through)
  })
  onTestFinished(() => front.closeAllConnections())
  const frontPort = await listening(front)
  const asked: (string | undefined)[] = []
  const proxy = createProxy().on('connect', (request, socket) => {
    asked.push(request.url)
    const isSignedIn =
      request.headers['proxy-authorization'] === `Basic ${Buffer.from('ada:canary-proxy').toString('base64')}`
    if (!isSignedIn) return socket.end('HTTP/1.1 407 No\r\ncontent-length: 0\r\n\r\n')
    const through = connect(frontPort, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
      through.pipe(socket).pipe(through)
    })
    through.on('error', () => socket.destroy())
    socket.on('error', () => through.destroy())
  })
  const proxyPort = await listening(proxy)

  const baseUrl = `https://${HOST}/v1`
  const ca = { NODE_EXTRA_CA_CERTS: '', SATM_WEBEX_BASE_URL: baseUrl }
  const place = aPlace(ca)
  ca.NODE_EXTRA_CA_CERTS = path.join(path.dirname(place.folder), 'ca.pem')
  writeFileSync(ca.NODE_EXTRA_CA_CERTS, authority.ca)
  await fillVault(place, { ...webex, baseUrl })
  const signIn = `http://ada:canary-proxy@127.0.0.1:${proxyPort}`
  const started = async (env: NodeJS.ProcessEnv) => {
    const server = await aServer({ ...place, env: { ...place.env, ...ca, ...env } })
    const { sentence, outcome } = await server.logged('attempt')
    const doctor = await satm(place, 'doctor')
    expect(await server.stop()).toBe(0)
    expect(server.out().includes('canary-proxy')).toBe(false)
    return [outcome, sentence, doctor.out]
  }

  const [rejected, sentence] = await started({ HTTPS_PROXY: `http://ada:wrong@127.0.0.1:${proxyPort}` })
  expect([rejected, sentence]).toEqual(['failed', expect.stringContaining('proxy')])
  const [untrusted, why] = await started({ HTTPS_PROXY: signIn, NODE_EXTRA_CA_CERTS: undefined })
  expect([untrusted, why]).toEqual(['failed', expect.stringContaining('certificate')])
  expect(webex.ledger.entries).toEqual([])

  const [outcome, , doctor] = await started({ HTTPS_PROXY: signIn })
  expect(outcome).toBe('renewed')
  expect(doctor).toContain(`ok\tproxy\thttp://127.0.0.1:${proxyPort}`)
  expect(new Set(asked)).toEqual(new Set([`${HOST}:443`]))
})
