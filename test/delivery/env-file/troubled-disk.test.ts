// A real disk that is full, that can only be read, and that is gone.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundle } from '../../vault/support/bundle.ts'
import { onSmallDisk } from '../../vault/support/small-disk.ts'

interface Seen {
  readonly result: unknown
  readonly text: string
  readonly beside: readonly string[]
  readonly check?: readonly string[]
}

interface Report {
  readonly old: string
  readonly roomy: Seen
  readonly full: Seen
  readonly readOnly: Seen
  readonly again: Seen
  readonly gone: unknown
  readonly left: readonly string[]
}

describe.runIf(process.platform === 'linux')('an env file on a disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'satm-env-disk-'))
  let report: Report

  beforeAll(async () => {
    const program = await bundle(resolve(import.meta.dirname, 'support/troubled-disk.ts'))
    try {
      report = JSON.parse(await onSmallDisk(folder, program.path, []))
    } finally {
      program.remove()
    }
  }, 60_000)

  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const failure = (sentence: RegExp) => ({ kind: 'failed', sentence: expect.stringMatching(sentence) })

  test('with room is written', () => {
    expect(report.roomy.result).toMatchObject({ kind: 'written', changed: true })
    expect(report.roomy.text).toBe(`${report.old}TOKEN=one\n`)
  })

  test('that is full stays as it was, and nothing takes up more room', () => {
    expect(report.full.result).toEqual(failure(/is full\. Free some space; the file was not changed/))
    expect(report.full.text).toBe(report.roomy.text)
    expect(report.full.beside).toEqual([])
  })

  test('that can only be read stays as it was, and the check says so', () => {
    expect(report.readOnly.result).toEqual(failure(/can only be read/))
    expect(report.readOnly.text).toBe(report.roomy.text)
    expect(report.readOnly.check).toContain('no-access')
  })

  test('that is well again is written', () => {
    expect(report.again.result).toMatchObject({ kind: 'written', changed: true })
    expect(report.again.text).toBe(`${report.old}TOKEN=four\n`)
  })

  test('that is gone is not made elsewhere', () => {
    expect(report.gone).toEqual(failure(/is not there\. Create it or connect its disk/))
    expect(report.left).toEqual([])
  })
})
