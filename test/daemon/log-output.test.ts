// The log on a real pipe, whose reader stops reading for a while.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, onTestFinished, test } from 'vitest'
import { logOutput } from '#daemon/log-output.ts'

/** `cat` passes on what it gets, as far as somebody reads that. */
function aReader(command = 'cat', ...args: readonly string[]) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  return child
}

const line = (nth: number) => JSON.stringify({ nth, text: 'x'.repeat(1000) })

test('a reader that stops holds up nothing: what waits is bounded, and how much was left out is told once it reads on', async () => {
  const { stdin, stdout } = aReader()
  const told: number[] = []
  const write = logOutput(stdin, 'info', (lines) => {
    told.push(lines)
    write(JSON.stringify({ dropped: lines }), 'warn')
    stdin.end()
  })
  for (let nth = 0; nth < 5000; nth += 1) write(line(nth), 'info')
  expect(stdin.writableLength).toBeLessThan(1.1 * 1024 * 1024)
  expect(told).toEqual([])

  let read = ''
  stdout.setEncoding('utf8').on('data', (text: string) => {
    read += text
  })
  await once(stdout, 'end')
  const lines = read
    .trimEnd()
    .split('\n')
    .map((text): { nth?: number; dropped?: number } => JSON.parse(text))
  const written = lines.length - 1
  expect(lines.slice(0, -1).map(({ nth }) => nth)).toEqual(Array.from({ length: written }, (_, nth) => nth))
  expect(lines.at(-1)).toEqual({ dropped: 5000 - written })
  expect(told).toEqual([5000 - written])
  expect(written).toBeLessThan(2000)
})

test('a reader that is gone ends nothing', async () => {
  const { stdin, stdout } = aReader('sh', '-c', 'exec 0<&-; echo closed; exec sleep 60')
  await once(stdout, 'data')
  const write = logOutput(stdin, 'info', () => undefined)
  write(line(0), 'info')
  await expect.poll(() => stdin.errored).toMatchObject({ code: 'EPIPE' })
  write(line(1), 'info')
})

test('lines below the level are left out and not counted', async () => {
  const { stdin, stdout } = aReader()
  const write = logOutput(stdin, 'warn', () => expect.unreachable())
  for (const level of ['info', 'warn', 'error'] as const) write(level, level)
  stdin.end()
  let read = ''
  stdout.setEncoding('utf8').on('data', (text: string) => {
    read += text
  })
  await once(stdout, 'end')
  expect(read).toBe('warn\nerror\n')
})
