// satm doctor where the app cannot be asked, or says that something is wrong: with real folders, sockets and users.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { writeNote } from '#satm/app-location.ts'
import { parseRequest } from '#satm/server/request-parser.ts'
import { program, type Running, removeProgram, running, satm, userId } from './support/running.ts'

const NOBODY = 65_534
let app: Running

beforeEach(async () => {
  app = await running({ profiles: [{ id: 'p1', name: 'Orders' }] })
})
afterEach(() => app.close())
afterAll(removeProgram)

const doctor = async (folder = app.folder, env: Readonly<Record<string, string>> = {}) => {
  const { code, out, err } = await satm({ ...app, folder }, ['doctor'], { SATM_APP: '/bin/true', ...env })
  expect(err).toBe('')
  return { code, out, problems: out.split('\n').filter((line) => line.startsWith('problem\t')) }
}

/** The app has run with it, and was killed. */
function left(): string {
  const folder = path.join(app.folder, 'elsewhere')
  mkdirSync(folder, { mode: 0o700 })
  writeNote(folder, { socket: path.join(folder, 'satm.sock'), command: null })
  return folder
}

test('nothing is wrong with an app that runs', async () => {
  expect(await doctor()).toEqual({
    code: 0,
    out: `ok\tdata folder\t${app.folder}\nok\tsocket\t${app.socket}\nok\tversions\tsatm and the app are 1.2.3\n`,
    problems: [],
  })
})

test('a server is named, and its version is compared', async () => {
  app.around.isServer = true
  expect(await doctor()).toMatchObject({
    code: 0,
    out: expect.stringContaining(
      'ok\tserver\ta server (satm serve) owns this data folder\nok\tversions\tsatm and the server are 1.2.3\n',
    ),
  })
  app.around.version = '1.3.0'
  expect((await doctor()).problems).toEqual([
    expect.stringMatching(/\tthe server is version 1\.3\.0, .*Restart the server/),
  ])
})

test('a server that does not run is to be started, and the app never is in its place', async () => {
  const folder = left()
  writeNote(folder, { socket: path.join(folder, 'satm.sock'), command: ['/bin/false'], isServer: true })
  const program = path.join(app.folder, 'app')
  writeFileSync(program, `#!/bin/sh\ntouch '${app.folder}/started'\n`, { mode: 0o700 })
  const { code, problems } = await doctor(folder, { SATM_APP: program })
  expect(code).toBe(4)
  expect(problems).toEqual([
    expect.stringContaining('the server is not running with this data folder'),
    expect.stringMatching(/^problem\tserver\tA server \(satm serve\) owns .* systemctl start satm\.$/),
  ])
  for (const args of [['token', 'Orders'], ['open'], ['list']])
    expect(await satm({ ...app, folder }, args, { SATM_APP: program })).toMatchObject({
      code: 4,
      err: expect.stringContaining('systemctl start satm'),
    })
  expect(existsSync(path.join(app.folder, 'started'))).toBe(false)
})

test('what the app finds is among the lines, and in JSON and CSV', async () => {
  const check = { name: 'clock', state: 'problem', sentence: '3 h behind Webex’s.' } as const
  app.around.checks = [check]
  expect(await doctor()).toMatchObject({ code: 5, problems: ['problem\tclock\t3 h behind Webex’s.'] })
  expect(JSON.parse((await satm(app, ['doctor', '--json'])).out).checks).toContainEqual(check)
  expect((await satm(app, ['doctor', '-o', 'csv'])).out).toContain('problem,clock,3 h behind Webex’s.\r\n')
})

test('a closed vault does not keep it from being asked', async () => {
  app.state = 'closed'
  expect(await doctor()).toMatchObject({ code: 0 })
})

test('an app of another version is named with both', async () => {
  app.around.version = '1.3.0'
  const { code, problems } = await doctor()
  expect(code).toBe(5)
  expect(problems).toEqual([
    'problem\tversions\tthe app is version 1.3.0, satm is version 1.2.3. Restart the app, or use the satm that came with it.',
  ])
})

test('an app that knows no doctor is asked to be updated, and still gives tokens', async () => {
  // As protocol 1 answered.
  const older = createServer((socket) => {
    socket.once('data', (chunk) => {
      const { version } = JSON.parse(chunk.toString())
      const message = `This satm (protocol ${version}) and the running app (protocol 1) are of different versions. Use the satm that came with the app, or restart the app.`
      const refused = { ok: false, error: { code: 'other-version', message } }
      const token = { ok: true, value: { now: 0, token: 'old-token', expiresAt: null } }
      socket.end(`${JSON.stringify(version === 1 ? token : refused)}\n`)
    })
  })
  const folder = left()
  older.listen(path.join(folder, 'satm.sock'))
  await once(older, 'listening')
  onTestFinished(() => void older.close())
  const { code, problems } = await doctor(folder)
  expect(code).toBe(4)
  expect(problems[0]).toMatch(/^problem\tapp\tThis satm \(protocol 2\) .*restart the app\.$/)
  for (const words of [['pause', 'Orders'], ['test', 'Orders'], ['import', 'x.csv'], ['open']]) {
    const ran = await satm({ ...app, folder }, words)
    expect(ran).toMatchObject({ code: 4, out: '', err: expect.stringContaining('different versions') })
  }
  expect(await satm({ ...app, folder }, ['token', 'Orders'])).toEqual({
    code: 0,
    out: 'old-token\n',
    err: '',
  })
})

