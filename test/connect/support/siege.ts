// A stranger that keeps a port's server busy, in a process of its own: as another user where the tests run as root.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { tmpdir } from 'node:os'

/** What each of the stranger's connections does; it is opened anew as soon as it is closed. */
const WAYS = {
  'say nothing': '',
  'never end their headers': `socket.write('GET / HTTP/1.1\\r\\nhost: x\\r\\n')`,
  'send a byte of a header now and then': `
    socket.write('GET / HTTP/1.1\\r\\nx: ')
    const timer = setInterval(() => socket.write('y'), 50)
    socket.on('close', () => clearInterval(timer))`,
  'send no HTTP, and keep their half open': `socket.write('\\x16\\x03\\x01 no http \\r\\n\\r\\n')`,
  'announce a body and never send it': `
    socket.write('POST / HTTP/1.1\\r\\nhost: x\\r\\ncontent-length: 1000000\\r\\n\\r\\nx')`,
  'expect something and wait': `
    socket.write('PUT / HTTP/1.1\\r\\nhost: x\\r\\nexpect: a-miracle\\r\\ncontent-length: 9\\r\\n\\r\\n')`,
  'ask with wrong secrets in rows, and read nothing': `
    socket.pause()
    const one = 'GET /v1/token/one HTTP/1.1\\r\\nhost: 127.0.0.1:' + port + '\\r\\nauthorization: Bearer wrong\\r\\n\\r\\n'
    socket.write(one.repeat(40))`,
  'reset in the middle': `socket.write('GET / HTTP/1.1\\r\\nhost: '); setTimeout(() => tcp.resetAndDestroy(), 20)`,
  'come and go': `setTimeout(() => socket.destroy(), 5)`,
} as const

export type Way = keyof typeof WAYS
export const ways = Object.keys(WAYS) as readonly Way[]

const NOBODY = 65534

/**
 * Resolves once `connections` of them, on both loopback families in turn, were open at least once. `tls`: each first
 * finishes a handshake, whatever certificate it is shown.
 */
export async function besiege(
  port: number,
  way: Way,
  connections: number,
  families: readonly string[],
  tls = false,
): Promise<{ end(): Promise<void> }> {
  // `allowHalfOpen`: the end that the server sends is not answered with one.
  const program = `
    const [port, families, connections, tls] = ${JSON.stringify([port, families, connections, tls])}
    let opened = 0
    const open = (host) => {
      const tcp = require('node:net').connect({ port, host, allowHalfOpen: true })
      const socket = tls ? require('node:tls').connect({ socket: tcp, rejectUnauthorized: false }) : tcp
      socket.on('error', () => {})
      socket.on('close', () => setTimeout(open, 20, host))
      socket.on(tls ? 'secureConnect' : 'connect', () => {
        opened += 1
        if (opened === connections) console.log('besieged')
        socket.resume()
        ${WAYS[way]}
      })
    }
    for (let at = 0; at < connections; at += 1) open(families[at % families.length])
  `
  const asNobody = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {}
  const child = spawn(process.execPath, ['-e', program], {
    ...asNobody,
    cwd: tmpdir(),
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  return {
    async end() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}
