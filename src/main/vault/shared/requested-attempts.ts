// Requested attempts: what a person on one computer wants renewed is a row of the shared vault, which the one that renews carries
// out and answers.
import type { RequestedAttempt } from '#engine/domain/engine-api.ts'
import { type Attempt, type Duration, TRIGGERS } from '#engine/domain/model.ts'
import { type Clock, StoreFailure } from '#engine/domain/ports.ts'
import type { Row } from '../db/connection.ts'
import { number, oneOf, text, textOrNull } from '../db/row.ts'
import { readAttempts } from '../repositories/history.ts'
import { ownerOf } from './claims.ts'
import { inFuture, TELL_ALL } from './leadership.ts'
import type { Statements } from './postgres-connection.ts'

/** Nothing that this computer requested was answered for so long. */
const ANSWERED_WITHIN: Duration = 60_000
const ASKED_AGAIN: Duration = 2_000
/** By then its author has given up. */
const FORGOTTEN_AFTER: Duration = 600_000

const NOBODY = 'No computer did this within a minute. Check under Settings → Shared vault that one renews.'
const UNREADABLE = 'The request could not be read by the computer that renews. Update the app on both.'
const NOTHING_DONE = 'There was nothing to renew.'

interface Waiting {
  resolve(attempt: Attempt): void
  reject(error: unknown): void
}

export class RequestedAttempts {
  readonly #clock: Clock
  readonly #node: string
  /** Of this computer, by id. */
  readonly #waiting = new Map<number, Waiting>()
  #answeredAt: Duration = 0
  #isAsking = false
  #wake = () => {}
  /** Of any computer: whether this one has answered it already. */
  readonly #carriedOut = new Map<number, boolean>()

  constructor(clock: Clock, node: string) {
    this.#clock = clock
    this.#node = node
  }

  /** Resolves when the one that renews has made it. Rejects with a `StoreFailure`, whose message is for a person. */
  async request(db: Statements, { subject, trigger, drill }: RequestedAttempt): Promise<Attempt> {
    const owner = ownerOf(subject)
    const [row = {}] = await db.query(
      `INSERT INTO intents (owner_kind, owner_id, trigger, drill, asked_by) VALUES (?, ?, ?, ?, ?)
       RETURNING id, ${TELL_ALL}`,
      owner.kind,
      owner.id,
      trigger,
      drill,
      this.#node,
    )
    const id = number(row, 'id')
    this.#answeredAt = this.#clock.monotonic()
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      void this.#ask(db)
    })
  }

  /** Something was stored, perhaps an answer. */
  look(): void {
    this.#wake()
  }

  /** Whoever waits gets this error. */
  end(error: StoreFailure): void {
    for (const { reject } of this.#waiting.values()) reject(error)
    this.#waiting.clear()
    this.#wake()
  }

  /** Carries out what was requested; `attempt` is this computer's own. Each is answered when it has ended. */
  async carryOut(db: Statements, attempt: (request: RequestedAttempt) => Promise<Attempt>): Promise<void> {
    await db.run(`DELETE FROM intents WHERE asked_at < ${inFuture('?')}`, -FORGOTTEN_AFTER)
    const rows = await db.rows('intents', 'WHERE attempt_id IS NULL AND refused IS NULL ORDER BY id')
    const open = new Set(rows.map((row) => number(row, 'id')))
    for (const row of rows) {
      const id = number(row, 'id')
      // An answer that came while the rows were read is not among them.
      if (this.#carriedOut.has(id)) continue
      this.#carriedOut.set(id, false)
      void answerTo(db, row, attempt)
        .then((answer) => db.update('intents', answer, 'id = ?', id))
        .then(() => this.#carriedOut.set(id, true))
        // It is carried out once more, or by another one.
        .catch(() => this.#carriedOut.delete(id))
    }
    for (const [id, isAnswered] of this.#carriedOut)
      if (isAnswered && !open.has(id)) this.#carriedOut.delete(id)
  }

  /** One loop for all, as long as any waits. */
  async #ask(db: Statements): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    while (this.#waiting.size > 0) {
      try {
        await this.#look(db)
        const isOver = this.#clock.monotonic() - this.#answeredAt >= ANSWERED_WITHIN
        if (isOver) await this.#giveUp(db, new StoreFailure('shared', NOBODY))
      } catch (error) {
        await this.#giveUp(db, error)
      }
      if (this.#waiting.size > 0) await this.#pause()
    }
    this.#isAsking = false
  }

  async #look(db: Statements): Promise<void> {
    const ids = [...this.#waiting.keys()]
    const rows = await db.rows('intents', 'WHERE id = ANY(?)', ids)
    const found = new Map(rows.map((row) => [number(row, 'id'), row]))
    const made = rows.flatMap((row) => textOrNull(row, 'attempt_id') ?? [])
    const attempts = readAttempts(await db.rows('attempts', 'WHERE id = ANY(?)', made))
    const byId = new Map(attempts.map((attempt) => [attempt.id, attempt]))
    const answered: number[] = []
    for (const id of ids) {
      const row = found.get(id)
      const refused = row === undefined ? NOBODY : textOrNull(row, 'refused')
      const attempt = row === undefined ? undefined : byId.get(textOrNull(row, 'attempt_id') ?? '')
      if (refused === null && attempt === undefined) continue
      const waiting = this.#waiting.get(id)
      this.#waiting.delete(id)
      answered.push(id)
      if (attempt !== undefined) waiting?.resolve(attempt)
      else waiting?.reject(new StoreFailure('shared', refused ?? NOBODY))
    }
    if (answered.length === 0) return
    this.#answeredAt = this.#clock.monotonic()
    await this.#remove(db, answered)
  }

  async #giveUp(db: Statements, error: unknown): Promise<void> {
    const given = [...this.#waiting]
    this.#waiting.clear()
    for (const [, { reject }] of given) reject(error)
    const ids = given.map(([id]) => id)
    await this.#remove(db, ids)
  }

  async #remove(db: Statements, ids: readonly number[]): Promise<void> {
    await db.run('DELETE FROM intents WHERE id = ANY(?)', [...ids]).catch(() => undefined)
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ASKED_AGAIN, resolve)
      this.#wake = () => {
        cancel()
        resolve()
      }
    })
  }
}

async function answerTo(
  db: Statements,
  row: Row,
  attempt: (request: RequestedAttempt) => Promise<Attempt>,
): Promise<{ readonly attempt_id: string } | { readonly refused: string }> {
  const request = requestIn(row)
  if (request === null) return { refused: UNREADABLE }
  try {
    const { id, sentence } = await attempt(request)
    // Where nothing was tried, nothing is in the history.
    const isStored = (await db.row('attempts', 'WHERE id = ?', id)) !== null
    return isStored ? { attempt_id: id } : { refused: sentence ?? NOTHING_DONE }
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) }
  }
}

function requestIn(row: Row): RequestedAttempt | null {
  try {
    const id = text(row, 'owner_id')
    const kind = oneOf(row, 'owner_kind', ['profile', 'manager'])
    return {
      subject: kind === 'profile' ? { kind, profileId: id } : { kind, managerId: id },
      trigger: oneOf(row, 'trigger', TRIGGERS),
      drill: row.drill === true,
    }
  } catch {
    return null
  }
}
