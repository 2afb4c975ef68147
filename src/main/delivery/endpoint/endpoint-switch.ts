// Endpoint switch: turns the endpoint on and off, one change at a time. When the port is not available, says which program
// has it and which port is free.
import { SerialQueue } from '#base/common/serial-queue.ts'
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import { type Listener, type Opening, openListener } from './http-listener.ts'
import type { NetworkAddress, ServerCertificate } from './listen-address.ts'
import type { Answering } from './request-handler.ts'

export interface EndpointSwitch {
  /**
   * Resolves with null when it listens on `port`, otherwise with why not, in words. `or not at all`: everything stays as
   * it was then. `keep trying`: it is tried again until it works or is switched off.
   */
  on(port: number, otherwise: 'keep trying' | 'or not at all'): Promise<string | null>
  off(): Promise<void>
  /** From now on for new connections, where other machines reach it. */
  exchangeCertificate(certificate: ServerCertificate): void
  state(): { readonly listening: boolean; readonly problem: string | null }
}

export interface SwitchDependencies {
  readonly answering: Answering
  readonly clock: Pick<Clock, 'after' | 'monotonic'>
  readonly portOwner: (port: number) => Promise<string | null>
  readonly changed: () => void
  readonly failed: (error: unknown) => void
  /** Missing: loopback. */
  readonly network?: NetworkAddress
}

const TRY_AGAIN: Duration = 10_000
/** How many ports after the wanted one are looked at. */
const NEIGHBOURS = 20

export function createEndpointSwitch(parts: SwitchDependencies): EndpointSwitch {
  let listener: Listener | null = null
  let problem: string | null = null
  let cancelRetry = () => {}
  let { network } = parts
  const changes = new SerialQueue()

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = changes.run(work)
    turn.catch(parts.failed)
    return turn
  }
  const open = (port: number) => openListener(port, network === undefined ? parts : { ...parts, network })

  const listenOn = async (
    port: number,
    otherwise: 'keep trying' | 'or not at all',
  ): Promise<string | null> => {
    if (listener?.port === port) return null
    const opening = await open(port)
    if (opening.kind === 'listening') {
      cancelRetry()
      const before = listener
      listener = opening.listener
      problem = null
      parts.changed()
      await before?.close()
      return null
    }
    if (otherwise === 'or not at all') return inWords(port, opening)
    // Once: the owner of the port is searched in all processes.
    problem ??= await inWords(port, opening)
    cancelRetry = parts.clock.after(TRY_AGAIN, () => {
      // Switched off meanwhile, the turn before this one has cleared the problem.
      void inTurn(async () => (problem === null ? null : listenOn(port, 'keep trying'))).catch(
        () => undefined,
      )
    })
    parts.changed()
    return problem
  }

  const inWords = async (port: number, { why }: Extract<Opening, { kind: 'unavailable' }>) => {
    if (why === 'not-allowed')
      return `The system does not let this app listen on port ${port}. Choose one above 1023.`
    if (why === 'no-such-address')
      return `${network?.host} is not an address of this computer. Choose one of its own, or 0.0.0.0 for all of them.`
    if (why === 'other') return `The system did not let this app listen on port ${port}. Choose another one.`
    const owner = await parts.portOwner(port).catch(() => null)
    const free = await freeAfter(port, open)
    const offer = free === null ? 'another one' : `another one, such as ${free}`
    const taken = `Port ${port} is taken by ${owner ?? 'another program'}. Stop that, or choose ${offer}.`
    // Under TLS, whoever listens there instead has no certificate to show.
    if (network !== undefined) return taken
    return `${taken} A program that asks there meanwhile shows its secret to whoever listens.`
  }

  return {
    on: (port, otherwise) => inTurn(() => listenOn(port, otherwise)),
    off: () =>
      inTurn(async () => {
        cancelRetry()
        const before = listener
        listener = null
        problem = null
        await before?.close()
      }),
    exchangeCertificate(certificate) {
      if (network === undefined) return
      listener?.exchangeCertificate(certificate)
      network = { ...network, certificate }
    },
    state: () => ({ listening: listener !== null, problem }),
  }
}

/** null: none of the next ones. */
async function freeAfter(port: number, open: (port: number) => Promise<Opening>): Promise<number | null> {
  for (let next = port + 1; next <= Math.min(port + NEIGHBOURS, 65_535); next += 1) {
    const opening = await open(next)
    if (opening.kind === 'unavailable') continue
    await opening.listener.close()
    return next
  }
  return null
}
