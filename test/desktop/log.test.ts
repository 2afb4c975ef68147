import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createLog, logUncaught } from '#desktop/log/log.ts'

const NOON = Date.UTC(2026, 0, 2, 12)
const clock = { now: () => NOON }
let folder = ''

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'satm-log-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const linesOf = (file: string) =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line))

describe('a log', () => {
  test('writes one JSON object a line, with time, level and event', () => {
    const log = createLog({ folder, clock })
    log.info('app.started', { version: '1' })
    log.warn('store.slow')
    log.error('store.failed', { error: new Error('full') })
    expect(linesOf(log.file)).toMatchObject([
      { at: '2026-01-02T12:00:00.000Z', level: 'info', event: 'app.started', version: '1' },
      { level: 'warn', event: 'store.slow' },
      { level: 'error', event: 'store.failed', error: { message: 'full' } },
    ])
  })

  test('keeps line breaks inside the line', () => {
    const log = createLog({ folder, clock })
    log.info('odd', { text: 'one\ntwo\u2028three' })
    expect(linesOf(log.file)).toMatchObject([{ text: 'one\ntwo\u2028three' }])
  })

  test('is not misled about level and event by a field of that name', () => {
    const log = createLog({ folder, clock })
    log.error('real', { event: 'forged', level: 'info', at: 'never' })
    expect(linesOf(log.file)).toMatchObject([
      { event: 'real', level: 'error', at: '2026-01-02T12:00:00.000Z' },
    ])
  })

  test('never writes a known secret, wherever it stands', () => {
    const log = createLog({ folder, clock })
    log.knownSecret('correct horse')
    log.error('correct horse', { 'correct horse': ['correct horse', new Error('correct horse')] })
    expect(readFileSync(log.file, 'utf8')).not.toContain('correct horse')
  })

  test('is for the person alone', () => {
    const inside = path.join(folder, 'logs')
    const log = createLog({ folder: inside, clock })
    log.info('x')
    expect(statSync(log.file).mode & 0o777).toBe(0o600)
    expect(statSync(inside).mode & 0o777).toBe(0o700)
  })

  test('begins a new file when one is full, and keeps the newest few', () => {
    const log = createLog({ folder, clock, fileBytes: 300, files: 3 })
    for (let number = 0; number < 40; number += 1) log.info('tick', { number })
    const files = readdirSync(folder).sort()
    expect(files).toEqual(['app.1.log', 'app.2.log', 'app.log'])
    for (const file of files) expect(statSync(path.join(folder, file)).size).toBeLessThanOrEqual(300)
    expect(linesOf(log.file).at(-1)).toMatchObject({ number: 39 })
    const kept = ['app.2.log', 'app.1.log', 'app.log'].flatMap((file) => linesOf(path.join(folder, file)))
    const numbers = kept.map((line) => (line as { number: number }).number)
    expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => 40 - numbers.length + index))
  })

  test('keeps a single file within its size as well', () => {
    const log = createLog({ folder, clock, fileBytes: 300, files: 1 })
    for (let number = 0; number < 20; number += 1) log.info('tick', { number })
    expect(readdirSync(folder)).toEqual(['app.log'])
    expect(statSync(log.file).size).toBeLessThanOrEqual(300)
    expect(linesOf(log.file).at(-1)).toMatchObject({ number: 19 })
  })

  test('goes on with the file of the last run', () => {
    createLog({ folder, clock }).info('first')
    const again = createLog({ folder, clock, fileBytes: 100 })
    again.info('second', { text: 'x'.repeat(40) })
    expect(readdirSync(folder).sort()).toEqual(['app.1.log', 'app.log'])
  })

  test('writes a line larger than a whole file rather than losing it', () => {
    const log = createLog({ folder, clock, fileBytes: 50 })
    log.info('large', { text: 'y '.repeat(200) })
    expect(linesOf(log.file)).toHaveLength(1)
  })

  test('never throws, even when its folder is a file', () => {
    const file = path.join(folder, 'taken')
    writeFileSync(file, '')
    const log = createLog({ folder: file, clock })
    expect(() => log.error('x', { error: new Error('y') })).not.toThrow()
  })

  test('says an event all the same when a field of it throws', () => {
    const log = createLog({ folder, clock })
    const hostile = Object.defineProperty({}, 'x', {
      enumerable: true,
      get() {
        throw new Error('no')
      },
    })
    log.info('hostile', { hostile })
    expect(linesOf(log.file)).toMatchObject([{ event: 'hostile', unreadable: ['hostile'] }])
  })

  test('echoes each line as it was written', () => {
    const echoed: string[] = []
    const log = createLog({ folder, clock, echo: (line) => echoed.push(line) })
    log.info('said', { token: 'x1' })
    expect(`${echoed[0]}\n`).toBe(readFileSync(log.file, 'utf8'))
  })
})

describe('diagnostics', () => {
  test('have nothing of what a command printed, which older versions logged', () => {
    const log = createLog({ folder, clock })
    log.info('hook.ended', { profile: 'Orders', said: '"63 61 6e" \\ printed', code: 1 })
    const text = log.diagnostics({})
    expect(text).toContain('"code":1')
    expect(text).not.toMatch(/said|63 61|printed/)
  })

  test('hold what is asked about and the last lines of all files', () => {
    const log = createLog({ folder, clock, fileBytes: 200, files: 3 })
    for (let number = 0; number < 3; number += 1) log.info('tick', { number, filler: 'z '.repeat(20) })
    const text = log.diagnostics({ version: '1.2.3' })
    expect(text).toContain('"version": "1.2.3"')
    for (const number of [0, 1, 2]) expect(text).toContain(`"number":${number}`)
    expect(text.indexOf('"number":0')).toBeLessThan(text.indexOf('"number":2'))
  })

  test('hold at most two hundred lines', () => {
    const log = createLog({ folder, clock })
    for (let number = 0; number < 500; number += 1) log.info('tick')
    expect(log.diagnostics({}).split('\n').length).toBeLessThan(210)
  })

  test('lose a secret that was learnt only after the line was written', () => {
    const log = createLog({ folder, clock })
    log.info('early', { note: 'correct horse' })
    log.knownSecret('correct horse')
    expect(log.diagnostics({ token: 'x1', note: 'correct horse' })).not.toMatch(/correct horse|x1/)
  })
})

test('an unhandled rejection and an uncaught exception are logged in full', () => {
  const log = createLog({ folder, clock })
  const unhook = logUncaught(log)
  try {
    process.emit('uncaughtException', new Error('boom', { cause: new Error('why') }))
    process.emit('unhandledRejection', new Error('later'), Promise.resolve())
  } finally {
    unhook()
  }
  expect(linesOf(log.file)).toMatchObject([
    { event: 'process.uncaught-exception', error: { message: 'boom', cause: { message: 'why' } } },
    { event: 'process.unhandled-rejection', error: { message: 'later' } },
  ])
})

test('a file left readable to all by an older version is closed', () => {
  writeFileSync(path.join(folder, 'app.log'), '')
  chmodSync(path.join(folder, 'app.log'), 0o644)
  const log = createLog({ folder, clock })
  log.info('x')
  expect(statSync(log.file).mode & 0o777).toBe(0o600)
})
