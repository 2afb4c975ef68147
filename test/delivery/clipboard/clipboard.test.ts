import { beforeEach, describe, expect, test } from 'vitest'
import { createClearing, type TokenClipboard } from '#delivery/clipboard/clipboard.ts'

let content = ''
let secretWrites = 0
let delay = 30_000
let failures: unknown[] = []
let timers: { readonly due: number; readonly wake: () => void; cancelled: boolean }[] = []
let readFails = false
let clipboard: TokenClipboard

beforeEach(() => {
  content = 'before'
  secretWrites = 0
  delay = 30_000
  failures = []
  timers = []
  readFails = false
  clipboard = createClearing({
    clipboard: {
      async read() {
        if (readFails) throw new Error('no clipboard')
        return content
      },
      async writeText(text) {
        content = text
      },
      async writeSecret(text) {
        secretWrites += 1
        content = text
      },
      clear() {
        content = ''
      },
    },
    clock: {
      after(due, wake) {
        const timer = { due, wake, cancelled: false }
        timers.push(timer)
        return () => {
          timer.cancelled = true
        }
      },
    },
    clearAfter: () => delay,
    failed: (error) => failures.push(error),
  })
})

/** Lets what was begun end. */
const settle = () => new Promise((resolve) => setImmediate(resolve))
async function timeIsUp() {
  for (const timer of timers.filter(({ cancelled }) => !cancelled)) timer.wake()
  await settle()
}

describe('a copied token', () => {
  test('is there, marked as a secret, and the person is told for how long', async () => {
    expect(clipboard.copyToken('t1')).toBe(30)
    await settle()
    expect(content).toBe('t1')
    expect(secretWrites).toBe(1)
  })

  test('is gone after the time', async () => {
    clipboard.copyToken('t1')
    await settle()
    expect(timers.map(({ due }) => due)).toEqual([30_000])
    await timeIsUp()
    expect(content).toBe('')
  })

  test('stays when it is never to be cleared', async () => {
    delay = 0
    expect(clipboard.copyToken('t1')).toBeNull()
    await settle()
    expect(timers).toEqual([])
    expect(content).toBe('t1')
  })

  test('that was replaced by another program leaves that alone', async () => {
    clipboard.copyToken('t1')
    await settle()
    content = 'a shopping list'
    await timeIsUp()
    expect(content).toBe('a shopping list')
  })

  test('that was replaced by a text of ours leaves that alone', async () => {
    clipboard.copyToken('t1')
    clipboard.copyText('a tracking id')
    await settle()
    await timeIsUp()
    expect(content).toBe('a tracking id')
  })

  test('copied after another one has its full time', async () => {
    clipboard.copyToken('t1')
    clipboard.copyToken('t2')
    await settle()
    expect(timers.map(({ cancelled }) => cancelled)).toEqual([true, false])
    await timeIsUp()
    expect(content).toBe('')
  })
})

describe('on quit and on lock', () => {
  test('the token is gone at once', async () => {
    clipboard.copyToken('t1')
    await clipboard.clearNow()
    expect(content).toBe('')
    expect(timers[0]?.cancelled).toBe(true)
  })

  test('also one that was to stay', async () => {
    delay = 0
    clipboard.copyToken('t1')
    await clipboard.clearNow()
    expect(content).toBe('')
  })

  test('anything else stays', async () => {
    await clipboard.clearNow()
    expect(content).toBe('before')
    clipboard.copyToken('t1')
    await settle()
    content = 'a shopping list'
    await clipboard.clearNow()
    expect(content).toBe('a shopping list')
  })

  test('a second time does nothing', async () => {
    clipboard.copyToken('t1')
    await clipboard.clearNow()
    content = 't1'
    await clipboard.clearNow()
    expect(content).toBe('t1')
  })
})

test('a clipboard that cannot be read is reported and left alone', async () => {
  clipboard.copyToken('t1')
  await settle()
  readFails = true
  await clipboard.clearNow()
  expect(failures).toHaveLength(1)
  expect(content).toBe('t1')
})
