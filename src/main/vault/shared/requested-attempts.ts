// Requested attempts: what a person on one computer wants renewed is a row of the shared vault, which the one that renews carries
// out and answers.
import type { Asker, RequestedAttempt } from '#engine/domain/engine-api.ts'
import { type Attempt, type Duration, type Subject, TRIGGERS } from '#engine/domain/model.ts'
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
const TAKEN_BACK = 'The refresh was canceled.'

const REMOVE = 'DELETE FROM intents WHERE id = ANY(?)'

const ASKERS = ['person', 'program'] as const satisfies readonly Asker[]

/** Whoever waits for an answer. */
interface Waiting {
  readonly subject: Subject
  resolve(attempt: Attempt): void
  reject(error: unknown): void
}

/** A request that is being stored. */
interface Beginning {
  readonly subject: Subject
  isTakenBack: boolean
}

/** What this computer carries out, or has. */
interface Carried {
  readonly request: RequestedAttempt | null
  /** It has not ended, and was not taken back. */
  isUnderWay: boolean
  isAnswered: boolean
}

/** Makes attempts for others. */
export interface Renewer {
  attempt(request: RequestedAttempt): Promise<Attempt>
  /** It was taken back. */
  cancel(subject: Subject): void
}

export class RequestedAttempts {
  readonly #clock: Clock
  readonly #node: string
  /** Of this computer, by id. */
  readonly #waiting = new Map<number, Waiting>()
  #answeredAt: Duration = 0
  #isAsking = false
  #wake = () => {}
  readonly #beginning = new Set<Beginning>()
  /** Of any computer, by id. */
  readonly #carriedOut = new Map<number, Carried>()

  constructor(clock: Clock, node: string) {
    this.#clock = clock
    this.#node = node
  }

  /**
   * Resolves when the one that renews has made it. Rejects with a `StoreFailure`, whose message is for a person, or with
   * another error where it was taken back. `opening`: the database, which may not be connected yet.
   */
  async request(opening: Promise<Statements>, request: RequestedAttempt): Promise<Attempt> {
    const { subject } = request
    const beginning: Beginning = { subject, isTakenBack: false }
    this.#beginning.add(beginning)
    try {
      const db = await opening
      const id = await this.#store(db, request)
      if (!beginning.isTakenBack) return this.#answered(db, id, subject)
      await this.#takeBack(db, [id])
      throw new Error(TAKEN_BACK)
    } finally {
      this.#beginning.delete(beginning)
    }
  }

  #answered(db: Statements, id: number, subject: Subject): Promise<Attempt> {
    this.#answeredAt = this.#clock.monotonic()
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { subject, resolve, reject })
      void this.#ask(db)
    })
  }

  async #store(db: Statements, { subject, trigger, drill, asker }: RequestedAttempt): Promise<number> {
    const owner = ownerOf(subject)
    const [row = {}] = await db.query(
      `INSERT INTO intents (owner_kind, owner_id, trigger, drill, asker, asked_by) VALUES (?, ?, ?, ?, ?, ?)
       RETURNING id, ${TELL_ALL}`,
      owner.kind,
      owner.id,
      trigger,
      drill,
      asker,
      this.#node,
    )
    return number(row, 'id')
  }

  /** What this computer has requested for these; each rejects. `db`: null where there is none to say it in. */
  async cancel(db: Statements | null, subjects: readonly Subject[]): Promise<void> {
    const keys = new Set(subjects.map(keyOf))
    for (const beginning of this.#beginning)
      if (keys.has(keyOf(beginning.subject))) beginning.isTakenBack = true
    const taken = [...this.#waiting].filter(([, { subject }]) => keys.has(keyOf(subject)))
    for (const [id, { reject }] of taken) {
      this.#waiting.delete(id)
      reject(new Error(TAKEN_BACK))
    }
    const ids = taken.map(([id]) => id)
    if (db !== null && ids.length > 0) await this.#takeBack(db, ids)
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

  /** Something that was requested of this computer has not ended. */
  get isCarryingOut(): boolean {
    return [...this.#carriedOut.values()].some(({ isUnderWay }) => isUnderWay)
  }

  /** Carries out what was requested, by this computer's own `renewer`. Each is answered when it has ended. */
  async carryOut(db: Statements, renewer: Renewer): Promise<void> {
    const begun = [...this.#carriedOut].filter(([, { isUnderWay }]) => isUnderWay)
    // Thousands that were asked for together take longer than that: what is under way is not forgotten.
    const kept = begun.map(([id]) => id)
    await db.run(
      `DELETE FROM intents WHERE asked_at < ${inFuture('?')} AND id <> ALL(?)`,
      -FORGOTTEN_AFTER,
      kept,
    )
    const rows = await db.rows('intents', 'WHERE attempt_id IS NULL AND refused IS NULL ORDER BY id')
    const open = new Set(rows.map((row) => number(row, 'id')))
    for (const row of rows) {
      const id = number(row, 'id')
      // An answer that came while the rows were read is not among them.
      if (this.#carriedOut.has(id)) continue
      const carried: Carried = { request: requestIn(row), isUnderWay: true, isAnswered: false }
      this.#carriedOut.set(id, carried)
      void answerTo(db, carried.request, renewer)
        .then((answer) => {
          carried.isUnderWay = false
          return db.update('intents', answer, 'id = ?', id)
        })
        .then(() => {
          carried.isAnswered = true
        })
        // It is carried out once more, or by another one.
        .catch(() => this.#carriedOut.delete(id))
    }
    const gone = begun.flatMap(([id, carried]) => (open.has(id) ? [] : [carried]))
    cancelTakenBack(gone, new Set(rows.map(ownerKey)), renewer)
    for (const [id, { isAnswered }] of this.#carriedOut)
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
    await this.#takeBack(db, ids)
  }

  async #remove(db: Statements, ids: readonly number[]): Promise<void> {
    await db.run(REMOVE, [...ids]).catch(() => undefined)
  }

  /** The one that renews may not have begun. */
  async #takeBack(db: Statements, ids: readonly number[]): Promise<void> {
    await db.query(`WITH gone AS (${REMOVE}) SELECT ${TELL_ALL}`, [...ids]).catch(() => undefined)
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
  request: RequestedAttempt | null,
  renewer: Renewer,
): Promise<{ readonly attempt_id: string } | { readonly refused: string }> {
  if (request === null) return { refused: UNREADABLE }
  try {
    const { id, sentence } = await renewer.attempt(request)
    // Where nothing was tried, nothing is in the history.
    const isStored = (await db.row('attempts', 'WHERE id = ?', id)) !== null
    return isStored ? { attempt_id: id } : { refused: sentence ?? NOTHING_DONE }
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) }
  }
}

/** `wanted`: for whom there are requests by now, which want it as well. */
function cancelTakenBack(gone: readonly Carried[], wanted: ReadonlySet<string>, renewer: Renewer): void {
  for (const carried of gone) {
    if (!carried.isUnderWay || carried.request === null) continue
    carried.isUnderWay = false
    const { subject } = carried.request
    if (!wanted.has(keyOf(subject))) renewer.cancel(subject)
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
      asker: oneOf(row, 'asker', ASKERS),
    }
  } catch {
    return null
  }
}

function keyOf(subject: Subject): string {
  const { kind, id } = ownerOf(subject)
  return `${kind} ${id}`
}

function ownerKey({ owner_kind, owner_id }: Row): string {
  return `${owner_kind} ${owner_id}`
}
