// Interface of "Connect integration": what it offers and what it needs; `flow.ts` implements it.
import type { ConnectView } from '#contract/contract.ts'
import type { Instant, ManagerId } from '#engine/domain/model.ts'
import type {
  Authorization,
  ClientCredentials,
  Clock,
  StoreFailure,
  TokenGrant,
} from '#engine/domain/ports.ts'
import type { ProbeFetch } from './loopback-server.ts'

export interface ConnectDependencies extends Authorization {
  readonly clock: Pick<Clock, 'now' | 'after'>
  /** Resolves `localhost` as the browser does; only ever asked for the loopback. */
  readonly fetch: ProbeFetch
  /**
   * Whether Webex itself is known to answer. After an answer that was not Webex's no credential leaves until it is:
   * then no browser is opened, and no code exchanged.
   */
  readonly webexIsThere: () => Promise<boolean>
  /** Rejects with a `StoreFailure` when nothing could be stored: then no browser is opened. */
  readonly proveStore: () => Promise<void>
  /** Opens the system browser; rejects when there is none. Not waited for. */
  readonly openBrowser: (url: string) => Promise<void>
  /**
   * Resolves once the token manager is stored durably, or could not be and is kept in memory; only then is success
   * shown.
   */
  readonly onConnected: (connection: Connection) => Promise<Connected>
  readonly bringToFront: () => void
  readonly platform: NodeJS.Platform
}

export interface Connection {
  /** The one that is reconnected; null: a new one. */
  readonly managerId: ManagerId | null
  readonly credentials: ClientCredentials
  readonly grant: TokenGrant
}

export interface Connected {
  readonly managerId: ManagerId
  /** Why it is only in memory; null: it is stored. A code works once, so the grant is never dropped. */
  readonly unsaved: StoreFailure | null
}

export interface ConnectRequest {
  readonly credentials: ClientCredentials
  /** Where Webex sends the browser back to: `http://localhost:<port>/callback`, registered at the integration. */
  readonly port: number
  readonly managerId: ManagerId | null
  /** From the command line: nothing listens and no browser is opened, so only the pasted redirected URL can finish it. */
  readonly isPasteOnly?: boolean
}

/** As the window shows it, and whom it connected or when it failed. */
export type ConnectState =
  | Exclude<ConnectView, { readonly kind: 'connected' | 'failed' }>
  | (Extract<ConnectView, { readonly kind: 'connected' }> & { readonly managerId: ManagerId })
  | (Extract<ConnectView, { readonly kind: 'failed' }> & { readonly at: Instant })

export type Begun =
  | {
      readonly kind: 'waiting'
      readonly authorizationUrl: string
      readonly redirectUri: string
      readonly expiresAt: Instant
    }
  | {
      readonly kind: 'refused'
      readonly reason: 'busy' | 'network' | 'store' | 'cancelled'
      readonly sentence: string
    }

export type Pasted = { readonly kind: 'taken' } | { readonly kind: 'rejected'; readonly sentence: string }

export interface Connect {
  /** Never rejects. `waiting` also when the port is taken: see the state. */
  begin(request: ConnectRequest): Promise<Begun>
  /**
   * Ends a waiting flow. One that already exchanges its code continues, since its answer must not be lost: the promise
   * resolves when that is stored or has failed, and the port is free.
   */
  cancel(): Promise<void>
  /** The same checks as at the loopback; what follows shows in the state. */
  pasteRedirectedUrl(url: string): Pasted
  /** For "Copy authorization URL" alone; null when no flow waits. */
  authorizationUrl(): string | null
  state(): ConnectState
  /** Called after each change; the returned function stops it. */
  subscribe(listener: (state: ConnectState) => void): () => void
}
