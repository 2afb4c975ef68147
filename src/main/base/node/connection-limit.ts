// Connection limit: how many connections a server keeps open. One on which nobody has shown who it is makes room for the
// next, the oldest first, so that whoever opens many shuts nobody else out.
import type { Socket } from 'node:net'

export interface ConnectionLimits {
  /** Of everybody together, on all servers that share the limit. */
  readonly all: number
  /** Of one owner. */
  readonly perOwner: number
  /** Requests of one connection that wait for their answer (pipelining); with more it is closed. */
  readonly requests: number
}

interface Connection {
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
   * longest for its next request. While all wait for answers, the new one is closed.
   */
  add(socket: Socket): void {
    const isFull = this.#open.size >= this.#limits.all
    if (isFull && !this.#close((one) => one.owner === null) && !this.#close(isIdle)) {
      socket.destroy()
      return
    }
    this.#open.set(socket, { owner: null, requests: 0 })
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
    let count = 0
    for (const one of this.#open.values()) if (one.owner === owner) count += 1
    if (count >= this.#limits.perOwner && !this.#close((one) => one.owner === owner && isIdle(one)))
      return false
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
