// Circuit breaker: what passes while it is closed, open and half-open. The whole engine around it: circuit.test.ts.
import { describe, expect, test } from 'vitest'
import type { Answer } from '#engine/domain/ports.ts'
import { type Caller, CircuitBreaker } from '#engine/runtime/circuit-breaker.ts'
import { good, odd, refused, unreachable } from '../support/answers.ts'
import { settle } from '../support/fake-clock.ts'
import { HOUR, MINUTE } from '../support/world.ts'

function makeBreaker() {
  let now = 0
  let answer: Answer<boolean> = odd('html')
  let questions = 0
  const breaker = new CircuitBreaker({
    now: () => now,
    monotonic: () => now,
    random: () => 0.5,
    async ask() {
      questions += 1
      return answer
    },
    changed: () => {},
  })
  const pressed = (key: string): Caller => ({ key, askedIn: breaker.round })
  return {
    breaker,
    pressed,
    enter: (caller: Caller | null, isLastTenth = false) => breaker.enter(caller, () => isLastTenth),
    questions: () => questions,
    passTo: (at: number) => {
      now = at
    },
    answerWith: (next: Answer<boolean>) => {
      answer = next
    },
  }
}

const scheduled = (key: string): Caller => ({ key, askedIn: null })

describe('circuit breaker', () => {
  test('lets everything through while it is closed, without a question', async () => {
    const { breaker, enter, questions } = makeBreaker()
    expect(await enter(scheduled('a'))).not.toBeNull()
    expect(await enter(null)).not.toBeNull()
    expect(breaker.nextWake()).toBe(Number.POSITIVE_INFINITY)
    expect(questions()).toBe(0)
  })

  test('lets nothing through while it is open that nobody asked for and that is not in its last tenth', async () => {
    const { breaker, enter } = makeBreaker()
    breaker.doubt(null)
    expect(await enter(scheduled('a'))).toBeNull()
    expect(await enter(null)).toBeNull()
    expect(breaker.missingSince).toBe(0)
  })

  test('remembers that a proxy wants a login until something else is found', async () => {
    const { breaker, enter, answerWith, passTo } = makeBreaker()
    breaker.doubt('proxy')
    answerWith(unreachable('proxy-login'))
    await enter(null)
    expect(breaker.proxyRefusal).toBe('proxy')
    answerWith(refused(407, { webexShaped: false }))
    passTo(HOUR)
    await enter(null)
    expect(breaker.proxyRefusal).toBe('proxy')
    answerWith(unreachable('proxy-rejected'))
    passTo(1.5 * HOUR)
    await enter(null)
    expect(breaker.proxyRefusal).toBe('proxy-rejected')
    answerWith(odd('html'))
    passTo(2.5 * HOUR)
    await enter(null)
    expect(breaker.proxyRefusal).toBe(null)
  })

  test('a pass that was given before it opened is valid no more', async () => {
    const { breaker, enter } = makeBreaker()
    const pass = await enter(scheduled('a'))
    if (pass === null) throw new Error('it was closed')
    expect(breaker.isValid(pass)).toBe(true)
    breaker.doubt(null)
    expect(breaker.isValid(pass)).toBe(false)
  })

  test('lets one half-open call out at a time, and the next one when it has ended', async () => {
    const { breaker, enter, pressed } = makeBreaker()
    breaker.doubt(null)
    const first = await enter(pressed('a'))
    let second: unknown = null
    void enter(pressed('b')).then((pass) => {
      second = pass
    })
    await settle()
    expect(second).toBeNull()
    first?.('unsent')
    await settle()
    expect(second).toBeTypeOf('function')
  })

  test('one failed attempt is that of all presses of its round; a later press gets another', async () => {
    const { breaker, enter, pressed } = makeBreaker()
    breaker.doubt(null)
    const together = pressed('b')
    const pass = await enter(pressed('a'))
    pass?.('unproven')
    expect(await enter(together)).toBeNull()
    expect(await enter(pressed('b'))).not.toBeNull()
  })

  test('each key has one attempt in its last tenth; one that was not sent does not count', async () => {
    const { breaker, enter } = makeBreaker()
    breaker.doubt(null)
    const unsent = await enter(scheduled('a'), true)
    unsent?.('unsent')
    const sent = await enter(scheduled('a'), true)
    expect(sent).not.toBeNull()
    sent?.('unproven')
    expect(await enter(scheduled('a'), true)).toBeNull()
    expect(await enter(scheduled('b'), true)).not.toBeNull()
  })

  test('an answer of Webex to a half-open call closes it for all', async () => {
    const { breaker, enter, pressed } = makeBreaker()
    breaker.doubt(null)
    const pass = await enter(pressed('a'))
    pass?.('webex')
    expect(breaker.doubted).toBe(false)
    expect(await enter(scheduled('b'))).not.toBeNull()
  })

  test('one question is shared by everyone who asks meanwhile; Webex’s answer to it closes the circuit', async () => {
    const { breaker, questions, answerWith } = makeBreaker()
    breaker.doubt(null)
    answerWith(good(true))
    expect(await Promise.all([breaker.confirmed(), breaker.confirmed()])).toEqual([true, true])
    expect(questions()).toBe(1)
    expect(breaker.doubted).toBe(false)
  })

  test('the pause that Webex asks for is kept, an hour at most, and then it is closed without another question', async () => {
    const { breaker, questions, answerWith, passTo } = makeBreaker()
    breaker.doubt(null)
    answerWith(refused(429, { retryAfter: 3 * HOUR }))
    expect(await breaker.confirmed()).toBe(false)
    expect(breaker.pause).toBe(HOUR)
    expect(breaker.nextWake()).toBe(HOUR)
    expect(breaker.missingSince).toBeNull()
    passTo(HOUR)
    expect(await breaker.confirmed()).toBe(true)
    expect(questions()).toBe(1)
  })

  test('looks again after a pause that grows to a minute; a changed network looks at once', async () => {
    const { breaker, passTo } = makeBreaker()
    breaker.doubt(null)
    const pauses: number[] = []
    let now = 0
    for (let index = 0; index < 8; index += 1) {
      await breaker.confirmed()
      pauses.push(breaker.nextWake() - now)
      now = breaker.nextWake()
      passTo(now)
    }
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b))
    expect(pauses[0]).toBeLessThan(pauses[3] ?? 0)
    expect(pauses.at(-1)).toBeLessThanOrEqual(MINUTE)
    await breaker.confirmed()
    breaker.hurry()
    expect(breaker.nextWake()).toBe(now)
  })

  test('a stop ends every wait', async () => {
    const { breaker, enter, pressed } = makeBreaker()
    breaker.doubt(null)
    await enter(pressed('a'))
    const waiting = enter(pressed('b'))
    await settle()
    breaker.stop()
    expect(await waiting).toBeNull()
  })
})
