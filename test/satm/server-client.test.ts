// satm against a server: the real endpoint, certificates as people have them, servers that mean harm, and the secret's file.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createTlsServer, type ServerOptions } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { runSatm } from '#satm/client/satm.ts'
import { type Running, running } from '../delivery/endpoint/support/running.ts'
import { program, type Ran, removeProgram } from './support/running.ts'

const NOBODY = 65_534
let folder: string

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'satm-server-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))
afterAll(removeProgram)

function consumerFile(secret: string, mode = 0o600): string {
  const file = path.join(folder, 'consumer')
  writeFileSync(file, secret)
  chmodSync(file, mode)
  return file
}

async function satm(
  url: string,
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const said = { out: '', err: '' }
  const code = await runSatm(args, {
    env: {
      PATH: process.env.PATH,
      SATM_SERVER: url,
      SATM_CONSUMER_FILE: path.join(folder, 'consumer'),
      SATM_APP: path.join(folder, 'never-started'),
      ...more,
    },
    version: '1.2.3',
    style: { terminal: false, colors: false },
    atKeyboard: () => false,
    out(text) {
      said.out += text
    },
    complain(line) {
      said.err += line
    },
    progress: () => undefined,
    input: () => Promise.reject(new Error('asks nothing')),
  })
  return { code, ...said }
}

describe('the endpoint of an app or a server', () => {
  let endpoint: Running
  let url: string

  beforeEach(async () => {
    endpoint = await running()
    url = `http://127.0.0.1:${endpoint.port}`
    consumerFile(`${endpoint.consumer('ci')}\n`)
  })
  afterEach(() => endpoint.close())

  test('gives the token, and nothing else', async () => {
    expect(await satm(url, ['token', 'Profile one'])).toEqual({ code: 0, out: 'token-of-one\n', err: '' })
    expect(endpoint.used).toEqual(['ci'])
    expect(await satm(url, ['env', 'two', '--variable', 'T'])).toMatchObject({
      code: 0,
      out: "export T='token-of-two'\n",
    })
    expect(await satm(url, ['token', 'one', '--min-ttl', '10m'])).toMatchObject({ out: 'token-of-one\n' })
  })

  test.each(['..', '.', 'a/b', 'a?b=c', '%2e%2e', 'Ünïcode #1', '\ud800'])(
    'is asked for a service app named %s by that name',
    async (name) => {
      const wellFormed = Buffer.from(name).toString()
      endpoint.add({ id: 'odd', name: wellFormed })
      expect(await satm(url, ['token', name])).toEqual({ code: 0, out: 'token-of-odd\n', err: '' })
    },
  )

  test('lists what the consumer may read, each with the shortest name for it', async () => {
    endpoint.add({ id: 'three', name: 'Profile one', orgName: 'Acme' })
    endpoint.add({ id: 'four', name: 'Profile one', orgName: 'Beta' })
    expect((await satm(url, ['list', '-q'])).out.split('\n')).toEqual(
      expect.arrayContaining(['Profile two', 'Profile one@Acme', 'Profile one@Beta']),
    )
    consumerFile(endpoint.consumer('one alone', ['three']))
    expect(await satm(url, ['list', '-q'])).toEqual({ code: 0, out: 'Profile one\n', err: '' })
    expect(JSON.parse((await satm(url, ['list', '--json'])).out)).toMatchObject({
      now: '2026-06-01T00:00:00.000Z',
      profiles: [{ id: 'three', orgName: 'Acme', state: 'healthy', expiresAt: '2026-06-01T10:00:00.000Z' }],
    })
  })

  test('says what it refuses, with the exit code of the same refusal of the app', async () => {
    expect(await satm(url, ['token', 'zzz'])).toMatchObject({
      code: 3,
      err: expect.stringContaining('No service app named “zzz”, or this consumer may not read it.'),
    })
    endpoint.add({ id: 'three', name: 'Profile two', orgName: 'Acme' })
    expect(await satm(url, ['token', 'Profile two'])).toMatchObject({
      code: 3,
      err: expect.stringMatching(/Use one of: .*Profile two@Acme \(three\)/),
    })
    expect(await satm(url, ['token', 'one', '--min-ttl', '11h'])).toMatchObject({
      code: 1,
      err: expect.stringContaining('at most half of the token'),
    })
    endpoint.renewal = () => ({ outcome: 'failed', sentence: 'Webex is down.', trackingId: 'ROUTER_7' })
    endpoint.add({ id: 'late', pair: null })
    expect(await satm(url, ['token', 'late'])).toMatchObject({
      code: 1,
      err: 'satm: Webex is down. Try again in 30 s. (tracking id ROUTER_7)\n',
    })
    endpoint.isOpen = false
    expect(await satm(url, ['token', 'one'])).toMatchObject({
      code: 5,
      err: expect.stringMatching(/is not open\. On the server: satm doctor\. Try again in 30 s\./),
    })
  })

  test('does not know a secret that was revoked, and the message does not have it', async () => {
    const secret = endpoint.consumer('gone')
    consumerFile(secret)
    endpoint.consumers.remove('gone')
    const { code, out, err } = await satm(url, ['token', 'one'])
    expect([code, out]).toEqual([5, ''])
    expect(err).toContain('does not know the secret of this consumer')
    expect(err).not.toContain(secret)
  })

  test('gives a program its tokens, and the secret is in neither its arguments nor its environment', async () => {
    const { path: script } = await program()
    const file = path.join(folder, 'consumer')
    const line = 'tr "\\0" "\\n" < /proc/self/environ; tr "\\0" "\\n" < /proc/$PPID/cmdline; echo "$A $B"'
    const args = ['--server', url, '--consumer-file', file, 'exec', '--as', 'one=A', '--as', 'two=B', '--']
    const child = spawn(process.execPath, [script, ...args, 'sh', '-c', line], {
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString()
    })
    expect(await once(child, 'close')).toEqual([0, null])
    expect(out).toContain('token-of-one token-of-two\n')
    expect(out).not.toContain(readFileSync(file, 'utf8').trim())
  })
})

