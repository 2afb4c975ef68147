// What the handlers act on once the vault is open.
import type { Connect } from '#connect/connect.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { ManagerId } from '#engine/domain/model.ts'
import type { Secret } from '#engine/domain/secret.ts'

export interface ConnectCredentials {
  readonly clientId: string
  readonly clientSecret: Secret
}

/** Each rejects with a `UserFacingError` when the answer is no. */
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

export interface RunningCore extends Core {
  readonly connectState: Connect['state']
  /** Nothing new begins; resolves when what was under way has ended, and been stored if that was possible. */
  stop(): Promise<void>
  /** Goes on after `stop`. */
  resume(): Promise<void>
}
