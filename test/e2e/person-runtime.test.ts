// The runtime of `npm start`: whoever chooses its environment and switches, or sends it a signal, gets no code into the app
// and no debugger onto it. Each way is first shown to work on the runtime of tests.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { FuseV1Options, getCurrentFuseWire } from '@electron/fuses'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hardenedCopy } from '../../scripts/electron-runtime/hardened-copy.mjs'
import { cacheFolder } from '../../scripts/project.mjs'
import { sandboxArguments } from '../../scripts/run/electron.mjs'
import { closeServer } from '../connect/support/sockets.ts'
import { runtime } from './support/app.ts'

const root = path.resolve(import.meta.dirname, '../..')
const LISTENING = '0A'
/** A fuse's byte: the digit 1. */
const ON = 0x31

describe.runIf(process.platform === 'linux')('the runtime of a person', () => {
  const place = mkdtempSync(path.join(tmpdir(), 'satm-person-'))
  const marker = path.join(place, 'ran')
  const evil = path.join(place, 'evil.cjs')
  const small = path.join(place, 'app')
  let hardened = ''

  beforeAll(async () => {
    writeFileSync(evil, `require('node:fs').writeFileSync(${JSON.stringify(marker)}, '')`)
    mkdirSync(small)
    writeFileSync(path.join(small, 'package.json'), '{"name":"small","version":"1.0.0","main":"main.cjs"}')
    writeFileSync(path.join(small, 'main.cjs'), "require('electron').app.exit()")
    hardened = await hardenedCopy(runtime(), { cache: cacheFolder(process.env) })
  })
  afterAll(() => rmSync(place, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }))

  const started = (
    executable: string,
    args: readonly string[],
    env: Readonly<Record<string, string | undefined>> = {},
  ) => {
    const child = spawn(executable, [...sandboxArguments(), ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const said: string[] = []
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => said.push(String(text)))
    return { child, said: () => said.join('') }
  }

  test('is a copy of the other one with the fuses of a release, which keeps its own', async () => {
    const on = async (executable: string) => {
      const wire = Object.entries(await getCurrentFuseWire(executable))
      return wire.flatMap(([index, state]) => (state === ON ? [FuseV1Options[Number(index)]] : []))
    }
    expect(await on(hardened)).toEqual([])
    expect(await on(runtime())).toEqual(
      expect.arrayContaining([
        'RunAsNode',
        'EnableNodeOptionsEnvironmentVariable',
        'EnableNodeCliInspectArguments',
      ]),
    )
    expect(await hardenedCopy(runtime(), { cache: cacheFolder(process.env) })).toBe(hardened)
  })

  test('runs nobody else’s code and opens no debugger, by variables, switches or a signal', async () => {
    const plainNode = { ELECTRON_RUN_AS_NODE: '1' }
    const options = { NODE_OPTIONS: `--require ${evil}` }
    const ran = () => {
      const did = existsSync(marker)
      rmSync(marker, { force: true })
      return did
    }
    // What these do where nothing stops them.
    spawnSync(runtime(), [evil], { env: { ...process.env, ...plainNode } })
    expect(ran()).toBe(true)
    const optional = started(runtime(), [small], options)
    await once(optional.child, 'exit')
    expect(ran()).toBe(true)
    const inspected = started(runtime(), ['--inspect=0', small])
    await once(inspected.child, 'exit')
    expect(inspected.said()).toContain('Debugger listening')

    const visits: string[] = []
    const server = createServer((request, response) => {
      visits.push(request.url ?? '')
      response.end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const dataFolder = path.join(place, 'data')
    const keys = path.join(place, 'tls-keys')
    const app = started(
      hardened,
      ['--inspect=0', '--inspect-brk=0', '--password-store=basic', root, `--user-data-dir=${dataFolder}`],
      { ...plainNode, ...options, SSLKEYLOGFILE: keys, ELECTRON_RENDERER_URL: `http://127.0.0.1:${port}/` },
    )
    try {
      // The last step of a start, and only of the app's own.
      await expect.poll(() => existsSync(path.join(dataFolder, 'satm.json')) || app.said()).toBe(true)
      expect(listeners(app.child)).toEqual([])
      expect(existsSync(keys)).toBe(false)
      // No handler: the signal ends the app, and opens no inspector.
      app.child.kill('SIGUSR1')
      await expect.poll(() => app.child.signalCode ?? listeners(app.child)).toBe('SIGUSR1')
      expect(ran()).toBe(false)
      expect(visits).toEqual([])
      expect(app.said()).not.toContain('Debugger')
    } finally {
      app.child.kill()
      if (app.child.exitCode === null && app.child.signalCode === null) await once(app.child, 'exit')
      await closeServer(server)
    }
  })

  test.each([
    '--remote-debugging-port=0',
    '--remote-debugging-pipe',
    '--js-flags=--expose-gc',
    '--ignore-certificate-errors',
    '--net-log-capture-mode=Everything',
    '--log-net-log',
    '--trace-startup=netlog',
  ])('does not start the app with %s', async (given) => {
    const dataFolder = path.join(place, 'refused')
    const app = started(hardened, [given, root, `--user-data-dir=${dataFolder}`, '--hidden'])
    const [code] = await once(app.child, 'exit')
    expect(app.said()).toContain(`does not start with ${given.split('=', 1)[0]}`)
    expect(app.said()).not.toContain('DevTools listening')
    expect(code).toBe(1)
    expect(existsSync(path.join(dataFolder, 'vault'))).toBe(false)
  })
})

/** Ports on which the process accepts connections, in hex. */
function listeners({ pid }: ChildProcess): readonly string[] {
  const folder = `/proc/${pid}/fd`
  const own = new Set(
    readdirSync(folder).map((fd) => {
      try {
        return readlinkSync(path.join(folder, fd))
      } catch {
        return ''
      }
    }),
  )
  return ['tcp', 'tcp6'].flatMap((table) =>
    readFileSync(`/proc/${pid}/net/${table}`, 'utf8')
      .split('\n')
      .slice(1)
      .flatMap((line) => {
        const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
        return state === LISTENING && own.has(`socket:[${inode}]`) ? [local] : []
      }),
  )
}
