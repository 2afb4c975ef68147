import { describe, expect, test } from 'vitest'
import { createAppLock } from '#application/app-lock.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { OpenVault } from '#vault/open-vault.ts'

/** A lock over a clock that the test moves; nobody touches the computer. */
function stage(options: { readonly minutes?: number; readonly passphrase?: string | null } = {}) {
  const { minutes = 5, passphrase = 'right' } = options
  let now = 0
  let touched = 0
  let waiting: { at: number; wake: () => void }[] = []
  const vault = {
    hasPassphrase: () => passphrase !== null,
    isPassphrase: async (given: Secret) => given.reveal() === passphrase,
  } as OpenVault
  const lock = createAppLock({
    clock: {
      now: () => now,
      monotonic: () => now,
      after(delay, wake) {
        const one = { at: now + delay, wake }
        waiting.push(one)
        return () => {
          waiting = waiting.filter((other) => other !== one)
        }
      },
    },
    idleSeconds: () => (now - touched) / 1000,
    vaultAccess: { vault: () => vault, opened: () => vault },
    lockAfter: () => minutes,
  })
  const pass = (seconds: number) => {
    const until = now + seconds * 1000
    for (;;) {
      const next = waiting.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      waiting = waiting.filter((one) => one !== next)
      now = next.at
      next.wake()
    }
    now = until
  }
  return {
    lock,
    pass,
    touch: () => {
      touched = now
    },
    waiting: () => waiting.length,
  }
}

describe('the lock', () => {
  test('closes after the chosen while without the person', () => {
    const { lock, pass, touch } = stage()
    pass(290)
    touch()
    pass(290)
    expect(lock.isLocked()).toBe(false)
    pass(20)
    expect(lock.isLocked()).toBe(true)
  })

  test('never closes automatically when it is off, nor without a passphrase', () => {
    for (const { lock, pass } of [stage({ minutes: 0 }), stage({ passphrase: null })]) {
      pass(10_000)
      lock.systemLocked()
      lock.vaultOpened('keychain')
      expect(lock.isLocked()).toBe(false)
    }
  })

  test('closes with the screen, and at a start that nobody gave the passphrase for', () => {
    const screen = stage().lock
    screen.systemLocked()
    expect(screen.isLocked()).toBe(true)
    const start = stage().lock
    start.vaultOpened('passphrase')
    expect(start.isLocked()).toBe(false)
    start.vaultOpened('keychain')
    expect(start.isLocked()).toBe(true)
  })

  test('is opened by the passphrase alone, and calls its listeners after each change', async () => {
    const { lock } = stage({ minutes: 0 })
    const heard: boolean[] = []
    lock.onChange(() => heard.push(lock.isLocked()))
    lock.lockNow()
    await expect(lock.unlock(new Secret('wrong'))).rejects.toMatchObject({ field: 'passphrase' })
    expect(lock.isLocked()).toBe(true)
    await lock.unlock(new Secret('right'))
    expect(heard).toEqual([true, false])
  })

  test('says what it needs when there is no passphrase', () => {
    expect(() => stage({ passphrase: null }).lock.lockNow()).toThrow(/Set a passphrase first/)
  })

  test('leaves no timer behind', () => {
    const { lock, pass, waiting } = stage()
    pass(60)
    lock.stop()
    expect(waiting()).toBe(0)
  })
})
