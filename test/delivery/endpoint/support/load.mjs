// So many requests a second, sent from a thread of its own at the times planned for them whatever became of those
// before, each answer looked at. A request that waits to be sent counts as waiting for its answer.
import { createHash } from 'node:crypto'
import * as http from 'node:http'
import * as https from 'node:https'
import { parentPort, workerData } from 'node:worker_threads'

// What it is told and tells is written down in under-load.ts.

const { port, paths, secrets, perSecond, seconds, ca } = workerData
const { Agent, request } = ca === undefined ? http : https
const agent = new Agent({ keepAlive: true, maxSockets: 64 })
const tls = ca === undefined ? {} : { ca, servername: 'localhost' }
const total = Math.round(perSecond * seconds)
/** @type {string[]} */
const lost = []
/** @type {string[]} */
const wrong = []
/** @type {number[]} */
const latencies = []
/** @type {Map<string, Set<string>>} */
const tokens = new Map(paths.map((path) => [path, new Set()]))
let sent = 0
let open = 0

const began = performance.now()
await new Promise((resolve) => {
  const timer = setInterval(() => {
    const due = Math.min(total, Math.ceil(((performance.now() - began) * perSecond) / 1000))
    while (sent < due) send()
    if (sent === total && open === 0) {
      clearInterval(timer)
      resolve(undefined)
    }
  }, 1)
})
agent.destroy()
parentPort?.postMessage({
  answers: latencies.length,
  lost,
  wrong,
  latencies: latencies.toSorted((a, b) => a - b),
  tokens: Object.fromEntries(
    [...tokens].map(([path, all]) => [
      path,
      [...all].map((token) => createHash('sha256').update(token).digest('hex').slice(0, 8)),
    ]),
  ),
})

function send() {
  const plannedAt = began + (sent * 1000) / perSecond
  const path = paths[sent % paths.length] ?? '/'
  const secret = secrets[sent % secrets.length] ?? ''
  sent += 1
  open += 1
  const outgoing = request(
    { host: '127.0.0.1', port, path, agent, headers: { authorization: `Bearer ${secret}` }, ...tls },
    (response) => {
      let text = ''
      response.setEncoding('utf8')
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => {
        latencies.push(performance.now() - plannedAt)
        open -= 1
        look(path, response.statusCode ?? 0, text)
      })
      response.on('error', fail)
    },
  )
  outgoing.on('error', fail)
  outgoing.end()
}

/** @param {Error} error */
function fail(error) {
  open -= 1
  lost.push(error.message)
}

/**
 * @param {string} path
 * @param {number} status
 * @param {string} text
 */
function look(path, status, text) {
  const answer = status === 200 ? JSON.parse(text) : {}
  if (status !== 200 || !path.endsWith(`/${answer.profile_id}`)) wrong.push(`${path}: ${status} ${text}`)
  else if (Date.parse(answer.expires_at) <= Date.now()) wrong.push(`${path}: expired`)
  else tokens.get(path)?.add(answer.access_token)
}
