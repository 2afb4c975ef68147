// A door: the one address of a database whose server changes, as a failover's virtual address is.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { Postgres } from './postgres.ts'

export interface Door {
  readonly port: number
  /** From now on it leads there; connections to the server before end. */
  lead(to: Postgres): void
  close(): Promise<void>
}

export async function openDoor(first: Postgres): Promise<Door> {
  let target = first
  const open = new Set<Socket>()
  const server = createServer((incoming) => {
    const { host, port } = target.connection
    const outgoing = connect(join(host, `.s.PGSQL.${port}`))
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      open.add(one)
      one.on('error', () => other.destroy())
      one.on('close', () => {
        open.delete(one)
        other.destroy()
      })
    }
    incoming.pipe(outgoing).pipe(incoming)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const end = () => {
    for (const socket of open) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    lead: (to) => {
      target = to
      end()
    },
    close: async () => {
      server.close()
      end()
      await once(server, 'close')
    },
  }
}
