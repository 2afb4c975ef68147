// What a person decided about problems, and which were resolved: snoozes, customers that are waited for, and the last
// week's ends, as one sealed row of `meta`. It belongs to this copy of the data: no backup has it.
import type { KeyObject } from 'node:crypto'
import { z } from 'zod'
import { Secret } from '#engine/domain/secret.ts'
import type { RowAccess } from './row-access.ts'
import { openMeta, readMeta, writeSealedMeta } from './sealed-meta.ts'

const level = z.enum(['information', 'warning', 'critical'])

const content = z.object({
  /** By the key of the incident, as it was then: when it has got worse, the snooze ends. */
  snoozed: z.array(
    z.object({ key: z.string(), until: z.number(), level, code: z.string(), customers: z.number() }),
  ),
  /** Profiles whose admin was written to, and when first. */
  waiting: z.array(z.object({ profileId: z.string(), since: z.number() })),
  resolved: z.array(
    z.object({
      key: z.string(),
      /** In the past tense. */
      title: z.string(),
      level,
      customers: z.number(),
      since: z.number(),
      resolvedAt: z.number(),
    }),
  ),
})

export type ProblemNotes = Readonly<z.infer<typeof content>>

/** Each rejects with a `StoreFailure` when the database does not answer. A write is durable when it resolves. */
export interface ProblemNotesRow {
  /** Nothing, where none were saved or they were altered. */
  load(): Promise<ProblemNotes>
  /** `edit`: of what is stored at that moment; it may run twice. Resolves with what is stored then. */
  update(edit: (notes: ProblemNotes) => ProblemNotes): Promise<ProblemNotes>
}

export const PROBLEM_NOTES = 'problem-notes'

export const NO_NOTES: ProblemNotes = { snoozed: [], waiting: [], resolved: [] }

export function problemNotesRow({ db, key, read, write }: RowAccess): ProblemNotesRow {
  return {
    load: () => read(() => readNotes(key(), readMeta(db, PROBLEM_NOTES))),
    update: (edit) =>
      write(() => {
        const notes = edit(readNotes(key(), readMeta(db, PROBLEM_NOTES)))
        writeSealedMeta(db, key(), PROBLEM_NOTES, new Secret(JSON.stringify(notes)))
        return notes
      }),
  }
}

/** `stored`: as it stands in the table; null: it is not there. */
export function readNotes(key: KeyObject, stored: string | null): ProblemNotes {
  const opened = openMeta(key, PROBLEM_NOTES, stored ?? '')
  if (opened === null) return NO_NOTES
  const reading = content.safeParse(JSON.parse(opened.reveal()))
  return reading.success ? reading.data : NO_NOTES
}
