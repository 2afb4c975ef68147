// The columns of a row, each read as what it should be. A column of another type means a damaged or foreign database.
import { types } from 'node:util'
import type { Row } from './connection.ts'

/** Of one row. */
export type RowDamage =
  /** A column does not hold what it should. */
  | { readonly kind: 'column'; readonly column: string }
  /** A sealed field does not open: altered, of another record, or sealed under another key. */
  | { readonly kind: 'secret' }
  /** Each column makes sense, and the row is not as this app stored it. */
  | { readonly kind: 'altered' }

export class MalformedRow extends Error {
  readonly damage: RowDamage

  constructor(column: string, kind: 'column' | 'secret' = 'column') {
    super(`column ${column} does not hold what it should`)
    this.name = 'MalformedRow'
    this.damage = kind === 'column' ? { kind, column } : { kind }
  }
}

export type RowReading<T> =
  | { readonly kind: 'read'; readonly value: T }
  | { readonly kind: 'damaged'; readonly damage: RowDamage }

/** `isAuthentic`: whether the row is as it was stored, where that can be told. */
export function readRow<T>(
  row: Row,
  read: (row: Row) => T,
  isAuthentic: (row: Row) => boolean = () => true,
): RowReading<T> {
  try {
    const value = read(row)
    return isAuthentic(row) ? { kind: 'read', value } : { kind: 'damaged', damage: { kind: 'altered' } }
  } catch (error) {
    if (error instanceof MalformedRow) return { kind: 'damaged', damage: error.damage }
    throw error
  }
}

export interface DamagedRow {
  readonly row: Row
  readonly damage: RowDamage
}

/** A damaged row must keep no other from being read. */
export function readRows<T>(
  rows: readonly Row[],
  read: (row: Row) => T,
  isAuthentic?: (row: Row) => boolean,
): { readonly values: readonly T[]; readonly damaged: readonly DamagedRow[] } {
  const values: T[] = []
  const damaged: DamagedRow[] = []
  for (const row of rows) {
    const reading = readRow(row, read, isAuthentic)
    if (reading.kind === 'read') values.push(reading.value)
    else damaged.push({ row, damage: reading.damage })
  }
  return { values, damaged }
}

/** As it is stored, and read again. */
export function rounded(instant: number | null | undefined): number | null {
  return instant == null || Number.isNaN(instant) ? null : Math.round(instant)
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

/** What a date can be, in ms: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const LATEST = 8.64e15

export function instant(row: Row, column: string): number {
  const value = number(row, column)
  if (Math.abs(value) > LATEST) throw new MalformedRow(column)
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
