// Problem notebook: what is noted about problems, as it is stored, with what is not stored yet. A note is an edit of what is stored
// by then, so that it undoes nothing that another computer has noted in the same moment.
import type { Instant, ProfileId } from '#engine/domain/model.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import type { ProblemNotes, ProblemNotesRow } from '#vault/repositories/problem-notes.ts'
import { UserFacingError } from './errors.ts'

export type NotesEdit = (notes: ProblemNotes) => ProblemNotes
type Snooze = ProblemNotes['snoozed'][number]

const NO_NOTES: ProblemNotes = { snoozed: [], waiting: [], resolved: [] }

interface Pending {
  readonly edit: NotesEdit
  readonly isDecision: boolean
}

export class ProblemNotebook {
  #row: ProblemNotesRow | null = null
  /** As it was there last. */
  #stored = NO_NOTES
  /** Not stored yet, the oldest first. */
  #pending: readonly Pending[] = []
  #notes = NO_NOTES
  #snoozed: ReadonlyMap<string, Snooze> = new Map()
  #waiting: ReadonlyMap<ProfileId, Instant> = new Map()
  /** Has not begun; takes along whatever is noted before it does. */
  #saving: Promise<void> | null = null
  #storing: Promise<void> | null = null
  /** How often something was. */
  #saved = 0

  get notes(): ProblemNotes {
    return this.#notes
  }

  /** By the key of the incident. */
  get snoozed(): ReadonlyMap<string, Snooze> {
    return this.#snoozed
  }

  /** Since when, by profile. */
  get waiting(): ReadonlyMap<ProfileId, Instant> {
    return this.#waiting
  }

  get isOpen(): boolean {
    return this.#row !== null
  }

  /** Another vault, or the same one anew. Rejects where it cannot be read: nothing is noted then. */
  async open(row: ProblemNotesRow): Promise<void> {
    this.#row = row
    this.#pending = []
    this.#take(NO_NOTES)
    await this.reread()
  }

  /** Another computer may have noted something. */
  async reread(): Promise<void> {
    const [row, saved] = [this.#row, this.#saved]
    const stored = await row?.load()
    if (stored === undefined || row !== this.#row) return
    // What this one has stored since may be missing in it.
    if (saved !== this.#saved) await this.reread()
    else this.#take(stored)
  }

  /** A decision of a person's. Resolves when it is stored; where it cannot be, it does not apply. */
  decide(edit: NotesEdit): Promise<void> {
    if (this.#row === null) throw new UserFacingError('storage', 'The vault is not open. Open it first.')
    return this.#add({ edit, isDecision: true }).catch((error: unknown) => {
      if (!(error instanceof StoreFailure)) throw error
      throw new UserFacingError(
        'storage',
        `This was not noted. ${error.message} Do it again when it can be stored.`,
      )
    })
  }

  /** What nobody decided: where it cannot be stored it applies nevertheless, and is stored with the next one. */
  note(edit: NotesEdit): Promise<void> {
    return this.#add({ edit, isDecision: false })
  }

  /** The same where another computer notes it for all. */
  noteHere(edit: NotesEdit): void {
    this.#take(edit(this.#stored))
  }

  #add(pending: Pending): Promise<void> {
    this.#pending = [...this.#pending, pending]
    this.#take(this.#stored)
    const turn = this.#storing === null ? Promise.resolve() : this.#storing.catch(() => undefined)
    this.#saving ??= turn.then(() => {
      this.#saving = null
      this.#storing = this.#save().finally(() => {
        this.#storing = null
      })
      return this.#storing
    })
    return this.#saving
  }

  async #save(): Promise<void> {
    const [row, begun] = [this.#row, this.#pending]
    if (row === null) return
    try {
      const stored = await row.update((notes) => applied(begun, notes))
      if (row !== this.#row) return
      this.#saved += 1
      this.#pending = this.#pending.slice(begun.length)
      this.#take(stored)
    } catch (error) {
      if (row === this.#row) {
        this.#pending = this.#pending.filter((one) => !one.isDecision || !begun.includes(one))
        this.#take(this.#stored)
      }
      throw error
    }
  }

  #take(stored: ProblemNotes): void {
    this.#stored = stored
    this.#notes = applied(this.#pending, stored)
    this.#snoozed = new Map(this.#notes.snoozed.map((note) => [note.key, note]))
    this.#waiting = new Map(this.#notes.waiting.map(({ profileId, since }) => [profileId, since]))
  }
}

function applied(pending: readonly Pending[], stored: ProblemNotes): ProblemNotes {
  return pending.reduce((notes, { edit }) => edit(notes), stored)
}
