// Connection limit: how many connections a server keeps open. One on which nobody has shown who it is makes room for the
// next, the oldest first, so that whoever opens many shuts nobody else out.
import { isIPv6, type Socket } from 'node:net'

export interface ConnectionLimits {
  /** Of everybody together, on all servers that share the limit. */
  readonly all: number
  /** Of one owner. */
  readonly perOwner: number
  /** Without an owner, of one peer (see `peerOf`). Missing: only `all` counts, as where everybody has the same address. */
  readonly perPeer?: number
  /** Requests of one connection that wait for their answer (pipelining); with more it is closed. */
  readonly requests: number
}

interface Connection {
  readonly peer: string
  /** Who has shown who it is; null: nobody yet. */
  owner: string | null
  /** Requests that wait for their answer. */
  requests: number
}

export class ConnectionLimit {
  readonly #limits: ConnectionLimits
  /** The one that was used longest ago first. */
  readonly #open = new Map<Socket, Connection>()

  constructor(limits: ConnectionLimits) {
    this.#limits = limits
  }

  /**
   * A new connection. Where there is no room, the oldest without an owner is closed, or else the one that has waited
   * longest for its next request. While all wait for answers, the new one is closed. A peer that has as many without an
   * owner as one may have loses its oldest, so that it takes nothing from the others.
   */
  add(socket: Socket): void {
    const peer = peerOf(socket.remoteAddress)
    if (this.#limits.perPeer !== undefined) {
      const isItsOwn = (one: Connection) => one.owner === null && one.peer === peer
      if (this.#count(isItsOwn) >= this.#limits.perPeer) this.#close(isItsOwn)
    }
    const isFull = this.#open.size >= this.#limits.all
    if (isFull && !this.#close((one) => one.owner === null) && !this.#close(isIdle)) {
      socket.destroy()
      return
    }
    this.#open.set(socket, { peer, owner: null, requests: 0 })
    socket.once('close', () => this.#open.delete(socket))
  }

  /**
   * The connection is this owner's from now on. An idle one of the same owner makes room for it; false: there is none,
   * and the owner has as many as one may have.
   */
  claim(socket: Socket, owner: string): boolean {
    const connection = this.#open.get(socket)
    if (connection === undefined) return false
    if (connection.owner === owner) return true
    const isFull = this.#count((one) => one.owner === owner) >= this.#limits.perOwner
    if (isFull && !this.#close((one) => one.owner === owner && isIdle(one))) return false
    connection.owner = owner
    return true
  }

  /** A request has arrived. False: too many wait on this connection, and it was closed. */
  begin(socket: Socket): boolean {
    const connection = this.#open.get(socket)
    if (connection === undefined) return false
    if (connection.requests >= this.#limits.requests) return !this.#close((one) => one === connection)
    connection.requests += 1
    return true
  }

  /** It was answered, or its connection has ended. */
  end(socket: Socket): void {
    const connection = this.#open.get(socket)
    if (connection === undefined) return
    connection.requests -= 1
    this.#open.delete(socket)
    this.#open.set(socket, connection)
  }

  #count(isIt: (connection: Connection) => boolean): number {
    let count = 0
    for (const one of this.#open.values()) if (isIt(one)) count += 1
    return count
  }

  /** Closes the first of which this is true. */
  #close(isIt: (connection: Connection) => boolean): boolean {
    for (const [socket, connection] of this.#open) {
      if (!isIt(connection)) continue
      this.#open.delete(socket)
      socket.destroy()
      return true
    }
    return false
  }
}

const isIdle = ({ requests }: Connection) => requests === 0

/**
 * Who counts as one at the other end: an IPv4 address, or the 64 bits of an IPv6 address that a network gets to give out
 * as it likes (RFC 6177, RFC 4291 section 2.5.4).
 */
export function peerOf(address = ''): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return mapped
  if (!isIPv6(address)) return address
  const [head = '', tail] = address.replace(/%.*$/, '').split('::')
  const groups = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? 0 : tail.split(':').length
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after)
  const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...(tail?.split(':') ?? [])]
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
