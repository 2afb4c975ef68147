// Ctrl-C comes to satm and to the program it runs; the program must hear it once.
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { atKeyboard } from '#satm/client/run-program.ts'
import { program, removeProgram, running } from './support/running.ts'
import { terminal } from './support/terminal.ts'

afterAll(removeProgram)

const CHILD = `
  let heard = 0
  process.on('SIGINT', () => console.log('heard ' + ++heard))
  process.on('SIGTERM', () => { console.log('in all ' + heard); process.exit() })
  console.log('run by ' + process.ppid + '.')
  setInterval(() => {}, 1000)`

test.each([
  ['a keyboard', ''],
  ['a pipe', 'echo list | '],
  ['a file', '</dev/null '],
])('Ctrl-C comes once to a program that reads from %s', async (_, from) => {
  const app = await running({ profiles: [{ id: 'p1', name: 'Orders' }] })
  const { path: script } = await program()
  const env = { PATH: process.env.PATH, SATM_DATA_FOLDER: app.folder, NODE: process.execPath, script, CHILD }
  const shell = terminal(`${from}"$NODE" "$script" exec Orders -- "$NODE" -e "$CHILD"`, env)
  onTestFinished(async () => {
    await shell.close()
    await app.close()
  })
  const shows = (text: string | RegExp) => expect.poll(shell.shown, { timeout: 10_000 }).toMatch(text)
  await shows(/run by \d+\./)
  shell.type('\x03')
  await shows('heard 1')
  // satm hears it after its own Ctrl-C, and passes it on.
  process.kill(Number(/run by (\d+)\./.exec(shell.shown())?.[1]), 'SIGTERM')
  await shows('in all')
  expect(shell.shown()).toContain('in all 1')
})

test.each([
  ['in the foreground of its terminal', '7 (a) b) S 1 40 40 34816 40 0', true],
  ['in the background of one', '7 (node) S 1 40 30 34816 30 0', false],
  ['without a terminal', '7 (node) S 1 40 40 0 -1 0', false],
])('a program %s', (_, stat, expected) => {
  expect(atKeyboard([{ isTTY: !expected }], stat)).toBe(expected)
})

test('where the system does not tell, a stream that is a terminal does', () => {
  expect(atKeyboard([{}, { isTTY: true }], null)).toBe(true)
  expect(atKeyboard([{}, { isTTY: false }], null)).toBe(false)
})
