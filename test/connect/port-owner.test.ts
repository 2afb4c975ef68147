import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { findPortOwner, listeningInodes, readLsof, readNetstat } from '#connect/port-owner.ts'
import { EVERYWHERE, freePort, stranger } from './support/sockets.ts'

test.for(EVERYWHERE)('the process that listens on %s is named with its id', async (host) => {
  const port = await freePort()
  const other = await stranger(port, host)
  expect(await findPortOwner(port, process.platform)).toMatch(new RegExp(`^.+ \\(process ${process.pid}\\)$`))
  await other.close()
})

test.skipIf(process.platform !== 'linux')(
  'a program whose main thread has no name of its own is named by its file, as with Node 24',
  async () => {
    const script = `require('fs').writeFileSync('/proc/self/comm', 'MainThread')
      const server = require('net').createServer().listen(0, '127.0.0.1', () => console.log(server.address().port))`
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [printed] = await once(child.stdout, 'data')
    expect(await findPortOwner(Number(printed), process.platform)).toBe(
      `${path.basename(process.execPath)} (process ${child.pid})`,
    )
  },
)

test('nobody is named for a port nobody listens on', async () => {
  expect(await findPortOwner(await freePort(), process.platform)).toBeNull()
})

test('a system that has no such tool names nobody', async () => {
  expect(await findPortOwner(3000, 'aix')).toBeNull()
})

test('only listening sockets count, and only on that very port', () => {
  const row = (local: string, state: string, inode: number) =>
    `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0000 100 0 0 10 0`
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    row('0100007F:0BB8', '0A', 11),
    row('0100007F:0BB8', '01', 12),
    row('00000000000000000000000001000000:0BB8', '0A', 13),
    row('0100007F:0BB9', '0A', 14),
    row('0BB80BB8:1F90', '0A', 15),
  ].join('\n')
  expect(listeningInodes(table, 3000)).toEqual(['11', '13'])
})

test('what lsof tells on macOS', () => {
  expect(readLsof('p4711\ncnode\nf23\n')).toBe('node (process 4711)')
  expect(readLsof('')).toBeNull()
})

test('what netstat tells on Windows, in any language', () => {
  const output = `
  Proto  Lokale Adresse         Remoteadresse          Status           PID
  TCP    0.0.0.0:13000          0.0.0.0:0              ABHÖREN          4
  TCP    127.0.0.1:3000         127.0.0.1:50000        HERGESTELLT      8
  TCP    127.0.0.1:3000         0.0.0.0:0              ABHÖREN          4711
`
  expect(readNetstat(output, 3000)).toBe('4711')
  expect(readNetstat(output, 3001)).toBeNull()
})
