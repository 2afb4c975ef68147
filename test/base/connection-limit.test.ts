import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ConnectionLimit, peerOf } from '#base/node/connection-limit.ts'

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::', '2001:db8:1:2'],
  ['2001:db8::5', '2001:db8:0:0'],
  ['2001:0db8:0001:0002::9', '2001:db8:1:2'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
  ['1:2:3:4:5:6:7::', '1:2:3:4'],
  ['::3:4:5:6:7:8', '0:0:3:4'],
  ['64:ff9b::192.0.2.1', '64:ff9b:0:0'],
  [undefined, ''],
])('%s is of %s', (address, peer) => {
  expect(peerOf(address)).toBe(peer)
})

describe('a limit for each peer', () => {
  let server: Server
  let limit: ConnectionLimit
  const accepted: Socket[] = []

  beforeEach(async () => {
    accepted.length = 0
    limit = new ConnectionLimit({ all: 100, perOwner: 10, perPeer: 3, requests: 5 })
    server = createServer((socket) => {
      accepted.push(socket.on('error', () => undefined))
      limit.add(socket)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
  })
  afterEach(() => {
    for (const socket of accepted) socket.destroy()
    server.close()
  })
  const open = async (from: string) => {
    const count = accepted.length
    const { port } = server.address() as AddressInfo
    connect({ port, host: '127.0.0.1', localAddress: from }).on('error', () => undefined)
    await expect.poll(() => accepted.length).toBe(count + 1)
    return accepted.at(-1)
  }
  const alive = () => accepted.map((socket) => !socket.destroyed)

  test('closes the oldest of that peer alone', async () => {
    await open('127.0.0.2')
    for (let at = 0; at < 5; at += 1) await open('127.0.0.1')
    expect(alive()).toEqual([true, false, false, true, true, true])
  })

  test('counts no connection whose owner is known', async () => {
    for (let at = 0; at < 5; at += 1) {
      const socket = await open('127.0.0.1')
      if (socket !== undefined) expect(limit.claim(socket, 'ci')).toBe(true)
    }
    await open('127.0.0.1')
    expect(alive()).toEqual(Array.from({ length: 6 }, () => true))
  })
})
