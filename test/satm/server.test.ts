// Who may ask, how much, and how long: over a real socket with real files.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { StoreFailure } from '#engine/domain/ports.ts'
import { PROTOCOL, PROTOCOL_OF } from '#satm/protocol.ts'
import { startSatmServer } from '#satm/server/socket-server.ts'
import { aFolder, appOf, type Running, running, userId } from './support/running.ts'

let app: Running

beforeEach(async () => {
  app = await running({ profiles: [{ id: 'p1', name: 'Orders' }] })
})
afterEach(() => app.close())

/** All that is said before the connection ends. */
async function saying(bytes: string | Buffer, socket: Socket = connect(app.socket)): Promise<string> {
  let said = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    said += chunk
  })
  socket.on('error', () => undefined)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  socket.write(bytes)
  await closed
  return said
}

const line = (request: unknown, version = PROTOCOL) => `${JSON.stringify({ version, request })}\n`
const answerTo = async (request: unknown, version = PROTOCOL) =>
  JSON.parse(await saying(line(request, version)))
const token = { kind: 'token', profile: 'Orders', minTtl: null }

describe('what is asked', () => {
  test('is answered in one line', async () => {
    expect(await answerTo(token)).toMatchObject({ ok: true, value: { token: 'access-1' } })
  })

  test.each([
    ['no JSON', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['no envelope', '{"kind":"list"}\n'],
    ['an unknown request', line({ kind: 'secrets' })],
    ['more than belongs to it', line({ ...token, refreshToken: true })],
    ['a time that cannot be', line({ ...token, minTtl: -1 })],
    ['a path that is none', line({ kind: 'import', file: '', isDryRun: true })],
    ['a path from wherever the app runs', line({ kind: 'import', file: 'x.csv', isDryRun: true })],
    ['a pause for ever', line({ kind: 'pause-all', duration: 1e12 })],
    ['a pause of half a millisecond', line({ kind: 'pause-all', duration: 0.5 })],
    ['a name that is too long', line({ kind: 'open', profile: 'x'.repeat(2000) })],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x00, 0x0a])],
  ])('%s is refused', async (_, bytes) => {
    expect(JSON.parse(await saying(bytes))).toMatchObject({ ok: false, error: { code: 'malformed' } })
    expect(app.unexpected).toEqual([])
  })

  test('a line that does not end is cut off', async () => {
    expect(JSON.parse(await saying('x'.repeat(20_000)))).toMatchObject({ error: { code: 'malformed' } })
  })

  test('a line may come in parts', async () => {
    const socket = connect(app.socket)
    const whole = line(token)
    const said = saying(whole.slice(0, 7), socket)
    await once(socket, 'connect')
    for (const part of [whole.slice(7, 30), whole.slice(30)]) socket.write(part)
    expect(JSON.parse(await said)).toMatchObject({ ok: true })
  })

  test('a request of an older satm is answered, and so is an older request of this one', async () => {
    expect(PROTOCOL_OF.token).toBe(1)
    expect(await answerTo(token, 1)).toMatchObject({ ok: true })
    expect(await answerTo(token)).toMatchObject({ ok: true })
  })

  test.each([0, -1, 1.5, PROTOCOL + 1])('protocol %s is told which satm to use', async (version) => {
    expect(await answerTo(token, version)).toMatchObject({ ok: false, error: { code: 'other-version' } })
  })

  test('another version is told which to use', async () => {
    const { error } = await answerTo(token, PROTOCOL + 1)
    expect(error).toMatchObject({ code: 'other-version', message: expect.stringMatching(/restart the app/) })
  })

  test('an error nobody meant says nothing of itself', async () => {
    await app.world.engine.stop()
    app.world.engine.fleet = () => {
      throw new Error('access-1 leaks')
    }
    const said = await saying(line(token))
    expect(JSON.parse(said)).toMatchObject({ error: { code: 'internal' } })
    expect(said).not.toContain('access-1')
    expect(app.unexpected).toHaveLength(1)
  })
})