test('an older satm is answered by this app', () => {
  expect(parseRequest('{"version":1,"request":{"kind":"status","profile":null}}')).toMatchObject({
    kind: 'request',
  })
})

describe('without an app that answers', () => {
  test('a socket that is gone is told, with how to start the app', async () => {
    const { code, out, problems } = await doctor(left())
    expect(code).toBe(4)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^problem\tsocket\t.*satm\.sock.*: the app is not running/)
    expect(out).toContain('ok\tapp\t/bin/true can be started: satm open')
  })

  test('a folder with no note is told', async () => {
    const folder = left()
    rmSync(path.join(folder, 'satm.json'))
    mkdirSync(path.join(folder, 'vault'))
    writeFileSync(path.join(folder, 'vault', 'vault.db'), '')
    expect((await doctor(folder)).problems[0]).toMatch(/^problem\tsocket\tnone is noted/)
  })

  test('a file in the place of the socket is told, with what to do', async () => {
    const folder = left()
    writeFileSync(path.join(folder, 'satm.sock'), 'precious')
    expect((await doctor(folder)).problems[0]).toMatch(/is not a socket.*Remove it/)
  })

  test('a folder where the app never ran is told, and nothing is made there', async () => {
    const folder = `${app.folder}-not`
    const { code, problems } = await doctor(folder)
    expect(code).toBe(4)
    expect(problems[0]).toMatch(/^problem\tdata folder\tThere is no data folder .* Check SATM_DATA_FOLDER\.$/)
    expect(existsSync(folder)).toBe(false)
  })

  test('without a display it is told that none is named', async () => {
    const folder = left()
    writeNote(folder, { socket: path.join(folder, 'satm.sock'), command: [process.execPath] })
    const { problems } = await doctor(folder, { SATM_APP: '', DISPLAY: '', WAYLAND_DISPLAY: '' })
    expect(problems.at(-1)).toMatch(/^problem\tdisplay\tneither DISPLAY nor WAYLAND_DISPLAY/)
  })

  test('an app that is not where it was is told', async () => {
    const folder = left()
    // Beside a checkout satm would find that.
    const { path: script } = await program()
    const lonely = mkdtempSync(path.join(realpathSync(tmpdir()), 'satm-doctor-'))
    onTestFinished(() => rmSync(lonely, { recursive: true }))
    copyFileSync(script, path.join(lonely, 'satm.mjs'))
    const { stdout } = await run(path.join(lonely, 'satm.mjs'), folder, {})
    expect(stdout).toMatch(/\nproblem\tapp\t.*Start the app once, or set SATM_APP/)
  })
})

test.skipIf(process.platform === 'win32')('a folder that others can change is told', async () => {
  chmodSync(app.folder, 0o777)
  const { code, problems } = await doctor()
  chmodSync(app.folder, 0o700)
  expect(code).toBe(4)
  expect(problems[0]).toMatch(/^problem\tdata folder\t.*Other users of this computer can change/)
})

describe.runIf(userId === 0)('of another user', () => {
  test('a data folder is told with its owner, and what is in it is not used', async () => {
    const folder = left()
    chownSync(folder, NOBODY, NOBODY)
    const { code, problems } = await doctor(folder)
    expect(code).toBe(4)
    expect(problems[0]).toContain(`belongs to another user (user ID ${NOBODY})`)
  })

  test('a socket is told', async () => {
    const folder = left()
    symlinkSync(app.socket, path.join(folder, 'satm.sock'))
    const { problems } = await doctor(folder)
    expect(problems[0]).toContain('is not a socket')
  })
})

test('a data folder that its user cannot write to is told', async () => {
  const place = mkdtempSync(path.join(realpathSync(tmpdir()), 'satm-doctor-'))
  const folder = path.join(place, 'data')
  onTestFinished(() => {
    chmodSync(folder, 0o700)
    rmSync(place, { recursive: true })
  })
  mkdirSync(folder, { mode: 0o700 })
  writeNote(folder, { socket: path.join(folder, 'satm.sock'), command: null })
  const { path: script } = await program()
  copyFileSync(script, path.join(place, 'satm.mjs'))
  const user = userId === 0 ? { uid: NOBODY, gid: NOBODY } : {}
  if (userId === 0) {
    chmodSync(place, 0o755)
    for (const each of [folder, path.join(folder, 'satm.json')]) chownSync(each, NOBODY, NOBODY)
  }
  chmodSync(folder, 0o500)
  const { stdout, code } = await run(path.join(place, 'satm.mjs'), folder, user)
  expect(stdout).toMatch(/^problem\tdata folder\t.*cannot be written to, so no new token can be stored/)
  expect(code).toBe(4)
  expect(statSync(folder).mode & 0o777).toBe(0o500)
})

/** satm as a program, of another user where one is named. */
async function run(
  script: string,
  folder: string,
  user: { readonly uid?: number; readonly gid?: number },
): Promise<{ stdout: string; code: number | null }> {
  const child = spawn(process.execPath, [script, 'doctor', '--data-folder', folder], {
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'pipe', 'inherit'],
    ...user,
  })
  let stdout = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  const [code] = await once(child, 'close')
  return { stdout, code }
}
