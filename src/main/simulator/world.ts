// State of one running simulator, created in `index.ts` and passed to every part; and one request as the parts see it.
import type { DataSourceStore } from './data-source-store.ts'
import type { Directory } from './directory.ts'
import type { FaultQueue } from './faults/fault-queue.ts'
import type { KnownSecrets } from './identifiers.ts'
import type { LedgerRecorder } from './ledger.ts'
import type { AuthorizationCodes } from './oauth/codes.ts'
import type { TokenStore } from './oauth/tokens.ts'
import type { Environment, Settings } from './options.ts'

export type World = Environment & {
  readonly settings: Settings
  readonly directory: Directory
  readonly tokens: TokenStore
  readonly dataSources: DataSourceStore
  readonly codes: AuthorizationCodes
  readonly faults: FaultQueue
  readonly ledger: LedgerRecorder
  readonly secrets: KnownSecrets
}

/** One request, its body read, its path parted from the `/v1` before it. */
export type Call = {
  readonly method: string
  /** Of the address it was sent to. */
  readonly origin: string
  readonly path: string
  readonly query: URLSearchParams
  readonly contentType: string
  readonly authorization: string | null
  readonly body: string
  readonly trackingId: string
  /** Epoch ms, when it is served (after the latency). */
  readonly now: number
}
