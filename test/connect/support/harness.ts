// "Connect integration" with real sockets; what lies beyond them is written down instead.

import { fingerprint } from '#base/node/fingerprint.ts'
import type { Connect, ConnectDependencies, Connection, ConnectState } from '#connect/connect.ts'
import { createConnect } from '#connect/flow.ts'
import type { Answer, TokenGrant } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'
import { freePort } from './sockets.ts'

export const CLIENT = { clientId: 'Cintegration', clientSecret: new Secret('s3cret-of-the-integration') }

/** The system's own time, as the app gives it. */
export const realClock = {
  now: () => Date.now(),
  after(delay: number, wake: () => void) {
    const timer = setTimeout(wake, delay)
    return () => clearTimeout(timer)
  },
}

/** Stands still until it is moved. */
export function movableClock(start = Date.UTC(2026, 2, 1)) {
  let now = start
  const waiting = new Map<() => void, number>()
  return {
    now: () => now,
    after(delay: number, wake: () => void) {
      waiting.set(wake, now + delay)
      return () => waiting.delete(wake)
    },
    /** As on a computer that was asleep: timers come late. */
    oversleep(by: number) {
      now += by
    },
    move(by: number) {
      now += by
      for (const [wake, at] of [...waiting]) {
        if (at > now) continue
        waiting.delete(wake)
        wake()
      }
    },
  }
}

export function grant(changed: Partial<TokenGrant> = {}): TokenGrant {
  return {
    accessToken: new Secret('acc3ss-of-the-manager'),
    fingerprint: fingerprint('acc3ss-of-the-manager'),
    expiresIn: 1_209_599_000,
    refreshToken: new Secret('R3fresh-of-the-manager'),
    refreshTokenExpiresIn: 7_775_999_000,
    scope: 'spark:applications_token',
    ...changed,
  }
}

export function ok(value: TokenGrant = grant()): Answer<TokenGrant> {
  return { kind: 'ok', value, trackingId: 'ROUTER_ok', serverDate: null }
}

export interface Harness {
  readonly connect: Connect
  readonly port: number
  /** What the system browser was given. */
  readonly opened: string[]
  readonly exchanges: { readonly code: string; readonly codeVerifier: string; readonly redirectUri: string }[]
  readonly stored: Connection[]
  readonly shown: ConnectState[]
  /** How often the app came to the front. */
  fronts(): number
  begin(): ReturnType<Connect['begin']>
  /** The one-time state of the flow, as the authorization server would send it back. */
  state(): string
  until(kind: ConnectState['kind']): Promise<ConnectState>
}

export async function harness(
  changed: Partial<ConnectDependencies> & { readonly port?: number } = {},
): Promise<Harness> {
  const port = changed.port ?? (await freePort())
  const opened: string[] = []
  const exchanges: Harness['exchanges'] = []
  const stored: Connection[] = []
  const shown: ConnectState[] = []
  let fronts = 0
  const connect = createConnect({
    clock: realClock,
    fetch: (url, init) => fetch(url, init),
    authorizationUrl: (request) =>
      `https://webexapis.com/v1/authorize?${new URLSearchParams({ ...request })}`,
    exchangeCode: async ({ code, codeVerifier, redirectUri }) => {
      exchanges.push({ code: code.reveal(), codeVerifier: codeVerifier.reveal(), redirectUri })
      return ok()
    },
    webexIsThere: async () => true,
    proveStore: async () => {},
    openBrowser: async (url) => {
      opened.push(url)
    },
    onConnected: async (connection) => {
      stored.push(connection)
      return { managerId: connection.managerId ?? 'new-manager', unsaved: null }
    },
    bringToFront: () => {
      fronts++
    },
    platform: process.platform,
    ...changed,
  })
  connect.subscribe((state) => shown.push(state))
  return {
    connect,
    port,
    opened,
    exchanges,
    stored,
    shown,
    fronts: () => fronts,
    begin: () => connect.begin({ credentials: CLIENT, port, managerId: null }),
    state: () => new URL(connect.authorizationUrl() ?? 'none:').searchParams.get('state') ?? '',
    until: (kind) =>
      new Promise((resolve) => {
        if (connect.state().kind === kind) resolve(connect.state())
        const stop = connect.subscribe((state) => {
          if (state.kind !== kind) return
          stop()
          resolve(state)
        })
      }),
  }
}
