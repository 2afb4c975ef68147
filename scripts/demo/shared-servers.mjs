// What the demo of a shared vault has beside the window: PostgreSQL, the simulated Webex and two servers, each a process, in one
// folder that is removed with them.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { runnerImport } from 'vite'
import { projectRoot } from '../project.mjs'

const SATM = path.join(projectRoot, 'out', 'satm', 'index.js')
const SIMULATOR = path.join(projectRoot, 'out', 'simulator', 'cli.js')

/** @typedef {{ readonly event: string, readonly [field: string]: any }} LogLine */
/**
 * @typedef {object} Computer  one that may take part: its files, and how satm is run with them
 * @property {string} name
 * @property {string} folder
 * @property {NodeJS.ProcessEnv} env
 */
/**
 * @typedef {object} Server
 * @property {Computer} computer
 * @property {(event: string) => Promise<LogLine>} logged  the first line of this event from now on
 * @property {(signal: NodeJS.Signals) => Promise<void>} end
 */

/** Everything ends by `close`, in any state. */
export async function startShared() {
  const root = await mkdtemp(path.join(tmpdir(), 'satm-demo-'))
  /** @type {(() => Promise<unknown>)[]} */
  const closing = [() => rm(root, { recursive: true, force: true })]
  const close = async () => {
    for (const end of closing.splice(0).reverse()) await end()
  }
  try {
    const { module } = await runnerImport(path.join(projectRoot, 'test/shared/support/postgres.ts'), {
      configFile: false,
      logLevel: 'error',
    })
    const postgres = await module.startPostgres()
    closing.push(() => postgres.remove())
    const { host, port, user, database } = postgres.connection
    const url = `postgresql://${user}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`
    const webex = await startSimulator()
    closing.push(() => webex.end())

    /**
     * @param {string} name
     * @returns {Promise<Computer>}
     */
    const computer = async (name) => {
      const folder = await mkdtemp(path.join(root, `${name.replace(' ', '-')}-`))
      /** @param {string} file @param {string} text */
      const write = async (file, text) => {
        await writeFile(path.join(folder, file), text, { mode: 0o600 })
        return path.join(folder, file)
      }
      return {
        name,
        folder,
        env: {
          ...process.env,
          SATM_DATA_FOLDER: path.join(folder, 'data'),
          SATM_DATABASE_FILE: await write('database', `${url}\n`),
          SATM_IDENTITY_FILE: path.join(folder, 'identity'),
          SATM_PASSPHRASE_FILE: await write('passphrase', `only for the demo of ${name}\n`),
          SATM_WEBEX_BASE_URL: webex.credentials.baseUrl,
          SATM_OPERATIONS_LISTEN: 'off',
        },
      }
    }
    return {
      postgres,
      webex: webex.credentials,
      computer,
      /** @param {Computer} place @param {(server: Server, line: LogLine) => void} heard */
      serve: async (place, heard) => {
        const server = await startServer(place, heard)
        closing.push(() => server.end('SIGTERM'))
        return server
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Rotating refresh tokens; an access token lives two minutes. */
async function startSimulator() {
  const flags = ['--port', '0', '--apps', '3', '--orgs', '4', '--access-ttl', '120', '--latency', '150']
  const more = ['--manager-access-ttl', '86400', '--redirect-uri', 'http://localhost:3000/callback']
  const child = spawn(process.execPath, [SIMULATOR, ...flags, ...more], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = await once(createInterface({ input: child.stdout }), 'line')
  const ended = once(child, 'close')
  return {
    credentials: JSON.parse(line),
    end: async () => {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/**
 * @param {Computer} computer
 * @param {(server: Server, line: LogLine) => void} heard
 * @returns {Promise<Server>}
 */
async function startServer(computer, heard) {
  const child = spawn(process.execPath, [SATM, 'serve', '--listen', `127.0.0.1:${await freePort()}`], {
    env: computer.env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  /** @type {Map<string, ((line: LogLine) => void)[]>} */
  const waiting = new Map()
  /** @type {Server} */
  const server = {
    computer,
    logged: (event) =>
      new Promise((resolve, reject) => {
        waiting.set(event, [...(waiting.get(event) ?? []), resolve])
        ended.then(() => reject(new Error(`${computer.name} has ended.`)))
      }),
    end: async (signal) => {
      child.kill(signal)
      await ended
    },
  }
  createInterface({ input: child.stdout }).on('line', (text) => {
    /** @type {LogLine} */
    const line = JSON.parse(text)
    for (const resolve of waiting.get(line.event) ?? []) resolve(line)
    waiting.delete(line.event)
    heard(server, line)
  })
  return server
}

async function freePort() {
  const listener = createServer().listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const address = listener.address()
  listener.close()
  await once(listener, 'close')
  if (address === null || typeof address === 'string') throw new Error('There is no free port.')
  return address.port
}

/**
 * satm as a person at this computer runs it; resolves with what it prints.
 * @param {Computer} computer
 * @param {readonly string[]} args
 * @param {(printed: string) => Promise<string | null>} [answer]  what is typed once that was printed; null: nothing yet
 */
export async function satm({ env, name }, args, answer) {
  const child = spawn(process.execPath, [SATM, ...args], { env: { ...env, SATM_NO_START: '1' } })
  let [printed, complaint] = ['', '']
  let isAnswered = answer === undefined
  child.stdout.setEncoding('utf8').on('data', (text) => {
    printed += text
    if (isAnswered || answer === undefined) return
    isAnswered = true
    answer(printed).then(
      (typed) => {
        if (typed === null) isAnswered = false
        else child.stdin.end(`${typed}\n`)
      },
      () => child.kill(),
    )
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    complaint += text
  })
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`${name}: satm ${args[0]} ended with ${code}: ${complaint}`)
  return printed
}
