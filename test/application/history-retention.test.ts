import { expect, test } from 'vitest'
import { forgetOldHistory } from '#application/history-retention.ts'
import { FakeClock } from '../engine/support/fake-clock.ts'

const DAY = 86_400_000

test('what is stopped while it forgets does not begin again', async () => {
  const clock = new FakeClock()
  let asked = 0
  let answer = (_forgotten: number) => {}
  const stop = forgetOldHistory(
    {
      pruneHistory() {
        asked += 1
        return new Promise<number>((resolve) => {
          answer = resolve
        })
      },
    },
    clock,
    () => undefined,
  )
  await clock.advance(60_000)
  stop()
  answer(2000)
  await clock.advance(5 * DAY)
  expect([asked, clock.armed]).toEqual([1, []])
})

test('what is over a year old is forgotten in parts, then looked for once a day, and a failure does not end it', async () => {
  const clock = new FakeClock()
  const asked: number[] = []
  const failures: unknown[] = []
  const answers = [2000, 2000, 0, 'full', 0]
  const stop = forgetOldHistory(
    {
      async pruneHistory(before) {
        asked.push(Math.round((clock.now() - before) / DAY))
        const answer = answers.shift()
        if (typeof answer === 'string') throw new Error(answer)
        return answer ?? 0
      },
    },
    clock,
    (error) => failures.push(error),
  )
  await clock.advance(2 * 60_000)
  expect(asked).toEqual([365, 365, 365])
  await clock.advance(DAY)
  expect(failures).toHaveLength(1)
  await clock.advance(DAY)
  expect(asked).toHaveLength(5)
  stop()
  await clock.advance(5 * DAY)
  expect(asked).toHaveLength(5)
})
