// Proxy sign-in over one session: gives the saved user name and password to the proxy they were saved for and to nobody
// else. Directories lock an account after a few wrong passwords, so what is not known to be right is sent by one request at
// a time, and what was rejected by none.
import type { AuthInfo } from 'electron'
import type { Duration } from '#engine/domain/model.ts'
import type { Secret } from '#engine/domain/secret.ts'

export interface ProxyCredentials {
  readonly user: string
  readonly password: Secret
  /** With scheme and port: the one proxy that gets them. */
  readonly proxy: string
  /** The proxy said no to them. They are sent again only when a person wants that. */
  readonly rejected: boolean
}

export interface SignInDependencies {
  readonly credentials: () => ProxyCredentials | null
  /** Called at the first refusal. */
  readonly rejected: (credentials: ProxyCredentials) => void
  /** A proxy requires a sign-in and gets none. */
  readonly missing: (hostAndPort: string) => void
  readonly monotonic: () => Duration
  readonly delay: (ms: Duration, signal?: AbortSignal) => Promise<void>
}

/** Without arguments it declines. */
export type GiveSignIn = (user?: string, password?: string) => void

/** One request's part in it. */
export interface SignInTurn {
  /** The listener of the request's `login`. */
  readonly answer: (info: AuthInfo, give: GiveSignIn) => void
  /** The proxy let it pass. */
  passed(): void
  /** To be called in any case, once its headers came or none will. */
  end(): void
  /** The credentials were rejected, by this request or before. */
  isRejected(): boolean
}

/** How long what passed once counts as right: a burst of requests goes at once, and one that follows a pause begins alone. */
const PROVED_FOR: Duration = 10_000
/** Well below the deadline of a call, so that one that waits in vain is known not to have been sent. */
const LONGEST_WAIT: Duration = 5_000

type Outcome = 'passed' | 'rejected' | 'unknown'

export class ProxySignIn {
  readonly #parts: SignInDependencies
  #provedUntil = Number.NEGATIVE_INFINITY
  /** The request that proves the credentials is under way. */
  #trial: Promise<void> | null = null
  /** What came of the credentials when they were given. From then on Chromium sends them before it is asked. */
  #given: Promise<Outcome> | null = null

  constructor(parts: SignInDependencies) {
    this.#parts = parts
  }

  /**
   * Resolves when the request may be sent; `route`: the proxies it may go through. Rejects where it certainly was not sent:
   * with the code `PROXY_SIGN_IN_BUSY` or `PROXY_SIGN_IN_REJECTED`.
   */
  async turn(route: () => Promise<readonly string[]>, signal: AbortSignal | null): Promise<SignInTurn> {
    const credentials = this.#usable()
    if (credentials === null || !(await route()).includes(credentials.proxy))
      return this.#turn(null, () => {})
    const { monotonic } = this.#parts
    const until = monotonic() + LONGEST_WAIT
    while (monotonic() >= this.#provedUntil) {
      if (this.#usable() !== credentials) throw signInFailure('PROXY_SIGN_IN_REJECTED')
      if (this.#trial === null) return this.#lead(credentials)
      if (monotonic() >= until) throw signInFailure('PROXY_SIGN_IN_BUSY')
      await this.#wait(this.#trial, until - monotonic(), signal)
    }
    return this.#turn(credentials, () => {})
  }

  /** For `trial`, but no longer than `ms`. */
  async #wait(trial: Promise<void>, ms: Duration, signal: AbortSignal | null): Promise<void> {
    const stop = new AbortController()
    const late = this.#parts.delay(ms, signal === null ? stop.signal : AbortSignal.any([stop.signal, signal]))
    try {
      await Promise.race([trial, late])
    } finally {
      late.catch(() => undefined)
      stop.abort()
    }
  }

  #usable(): ProxyCredentials | null {
    const credentials = this.#parts.credentials()
    return credentials?.rejected === false ? credentials : null
  }

  #lead(credentials: ProxyCredentials): SignInTurn {
    let done = () => {}
    const trial = new Promise<void>((resolve) => {
      done = resolve
    })
    this.#trial = trial
    return this.#turn(credentials, () => {
      if (this.#trial === trial) this.#trial = null
      done()
    })
  }

  /** `own`: the credentials of the proxy on its way; null: there are none to be sent, or it goes another way. */
  #turn(own: ProxyCredentials | null, ended: () => void): SignInTurn {
    const { missing } = this.#parts
    const wereGiven = this.#given !== null
    let settle: ((outcome: Outcome) => void) | null = null
    let hasGiven = false
    let isRejected = false
    const give = (credentials: ProxyCredentials, answer: GiveSignIn) => {
      hasGiven = true
      answer(credentials.user, credentials.password.reveal())
    }
    const answerFor = async (credentials: ProxyCredentials, answer: GiveSignIn) => {
      if (hasGiven || wereGiven) {
        if (this.#usable() === credentials) this.#parts.rejected(credentials)
        settle?.('rejected')
        isRejected = true
        return answer()
      }
      if (this.#given === null) {
        this.#given = new Promise((resolve) => {
          settle = resolve
        })
        return give(credentials, answer)
      }
      const outcome = await this.#given
      if (outcome === 'passed') return give(credentials, answer)
      isRejected = outcome === 'rejected'
      answer()
    }
    return {
      answer: (info, answer) => {
        if (!info.isProxy) return answer()
        const asking = `${bare(info.host)}:${info.port}`
        const saved = this.#parts.credentials()
        const isItsOwn = saved !== null && hostAndPortOf(saved.proxy) === asking
        if (isItsOwn && saved === own && !saved.rejected) return void answerFor(saved, answer)
        isRejected = isItsOwn && saved.rejected
        if (!isRejected) missing(asking)
        answer()
      },
      passed: () => {
        settle?.('passed')
        if (own !== null) this.#provedUntil = this.#parts.monotonic() + PROVED_FOR
      },
      end: () => {
        settle?.('unknown')
        ended()
      },
      isRejected: () => isRejected,
    }
  }
}

/** Of an address with scheme and port. */
export function hostAndPortOf(proxy: string): string {
  const [, host = '', port = ''] = /^\w+:\/\/(.*):(\d+)$/.exec(proxy) ?? []
  return `${bare(host)}:${port}`
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '').toLowerCase()
}

export function signInFailure(code: 'PROXY_SIGN_IN_BUSY' | 'PROXY_SIGN_IN_REJECTED'): Error {
  return Object.assign(new Error('The proxy did not get the request.'), { code })
}