describe('who asks', () => {
  const nobody = 65534

  test('is the socket’s own user: its file is nobody else’s', () => {
    const { mode, uid } = statSync(app.socket)
    expect((mode & 0o777).toString(8)).toBe('600')
    expect(uid).toBe(userId)
  })

  test.runIf(userId === 0)('another user cannot open it, even where he may enter the folder', async () => {
    chmodSync(app.folder, 0o755)
    const script = `
      const socket = require('node:net').connect(${JSON.stringify(app.socket)})
      socket.on('connect', () => { console.log('connected'); process.exit() })
      socket.on('error', ({ code }) => { console.log(code); process.exit() })`
    const args = [
      '--reuid',
      `${nobody}`,
      '--regid',
      `${nobody}`,
      '--clear-groups',
      process.execPath,
      '-e',
      script,
    ]
    const { stdout, stderr } = spawnSync('setpriv', args, { encoding: 'utf8' })
    expect({ stdout, stderr }).toEqual({ stdout: 'EACCES\n', stderr: '' })
  })

  test.each([
    ['say nothing', ''],
    ['never end their request', '{"version":1,'],
  ])('64 that %s keep nobody out: the one that has been silent for longest goes', async (_, begun) => {
    const silent = Array.from({ length: 64 }, () => connect(app.socket).on('error', () => undefined))
    await Promise.all(silent.map((socket) => once(socket, 'connect')))
    for (const socket of silent) socket.write(begun)
    const [first, second, ...others] = silent
    const gone = new Promise((resolve) => first?.once('close', resolve))
    expect(JSON.parse(await saying(line(token)))).toMatchObject({ ok: true })
    await gone
    expect(await saying(begun === '' ? line(token) : '\n', second)).toContain('"ok":')
    for (const socket of others) socket.destroy()
  })

  test('those that have asked keep their place, and the next is told to try again', async () => {
    let asked = 0
    let answer = () => {}
    const answered = new Promise<never>((_, reject) => {
      answer = () => reject(new Error('stopped'))
    })
    app.world.engine.refresh = () => {
      asked += 1
      return answered
    }
    const asking = Array.from({ length: 64 }, () => saying(line({ kind: 'refresh', profile: 'Orders' })))
    await expect.poll(() => asked).toBe(64)
    expect(await saying(line(token))).toBe('')
    answer()
    for (const said of await Promise.all(asking)) expect(said).toContain('"ok":')
  })

  test('a request that comes byte by byte has 10 s in all', async () => {
    const socket = connect(app.socket)
    await once(socket, 'connect')
    const closed = new Promise((resolve) => socket.once('close', resolve))
    for (const letter of line(token).slice(0, 10)) {
      socket.write(letter)
      await app.world.clock.advance(1_000)
    }
    await app.world.clock.advance(1_000)
    await closed
  })
})

test('a refresh that no computer of a shared vault has carried out says why', async () => {
  const why = 'No computer has carried this out within a minute.'
  app.world.engine.refresh = () => Promise.reject(new StoreFailure('shared', why))
  expect(await saying(line({ kind: 'refresh', profile: 'Orders' }))).toContain(why)
  app.world.engine.refresh = () => Promise.reject(new Error('of the engine itself'))
  expect(await saying(line({ kind: 'refresh', profile: 'Orders' }))).not.toContain('of the engine itself')
})

test('what a vault cannot read says why', async () => {
  const why = "The shared vault's database cannot be reached."
  app.around.historyFailure = new StoreFailure('shared', why)
  const said = await saying(line({ kind: 'history', profile: null, limit: 1 }))
  expect(JSON.parse(said)).toEqual({ ok: false, error: { code: 'failed', message: why } })
  expect(app.unexpected).toEqual([])
})

describe('the place of the socket', () => {
  const parts = (socket: string) => ({
    app: appOf(app.world, app.folder, () => 'open'),
    socket,
    userId,
    clock: app.world.clock,
    unexpected: () => undefined,
  })

  test('a socket that a killed owner left is taken over', async () => {
    const folder = aFolder()
    const socket = path.join(folder, 'satm.sock')
    const owner = `require('node:net').createServer().listen(${JSON.stringify(socket)}, () => console.log('up'))`
    const child = spawn(process.execPath, ['-e', owner], { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(child.stdout, 'data')
    child.kill('SIGKILL')
    await once(child, 'exit')
    expect(existsSync(socket)).toBe(true)
    const server = await startSatmServer(parts(socket))
    expect(await saying(line(token), connect(socket))).toContain('"ok":true')
    await server.close()
    expect(existsSync(socket)).toBe(false)
    rmSync(folder, { recursive: true })
  })

  test.each([
    ['a file', (at: string) => writeFileSync(at, 'precious')],
    ['a folder', (at: string) => mkdirSync(at)],
    ['a link to a socket', (at: string) => symlinkSync(app.socket, at)],
  ])('%s in its place stays, and nobody listens', async (_, put) => {
    const at = path.join(app.folder, 'other.sock')
    put(at)
    const before = lstatSync(at).ino
    await expect(startSatmServer(parts(at))).rejects.toThrow(/not this app's/)
    expect(lstatSync(at).ino).toBe(before)
  })

  test.runIf(userId === 0)('another user’s socket stays, and nobody listens', async () => {
    const folder = aFolder()
    const at = path.join(folder, 'satm.sock')
    const stranger = createServer()
    await new Promise<void>((resolve) => stranger.listen(at, resolve))
    spawnSync('chown', [`${nobodyId}`, at])
    await expect(startSatmServer(parts(at))).rejects.toThrow(/not this app's/)
    expect(existsSync(at)).toBe(true)
    stranger.close()
    rmSync(folder, { recursive: true })
  })
})

const nobodyId = 65534

test('nobody is kept waiting when the app ends', async () => {
  const socket = connect(app.socket)
  await once(socket, 'connect')
  await app.close()
  if (!socket.closed) await once(socket, 'close')
  expect(existsSync(app.socket)).toBe(false)
  app = await running({ profiles: [{ id: 'p1', name: 'Orders' }] })
})
