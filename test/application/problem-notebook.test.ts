// The notebook of several computers over one row.
import { expect, test } from 'vitest'
import { type NotesEdit, ProblemNotebook } from '#application/problem-notebook.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import { NO_NOTES, type ProblemNotesRow } from '#vault/repositories/problem-notes.ts'

const AWAY = 'The database cannot be reached.'

const snooze =
  (key: string): NotesEdit =>
  (notes) => ({
    ...notes,
    snoozed: [...notes.snoozed, { key, until: 1, level: 'warning', code: key, customers: 1 }],
  })
const wait =
  (profileId: string): NotesEdit =>
  (notes) => ({ ...notes, waiting: [...notes.waiting, { profileId, since: 1 }] })

function aRow() {
  const row = {
    notes: NO_NOTES,
    isAway: false,
    load: async () => row.notes,
    async update(edit: NotesEdit) {
      // As a database, which lets one after the other.
      await Promise.resolve()
      if (row.isAway) throw new StoreFailure('shared', AWAY)
      row.notes = edit(row.notes)
      return row.notes
    },
  }
  return row satisfies ProblemNotesRow
}

async function opened(row: ProblemNotesRow): Promise<ProblemNotebook> {
  const notebook = new ProblemNotebook()
  await notebook.open(row)
  return notebook
}

/** What is read once it is there. */
function later() {
  let resolve: (notes: typeof NO_NOTES) => void = () => {}
  const promise = new Promise<typeof NO_NOTES>((resolved) => {
    resolve = resolved
  })
  return { promise, resolve }
}

const keys = (notes: typeof NO_NOTES) => notes.snoozed.map(({ key }) => key).toSorted()

test('what two computers note in the same moment is kept of both', async () => {
  const row = aRow()
  const [one, two] = [await opened(row), await opened(row)]
  await Promise.all([one.decide(snooze('a')), two.decide(snooze('b')), one.decide(snooze('c'))])
  expect(keys(row.notes)).toEqual(['a', 'b', 'c'])
  await one.reread()
  expect(keys(one.notes)).toEqual(['a', 'b', 'c'])
})

test('a note that is not stored yet stays over what is read meanwhile', async () => {
  const row = aRow()
  const notebook = await opened(row)
  const stored = notebook.decide(snooze('a'))
  await (await opened(row)).decide(snooze('b'))
  await notebook.reread()
  expect(keys(notebook.notes)).toContain('a')
  await stored
  expect(keys(notebook.notes)).toEqual(['a', 'b'])
})

test('a decision that cannot be stored does not apply, and its author reads what to do', async () => {
  const row = aRow()
  const notebook = await opened(row)
  row.isAway = true
  const decided = notebook.decide(snooze('a'))
  expect(notebook.snoozed.has('a')).toBe(true)
  await expect(decided).rejects.toMatchObject({
    code: 'storage',
    message: `This was not noted. ${AWAY} Do it again when it can be stored.`,
  })
  expect(notebook.notes).toEqual(NO_NOTES)
  row.isAway = false
  await notebook.decide(snooze('b'))
  expect(keys(row.notes)).toEqual(['b'])
})

test('what nobody decided applies nevertheless, and is stored with the next note', async () => {
  const row = aRow()
  const notebook = await opened(row)
  row.isAway = true
  await expect(notebook.note(wait('p'))).rejects.toBeInstanceOf(StoreFailure)
  expect(notebook.waiting.has('p')).toBe(true)
  row.isAway = false
  await notebook.decide(snooze('a'))
  expect(row.notes).toMatchObject({ waiting: [{ profileId: 'p' }], snoozed: [{ key: 'a' }] })
})

test('what was stored while an older state was being read stays', async () => {
  const row = aRow()
  const { load } = row
  const notebook = await opened(row)
  const older = later()
  row.load = () => older.promise
  const read = notebook.reread()
  await notebook.decide(snooze('a'))
  row.load = load
  older.resolve(NO_NOTES)
  await read
  expect(keys(notebook.notes)).toEqual(['a'])
})

test('what is read of the vault before says nothing of the one that is open now', async () => {
  const [before, now] = [aRow(), aRow()]
  const older = later()
  before.load = () => older.promise
  const notebook = new ProblemNotebook()
  const opening = notebook.open(before)
  await notebook.open(now)
  older.resolve(snooze('a')(NO_NOTES))
  await opening
  expect(notebook.notes).toEqual(NO_NOTES)
})
