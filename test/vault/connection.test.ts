import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Connection } from '#vault/db/connection.ts'
import { temporaryFolder } from './support/builders.ts'

let db: Connection
beforeEach(() => {
  db = new Connection(join(temporaryFolder(), 'some.db'))
  db.exec('CREATE TABLE things (id TEXT, one BLOB, count INTEGER, other BLOB, seal BLOB)')
})
afterEach(() => db.close())

/** Whether bytes are a Buffer, an ArrayBuffer or hex depends on the way they were read. */
function plain(rows: readonly Readonly<Record<string, unknown>>[]) {
  const hex = (value: unknown) =>
    value instanceof ArrayBuffer || Buffer.isBuffer(value)
      ? Buffer.from(value as ArrayBuffer).toString('hex')
      : value
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        name === 'seal' ? String(hex(value)).toLowerCase() : hex(value),
      ]),
    ),
  )
}

describe('a table that is read packed', () => {
  test('has the same rows as one read row by row, whatever the bytes are', () => {
    const blobs = [
      Buffer.alloc(0),
      null,
      Buffer.alloc(3),
      Buffer.from([0xff, 0xfe, 0, 0x80]),
      randomBytes(500),
    ]
    for (const [at, one] of blobs.entries()) {
      for (const other of blobs) {
        db.insert('things', { id: `Müller ${at} \u0000 株`, one, count: at, other, seal: randomBytes(16) })
      }
    }
    const packed = db.packed('things')
    expect(packed).toHaveLength(25)
    expect(plain(packed)).toEqual(plain(db.rows('things')))
    expect(Buffer.isBuffer(packed[24]?.other)).toBe(true)
    expect(plain([db.row('things', 'WHERE count = 3') ?? {}])).toEqual(plain([packed[15] ?? {}]))
    expect(db.row('things', 'WHERE count = 99')).toBeNull()
  })

  test.for([
    ['a text', `'0123'`, '30313233'],
    ['a number', '4711', '34373131'],
  ])('keeps all others apart beside %s in a column of bytes', ([, value, hex]) => {
    db.insert('things', { id: 'a', one: Buffer.from('aa', 'hex'), count: 1, other: null, seal: null })
    db.exec(`INSERT INTO things VALUES ('b', ${value}, 2, x'bb', NULL)`)
    db.insert('things', { id: 'c', one: Buffer.from('cc', 'hex'), count: 3, other: null, seal: null })
    expect(plain(db.packed('things')).map(({ id, one, other }) => [id, one, other])).toEqual([
      ['a', 'aa', null],
      ['b', hex, 'bb'],
      ['c', 'cc', null],
    ])
  })

  test('is read row by row where a text is none', () => {
    db.exec(
      `INSERT INTO things VALUES (CAST(x'ff' AS TEXT), x'00', 1, NULL, NULL), (x'00', x'01', 2, NULL, NULL)`,
    )
    expect(plain(db.packed('things')).map(({ id, one }) => [id, one])).toEqual([
      ['ff', '00'],
      ['\u0000', '01'],
    ])
  })

  test('may be empty', () => {
    expect(db.packed('things')).toEqual([])
  })
})
