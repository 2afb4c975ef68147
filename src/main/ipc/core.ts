// What the handlers act on once the vault is open.
import type { Engine } from '../engine/engine.ts'
import type { FleetChange, Instant, ManagerId } from '../engine/model.ts'
import type { Secret } from '../engine/secret.ts'

export interface ConnectCredentials {
  readonly clientId: string
  readonly clientSecret: Secret
}

/** Each rejects with a `Refusal` when the answer is no. */
export interface ConnectIntents {
  begin(credentials: ConnectCredentials, managerId: ManagerId | null): Promise<void>
  cancel(): void
  authorizationUrl(): string | null
  pasteRedirectedUrl(url: string): Promise<void>
}

export interface Core {
  readonly engine: Engine
  readonly connect: ConnectIntents
}

/** The way to the core from handlers. Both refuse while the vault is not open. */
export interface Opened {
  /** Throws a `Refusal`. */
  open(): Core
  /** All of it is stored, or nothing: rejects with a `Refusal` then. */
  apply(changes: readonly FleetChange[]): Promise<void>
}

/** What handlers need to make records of what a person typed. */
export interface Making {
  readonly now: () => Instant
  readonly newId: () => string
  readonly fingerprint: (token: string) => string
}
