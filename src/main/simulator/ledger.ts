// Ledger: every request in the order it was answered, with fingerprints of tokens only, and queries for tests. The
// oldest entries are dropped, so that a simulator that runs for weeks keeps its size.
import type { Outcome } from './api/answers.ts'
import type { Endpoint } from './faults/fault-kinds.ts'

/** How a presented refresh token relates to an earlier use of it. */
export type Replay = 'no' | 'yes' | 'after a lost answer'

/** Who asked for what, as far as the request tells. */
export type Asked = {
  readonly endpoint: Endpoint
  readonly grantType?: 'authorization_code' | 'refresh_token'
  /** `integration`, `personal access token` or the service app's name. */
  readonly client?: string
  readonly orgId?: string
  /** Of the bearer, or of the refresh token in the form. */
  readonly presentedFingerprint?: string
}

export type LedgerEntry = Asked & {
  /** Epoch ms of the request's arrival, on the simulator's clock. */
  readonly at: number
  readonly method: string
  /** null: no answer was given (reset or hang). */
  readonly status: number | null
  readonly trackingId: string
  readonly issuedFingerprint?: string
  readonly issuedRefreshFingerprint?: string
  /** `fault` if a fault answered in the endpoint's place. */
  readonly outcome: Outcome | 'fault'
  /** The kind of the fault applied. */
  readonly faultApplied?: string
  readonly replay: Replay
  /** Whether another call that issues tokens under the same grant was being served meanwhile. */
  readonly concurrentWithSameGrant: boolean
}

export type Ledger = {
  /** The last 100 000 at least. */
  readonly entries: readonly LedgerEntry[]
  /** How many there were before these. */
  readonly forgotten: number
  /** Requests being served right now. */
  readonly pending: number
  /** Those of them under a grant. A look at the server's time, for one, has none. */
  readonly pendingGrants: number
  /** Refresh grants (tier 1) of one service app in one org; of all its orgs if none is given. */
  refreshes(appName: string, orgId?: string): readonly LedgerEntry[]
  /** The entries of a client, by its name. */
  of(client: string, orgId?: string): readonly LedgerEntry[]
  at(endpoint: Endpoint): readonly LedgerEntry[]
  /**
   * Refreshes that should not have been: a refresh token that an earlier refresh had already rotated away
   * (`replay` says whether that one's answer was lost to a fault), or calls that issue tokens under one grant
   * and overlap.
   */
  duplicates(): readonly LedgerEntry[]
  clear(): void
}

export type LedgerRecorder = Ledger & {
  arrived(hasGrant: boolean): void
  left(hasGrant: boolean): void
  record(entry: LedgerEntry): void
}

/** Twice as many are kept before the older half goes: forgetting costs nothing that can be seen. */
const REMEMBERED = 100_000

export function makeLedger(remembered = REMEMBERED): LedgerRecorder {
  let entries: LedgerEntry[] = []
  let byClient = new Map<string, LedgerEntry[]>()
  let pending = 0
  let pendingGrants = 0
  let forgotten = 0
  const noteClient = (entry: LedgerEntry) => {
    if (entry.client === undefined) return
    const known = byClient.get(entry.client)
    if (known === undefined) byClient.set(entry.client, [entry])
    else known.push(entry)
  }
  const of = (client: string, orgId?: string): readonly LedgerEntry[] => {
    const all = byClient.get(client) ?? []
    return orgId === undefined ? [...all] : all.filter((entry) => entry.orgId === orgId)
  }
  return {
    get entries() {
      return entries
    },
    get forgotten() {
      return forgotten
    },
    get pending() {
      return pending
    },
    get pendingGrants() {
      return pendingGrants
    },
    of,
    refreshes: (appName, orgId) => of(appName, orgId).filter((entry) => entry.endpoint === 'tier1'),
    at: (endpoint) => entries.filter((entry) => entry.endpoint === endpoint),
    duplicates: () => entries.filter((entry) => entry.replay !== 'no' || entry.concurrentWithSameGrant),
    clear: () => {
      entries = []
      byClient = new Map()
      forgotten = 0
    },
    arrived: (hasGrant) => {
      pending += 1
      if (hasGrant) pendingGrants += 1
    },
    left: (hasGrant) => {
      pending -= 1
      if (hasGrant) pendingGrants -= 1
    },
    record: (entry) => {
      entries.push(entry)
      noteClient(entry)
      if (entries.length < 2 * remembered) return
      forgotten += entries.length - remembered
      entries = entries.slice(-remembered)
      byClient = new Map()
      for (const kept of entries) noteClient(kept)
    },
  }
}
