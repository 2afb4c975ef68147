// Session for the main process's own requests: the system's proxy and certificates, nothing kept on the disk, and a new
// one whenever Chromium's network service has died, since a session that was used before stays broken.
import { app, type Session, session } from 'electron'
import type { Duration } from '#engine/domain/model.ts'
import { restrictSession } from '../window/session-rules.ts'
import { type RefusedCertificate, watchCertificates } from './refused-certificate.ts'
import { systemDelay } from './system-clock.ts'

const NETWORK_SERVICE = 'network.mojom.NetworkService'
/**
 * Chromium notices a death within some 50 ms; until then new sessions fail as well. The pauses double: 1.3 s in all.
 */
const FIRST_PAUSE: Duration = 20
const MOST_TRIES = 6
/** The network service refuses this port (tcpmux) before it connects: an answer that costs no traffic. */
const REFUSED_ADDRESS = 'http://127.0.0.1:1/'

/** The connections broke with it, as `code` says; what was sent before may have arrived. */
class ServiceDied extends Error {
  readonly code = 'ECONNRESET'
}

export type NetworkFetch = (url: string, init: RequestInit) => Promise<Response>

/** After `ready`. Rejects with the code `NETWORK_SERVICE_GONE` where the request was certainly not sent. */
export function createNetworkFetch(parts: {
  /** Something was refused, or a session was replaced: an event name and fields for the log. */
  readonly log: (event: string, fields: Readonly<Record<string, unknown>>) => void
  readonly certificateRefused: (certificate: RefusedCertificate) => void
}): NetworkFetch {
  let current: Session | null = null
  let sessions = 0
  const underWay = new Map<(reason: Error) => void, Session>()
  const open = (): Session => {
    sessions += 1
    const opened = session.fromPartition(`main-${sessions}`)
    restrictSession(opened, parts.log, null)
    watchCertificates(opened, parts.certificateRefused)
    return opened
  }
  const abandon = (used: Session) => {
    if (current !== used) return
    current = null
    parts.log('network.session-replaced', { sessions })
  }
  const send = (used: Session, url: string, init: RequestInit): Promise<Response> =>
    new Promise((resolve, reject) => {
      underWay.set(reject, used)
      used
        .fetch(url, init)
        .then(resolve, reject)
        .finally(() => underWay.delete(reject))
    })
  /**
   * Called before each request: when one fails because the service is dead, it is unknown whether it was sent, and it
   * may have spent a refresh token.
   */
  const isAlive = async (used: Session, signal: AbortSignal | null): Promise<boolean> => {
    try {
      await send(used, REFUSED_ADDRESS, { signal })
      return true
    } catch (error) {
      signal?.throwIfAborted()
      return !(
        error instanceof ServiceDied ||
        (error instanceof Error && error.message === 'net::ERR_FAILED')
      )
    }
  }

  // With rules on the session Chromium leaves the requests that were under way open for ever.
  app.on('child-process-gone', async (_event, { serviceName }) => {
    if (serviceName !== NETWORK_SERVICE) return
    for (const used of new Set(underWay.values())) {
      if (await isAlive(used, null)) continue
      for (const [fail, its] of underWay) if (its === used) fail(new ServiceDied())
    }
  })

  return async (url, init) => {
    const signal = init.signal ?? null
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const used = current ?? open()
      current = used
      if (await isAlive(used, signal)) return send(used, url, init)
      abandon(used)
      await systemDelay(FIRST_PAUSE * 2 ** tries, signal ?? undefined)
    }
    throw Object.assign(new Error('There is no network service.'), { code: 'NETWORK_SERVICE_GONE' })
  }
}
