// The columns of a row, each read as what it should be. A column of another type means a damaged or foreign database.
import { types } from 'node:util'
import type { Row } from './connection.ts'

export class MalformedRow extends Error {
  constructor(column: string) {
    super(`column ${column} does not hold what it should`)
    this.name = 'MalformedRow'
  }
}

/** What `read` returns; null where a column does not hold what it should. */
export function unlessMalformed<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof MalformedRow) return null
    throw error
  }
}

/** Those that hold what they should: a damaged row must keep no other from being read. */
export function readable<T>(rows: readonly Row[], read: (row: Row) => T): T[] {
  return rows.map((row) => unlessMalformed(() => read(row))).filter((record) => record !== null)
}

/** As it is stored. */
export function rounded(instant: number | null | undefined): number | null {
  return instant == null ? null : Math.round(instant)
}

export function text(row: Row, column: string): string {
  const value = row[column]
  if (typeof value !== 'string') throw new MalformedRow(column)
  return value
}

export function textOrNull(row: Row, column: string): string | null {
  return row[column] === null ? null : text(row, column)
}

export function number(row: Row, column: string): number {
  const value = row[column]
  if (typeof value !== 'number') throw new MalformedRow(column)
  return value
}

export function numberOrNull(row: Row, column: string): number | null {
  return row[column] === null ? null : number(row, column)
}

/** The driver gives a Buffer for one row and an ArrayBuffer for one of many. */
export function bytesOrNull(row: Row, column: string): Buffer | null {
  const value = row[column]
  if (value === null) return null
  if (Buffer.isBuffer(value)) return value
  if (types.isArrayBuffer(value)) return Buffer.from(value)
  throw new MalformedRow(column)
}

export function bytes(row: Row, column: string): Buffer {
  const value = bytesOrNull(row, column)
  if (value === null) throw new MalformedRow(column)
  return value
}

/** A text column that holds one of a few words. */
export function oneOf<T extends string>(row: Row, column: string, words: readonly T[]): T {
  const value = text(row, column)
  const word = words.find((candidate) => candidate === value)
  if (word === undefined) throw new MalformedRow(column)
  return word
}