/** PEM files of OpenSSL. */
interface Certificates {
  readonly ca: string
  readonly good: ServerOptions
  readonly otherName: ServerOptions
  readonly expired: ServerOptions
  readonly selfSigned: ServerOptions
}

describe('over TLS', () => {
  const place = mkdtempSync(path.join(tmpdir(), 'satm-tls-'))
  let certificates: Certificates

  beforeAll(() => {
    certificates = issue(place)
  })
  afterAll(() => rmSync(place, { recursive: true, force: true }))
  beforeEach(() => consumerFile('satm_secret'))

  const answering: RequestListener = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{"access_token":"t0ken"}')
  }

  test('takes a certificate of the authority that is named, and of no other', async () => {
    const { url } = await tlsServer(certificates.good, answering)
    const ca = certificates.ca
    expect(await satm(url, ['token', 'a'], { SATM_CA_FILE: ca })).toEqual({
      code: 0,
      out: 't0ken\n',
      err: '',
    })
    expect(await satm(url, ['token', 'a'])).toMatchObject({
      code: 4,
      out: '',
      err: expect.stringMatching(
        /cannot be reached: its certificate is not signed by an authority.* --ca-file\.\n$/,
      ),
    })
  })

  test.each([
    ['of another name', 'otherName', /its certificate is for another name/],
    ['that has expired', 'expired', /its certificate has expired/],
    ['signed by itself', 'selfSigned', /not signed by an authority/],
  ] as const)('sends nothing to a server with a certificate %s', async (_, which, message) => {
    const heard: string[] = []
    const { url } = await tlsServer(certificates[which], (request) =>
      heard.push(String(request.headers.authorization)),
    )
    const { code, err } = await satm(url, ['token', 'a'], { SATM_CA_FILE: certificates.ca })
    expect(code).toBe(4)
    expect(err).toMatch(message)
    expect(heard).toEqual([])
  })

  test('the variable that switches certificates off does not', async () => {
    const { url } = await tlsServer(certificates.selfSigned, answering)
    const { path: script } = await program()
    const args = ['token', 'a', '--server', url, '--consumer-file', path.join(folder, 'consumer')]
    const child = spawn(process.execPath, [script, ...args], {
      env: { PATH: process.env.PATH, NODE_TLS_REJECT_UNAUTHORIZED: '0' },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    expect(await once(child, 'close')).toEqual([4, null])
  })

  test('does not speak what is older than TLS 1.2', async () => {
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const
    const { url } = await tlsServer({ ...certificates.good, ...old }, answering)
    expect(await satm(url, ['token', 'a'], { SATM_CA_FILE: certificates.ca })).toMatchObject({
      code: 4,
      out: '',
    })
  })

  test('says so where the port speaks no TLS', async () => {
    const { port } = await server(answering)
    expect(await satm(`https://127.0.0.1:${port}`, ['token', 'a'])).toMatchObject({
      code: 4,
      err: expect.stringContaining('Check the port, and whether it is https.'),
    })
  })

  test('says what is wrong with the file of authorities', async () => {
    const { url } = await tlsServer(certificates.good, answering)
    const junk = path.join(folder, 'junk')
    writeFileSync(junk, 'no certificate')
    for (const [file, why] of [
      [junk, 'contains no certificate'],
      [`${junk}-not`, 'is not there.'],
    ] as const)
      expect(await satm(url, ['token', 'a'], { SATM_CA_FILE: file })).toMatchObject({
        code: 5,
        err: expect.stringContaining(why),
      })
  })
})

describe('a server that means harm', () => {
  beforeEach(() => consumerFile('satm_secret'))

  const asked = async (
    answer: (response: ServerResponse, request: IncomingMessage) => void,
    args = ['token', 'a'],
  ) => {
    const { port } = await server((request, response) => answer(response, request))
    return satm(`http://127.0.0.1:${port}`, [...args, '--timeout', '1s'])
  }
  const json = (value: unknown) => (response: ServerResponse) => void response.end(JSON.stringify(value))

  test.each([301, 302, 303, 307, 308])('is not followed elsewhere (%i)', async (status) => {
    const heard: string[] = []
    const { port } = await server((request, response) => {
      heard.push(String(request.headers.authorization))
      response.end('{"access_token":"stolen"}')
    })
    const away = { location: `http://127.0.0.1:${port}/v1/token/a` }
    expect(await asked((response) => void response.writeHead(status, away).end())).toMatchObject({
      code: 4,
      out: '',
      err: expect.stringContaining('redirects to another address, which is not followed'),
    })
    expect(heard).toEqual([])
  })

  test.each([
    ['a page', (response: ServerResponse) => void response.end('<html>Sign in</html>')],
    ['an empty answer', (response: ServerResponse) => void response.end()],
    ['a token of two lines', json({ access_token: 'a\nb' })],
    ['a token that a shell would run', json({ access_token: '$(reboot)' })],
    ['no text', json({ access_token: { a: 1 } })],
    ['an empty token', json({ access_token: '' })],
    ['a list', json(['access_token'])],
    ['another status', (response: ServerResponse) => void response.writeHead(418).end('{}')],
    ['an address it does not know', (response: ServerResponse) => void response.writeHead(404).end('{}')],
  ])('gives %s: nothing is printed', async (_, answer) => {
    expect(await asked(answer)).toMatchObject({
      code: 4,
      out: '',
      err: expect.stringMatching(/^satm: Unexpected response from http:\/\/127\.0\.0\.1:\d+\./),
    })
  })

  test.each([
    ['profiles of another form', json({ profiles: [{ id: 1 }] })],
    [
      'a state nobody knows',
      json({ profiles: [{ id: 'a', name: 'a', target_org_id: 'o', state: '\u001b[2J' }] }),
    ],
    ['no list', json({ profiles: {} })],
  ])('lists %s: nothing is printed', async (_, answer) => {
    expect(await asked(answer, ['list'])).toMatchObject({ code: 4, out: '' })
  })

  test('cannot move the cursor by a name or a sentence', async () => {
    const bad = '\u001b[2J\u202eevil'
    const row = { id: 'a', name: bad, target_org_id: 'o', state: 'healthy' }
    expect((await asked(json({ profiles: [row] }), ['list'])).out).not.toContain('\u001b')
    const problem = JSON.stringify({ code: 'no-token-now', detail: bad, tracking_id: bad })
    expect((await asked((response) => void response.writeHead(503).end(problem))).err).not.toContain('\u001b')
  })

  test('is not waited for when it changes to another protocol', async () => {
    const tcp = createTcpServer((socket) => {
      socket.on('error', () => undefined)
      socket.once('data', () => {
        socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n')
      })
    })
    tcp.listen(0, '127.0.0.1')
    await once(tcp, 'listening')
    onTestFinished(() => void tcp.close())
    const { port } = tcp.address() as AddressInfo
    expect(await satm(`http://127.0.0.1:${port}`, ['token', 'a', '--timeout', '5s'])).toMatchObject({
      code: 4,
      err: expect.stringContaining('Unexpected response'),
    })
  })

  test('is cut off when it answers for ever, or a byte at a time', async () => {
    expect(
      await asked((response) => {
        const more = () => {
          while (!response.destroyed && response.write('x'.repeat(16_384)));
        }
        response.on('drain', more)
        more()
      }),
    ).toMatchObject({ code: 4, err: expect.stringContaining('is too long') })
    expect(
      await asked((response) => {
        const timer = setInterval(() => response.write(' '), 20)
        response.on('close', () => clearInterval(timer))
      }),
    ).toMatchObject({ code: 4, err: expect.stringContaining('did not respond in time') })
  })

  test('is noticed when it hangs up or never says anything', async () => {
    expect(await asked((response) => void response.destroy())).toMatchObject({ code: 4 })
    expect(
      await asked((response) => {
        response.writeHead(200, { 'content-length': '100' }).write('{"access_token":')
        response.destroy()
      }),
    ).toMatchObject({ code: 4, out: '' })
    const silent = createTcpServer()
    silent.listen(0, '127.0.0.1')
    await once(silent, 'listening')
    onTestFinished(() => void silent.close())
    const { port } = silent.address() as AddressInfo
    expect(await satm(`http://127.0.0.1:${port}`, ['token', 'a', '--timeout', '1s'])).toMatchObject({
      code: 4,
    })
  })

  test('names candidates of any form', async () => {
    const candidates = [
      { id: 'a', org: 'b', name: { toString: 1 } },
      null,
      { id: 7 },
      { id: 'c', org: 'd', name: 'e' },
    ]
    const answer = JSON.stringify({ code: 'ambiguous-name', candidates })
    expect(await asked((response) => void response.writeHead(409).end(answer))).toMatchObject({
      code: 3,
      err: expect.stringContaining('Use one of: a, e@d (c)'),
    })
  })

  test.each([
    ['429 with a time', 429, { 'retry-after': '90' }, 1, /Try again in 1 min 30 s\.\n$/],
    ['429 without one', 429, {}, 1, /Try again later\.\n$/],
    [
      'a time that is none',
      503,
      { 'retry-after': 'Fri, 31 Dec 1999 23:59:59 GMT' },
      1,
      /Try again later\.\n$/,
    ],
    ['a gateway', 502, {}, 1, /could not answer \(status 502\)/],
    ['403', 403, {}, 5, /does not allow it\./],
  ])('%s is said in a sentence', async (_, status, headers, code, message) => {
    expect(await asked((response) => void response.writeHead(status, headers).end())).toMatchObject({
      code,
      err: expect.stringMatching(message),
    })
  })

  test('that does not run starts no app', async () => {
    const { port, close } = await server(() => undefined)
    await close()
    const app = path.join(folder, 'app')
    writeFileSync(app, `#!/bin/sh\ntouch '${folder}/started'\n`, { mode: 0o700 })
    expect(await satm(`http://127.0.0.1:${port}`, ['token', 'a'], { SATM_APP: app })).toMatchObject({
      code: 4,
      err: expect.stringContaining('nothing listens there'),
    })
    expect(existsSync(path.join(folder, 'started'))).toBe(false)
  })
})

describe('the file of the secret', () => {
  const heard: string[] = []
  let url: string

  beforeEach(async () => {
    heard.length = 0
    const { port } = await server((request, response) => {
      heard.push(String(request.headers.authorization))
      response.end('{"access_token":"t0ken"}')
    })
    url = `http://127.0.0.1:${port}`
  })

  const refused = async (why: string) => {
    const { code, out, err } = await satm(url, ['token', 'a'])
    expect([code, out]).toEqual([5, ''])
    expect(err).toContain(why)
    expect(err).not.toContain('s3cret')
    expect(heard).toEqual([])
  }

  test.each([
    ['by everybody', 0o644],
    ['by the group', 0o640],
    ['by nobody, but written by everybody', 0o602],
  ])('is refused when it can be read %s', async (_, mode) => {
    consumerFile('s3cret', mode)
    await refused('chmod 600')
  })

  test.each([
    ['two lines', 's3cret\nmore\n'],
    ['a line break in the header', 's3cret\r\nX-Evil: 1'],
    ['a space', 's3cret more'],
    ['a byte order mark', '\ufeffs3cret'],
    ['too much', 's3cret'.repeat(2_000)],
    ['nothing', '\n'],
  ])('is refused with %s', async (_, text) => {
    consumerFile(text)
    await refused(
      text === '\n' ? 'is empty' : text.length > 8_192 ? 'longer than any secret' : 'the secret alone',
    )
  })

  test('is refused when it is missing, or a folder', async () => {
    await refused('is not there')
    mkdirSync(path.join(folder, 'consumer'))
    await refused('is not a file')
  })

  test.runIf(process.getuid?.() === 0)(
    'of another user is refused; one that root lets the group read is not',
    async () => {
      const file = consumerFile('s3cret')
      chownSync(file, NOBODY, NOBODY)
      await refused('belongs to another user (user ID 65534)')

      chownSync(file, 0, NOBODY)
      chmodSync(folder, 0o755)
      const asNobody = async (mode: number) => {
        chmodSync(file, mode)
        const { path: script } = await program()
        chmodSync(path.dirname(script), 0o755)
        const child = spawn(
          process.execPath,
          [script, 'token', 'a', '--server', url, '--consumer-file', file],
          {
            env: { PATH: process.env.PATH },
            uid: NOBODY,
            gid: NOBODY,
            stdio: ['ignore', 'ignore', 'ignore'],
          },
        )
        return (await once(child, 'close'))[0]
      }
      expect([await asNobody(0o440), await asNobody(0o444), await asNobody(0o460)]).toEqual([0, 5, 5])
    },
  )

  test('may be a pipe, and end with a line break of any kind', async () => {
    consumerFile('s3cret\r\n')
    expect((await satm(url, ['token', 'a'])).code).toBe(0)
    const { path: script } = await program()
    const child = spawn(
      'bash',
      [
        '-c',
        `"$0" "$1" token a --server "$2" --consumer-file <(printf s3cret)`,
        process.execPath,
        script,
        url,
      ],
      { env: { PATH: process.env.PATH }, stdio: ['ignore', 'ignore', 'inherit'] },
    )
    expect(await once(child, 'close')).toEqual([0, null])
    expect(heard).toEqual(['Bearer s3cret', 'Bearer s3cret'])
  })
})

async function server(answer: RequestListener) {
  return listening(createServer(answer))
}

async function tlsServer(options: ServerOptions, answer: RequestListener) {
  const { port } = await listening(createTlsServer(options, answer))
  return { url: `https://127.0.0.1:${port}` }
}

async function listening(made: ReturnType<typeof createServer>) {
  made.listen(0, '127.0.0.1')
  await once(made, 'listening')
  const close = async () => {
    made.closeAllConnections()
    await new Promise((resolve) => made.close(resolve))
  }
  onTestFinished(close)
  return { port: (made.address() as AddressInfo).port, close }
}

function issue(place: string): Certificates {
  const openssl = (...args: readonly string[]) =>
    execFileSync('openssl', args, { cwd: place, stdio: ['ignore', 'ignore', 'pipe'] })
  const read = (name: string) => readFileSync(path.join(place, name))
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl('req', '-x509', ...key, '-subj', '/CN=Authority', '-keyout', 'ca.key', '-out', 'ca.pem')
  const issued = (name: string, names: string, days: string): ServerOptions => {
    const files = ['-keyout', `${name}.key`, '-out', `${name}.csr`]
    openssl('req', ...key, '-subj', '/CN=server', '-addext', `subjectAltName=${names}`, ...files)
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-copy_extensions', 'copy', '-days', days]
    openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.pem`)
    return { key: read(`${name}.key`), cert: read(`${name}.pem`) }
  }
  const self = ['-keyout', 'self.key', '-out', 'self.pem', '-addext', 'subjectAltName=IP:127.0.0.1']
  openssl('req', '-x509', ...key, '-subj', '/CN=self', ...self)
  return {
    ca: path.join(place, 'ca.pem'),
    good: issued('good', 'IP:127.0.0.1', '1'),
    otherName: issued('other', 'DNS:elsewhere.example', '1'),
    expired: issued('expired', 'IP:127.0.0.1', '-1'),
    selfSigned: { key: read('self.key'), cert: read('self.pem') },
  }
}
