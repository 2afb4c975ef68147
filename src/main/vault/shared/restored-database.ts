// Restored database: after a failover or a restored backup the shared vault may be older than what a worker has seen of it, and
// a refresh token that it holds may have been spent since.
import type { Duration } from '#engine/domain/model.ts'
import { number } from '../db/row.ts'
import { inFuture, type ProtocolTimes } from './leadership.ts'
import type { Statements } from './postgres-connection.ts'

/** https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-TIMELINES, which any user can ask for. */
export const TIMELINE = 'left(pg_walfile_name(pg_current_wal_lsn()), 8)'

/** How often something was stored: by this worker, and by all. */
export interface StoredUntil {
  readonly own: number
  readonly all: number
}

export interface RestoredDatabaseParts {
  readonly node: string
  /** Whose identity it has. */
  readonly member: string
  readonly times: Pick<ProtocolTimes, 'afterRestore' | 'lease'>
  /** What was stored before this start, as far as it is known. */
  readonly remembered: StoredUntil
}

export class RestoredDatabaseCheck {
  readonly #parts: RestoredDatabaseParts
  #seen: StoredUntil

  constructor(parts: RestoredDatabaseParts) {
    this.#parts = parts
    this.#seen = parts.remembered
  }

  get seen(): StoredUntil {
    return this.#seen
  }

  /** After a commit. */
  note({ own, all }: StoredUntil): void {
    this.#seen = { own: Math.max(own, this.#seen.own), all: Math.max(all, this.#seen.all) }
  }

  /**
   * Says in the database that this worker is there. True: the database went back; no grant is spent for some time then, by
   * whoever leads. What is returned counts only when the transaction is committed: `accept` takes it over.
   */
  async look(
    tx: Statements,
  ): Promise<{ readonly wentBack: boolean; readonly found: StoredUntil; readonly accept: () => void }> {
    const { node, member, times } = this.#parts
    // Before it was asked: meanwhile others may note more.
    const known = this.#seen
    const [row = {}] = await tx.query(
      `INSERT INTO nodes (id, kind, member) VALUES (?, 'worker', ?)
       ON CONFLICT (id) DO UPDATE SET seen_at = clock_timestamp(), member = EXCLUDED.member
       RETURNING seq AS own, (SELECT seq FROM vault) AS "all",
         (SELECT timeline = ${TIMELINE} FROM leader) AS "isSameTimeline"`,
      node,
      member,
    )
    const found = { own: number(row, 'own'), all: number(row, 'all') }
    const wentBack = found.own < known.own || found.all < known.all
    if (wentBack) await this.#spendNothing(tx, times.afterRestore)
    // The others look within that time.
    else if (row.isSameTimeline !== true) await this.#spendNothing(tx, times.lease)
    const accept = () => {
      if (wentBack) this.#seen = found
      else this.note(found)
    }
    return { wentBack, found, accept }
  }

  async #spendNothing(tx: Statements, wait: Duration): Promise<void> {
    await tx.run(
      `UPDATE leader SET timeline = ${TIMELINE},
         no_grants_until = CASE WHEN timeline IS NULL THEN no_grants_until
           ELSE greatest(no_grants_until, ${inFuture('?')}) END`,
      wait,
    )
  }
}
