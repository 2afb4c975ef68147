// A vault in memory, with switches for what a disk can do, and the order in which things happened.
import type { Attempt, DrillRequest, FleetChange, TokenPair } from '#engine/domain/model.ts'
import { type Claim, type GrantUse, StoreFailure, UNSHARED, type Vault } from '#engine/domain/ports.ts'

export class FakeVault implements Vault {
  /** What `commit` answers with instead of storing. */
  failing: StoreFailure | null = null
  /** What `prove` answers with. */
  unprovable: StoreFailure | null = null
  readonly attempts: Attempt[] = []
  readonly pairs = new Map<string, TokenPair>()
  readonly previous = new Map<string, TokenPair>()
  readonly drills = { requests: new Map<string, DrillRequest>(), month: null as string | null }
  readonly commits: { readonly changes: readonly FleetChange[]; readonly attempts: readonly Attempt[] }[] = []
  readonly log: string[] = []
  keepsLog = true
  proofs = 0

  async attemptsOf(id: string, since: number): Promise<readonly Attempt[]> {
    return this.attempts.filter(
      ({ subject, startedAt }) =>
        subject.kind === 'profile' && subject.profileId === id && startedAt >= since,
    )
  }

  async prove(): Promise<void> {
    this.proofs += 1
    if (this.keepsLog) this.log.push('prove')
    if (this.unprovable !== null) throw this.unprovable
  }

  /** What `begin` answers with, in order; then nobody else shares the vault. */
  readonly claims: Claim[] = []
  readonly uses: GrantUse[] = []

  async begin(use: GrantUse): Promise<Claim> {
    this.uses.push(use)
    return this.claims.shift() ?? UNSHARED
  }

  async commit(changes: readonly FleetChange[], attempts: readonly Attempt[]): Promise<void> {
    if (this.failing !== null) {
      if (this.keepsLog) this.log.push('commit failed')
      throw this.failing
    }
    for (const change of changes) {
      if (change.kind === 'profile-pair') this.#keep(change.profileId, change.pair)
      if (change.kind === 'manager-pair') this.#keep(change.managerId, change.pair)
      if (change.kind === 'drill-month') this.drills.month = change.month
      if (change.kind !== 'drill') continue
      if (change.request === null) this.drills.requests.delete(change.profileId)
      else this.drills.requests.set(change.profileId, change.request)
    }
    if (!this.keepsLog) return
    this.log.push('commit')
    this.commits.push({ changes, attempts })
    this.attempts.push(...attempts)
  }

  break(reason: StoreFailure['reason'] = 'disk-full'): void {
    this.failing = new StoreFailure(reason, 'No space left on the device.')
  }

  mend(): void {
    this.failing = null
    this.unprovable = null
  }

  #keep(id: string, pair: TokenPair): void {
    const before = this.pairs.get(id)
    if (before !== undefined) this.previous.set(id, before)
    this.pairs.set(id, pair)
  }
}
