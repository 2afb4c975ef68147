import { describe, expect, test } from 'vitest'
import { createAppLock } from '#application/app-lock.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { OpenVault } from '#vault/open-vault.ts'

/** A lock over a clock that the test moves; nobody touches the computer. `recorded`: what the vault knows of before. */
function stage(
  options: {
    readonly minutes?: number
    readonly withScreen?: boolean
    readonly passphrase?: string | null
    readonly recorded?: 'locked' | 'unlocked'
    readonly store?: () => Promise<void>
    /** What the system has counted before; input in the window does not change it. */
    readonly idleBefore?: number
  } = {},
) {
  const { minutes = 5, withScreen = true, passphrase = 'right', idleBefore = 0 } = options
  const { store = async () => undefined } = options
  let recorded = options.recorded ?? 'unlocked'
  const failures: unknown[] = []
  let now = 0
  let touched = 0
  let questions = 0
  let isOpen = true
  let waiting: { at: number; wake: () => void }[] = []
  const vault = {
    hasPassphrase: () => passphrase !== null,
    isPassphrase: async (given: Secret) => given.reveal() === passphrase,
    wasLocked: () => recorded === 'locked',
    recordLock: async (locked: boolean) => {
      await store()
      recorded = locked ? 'locked' : 'unlocked'
    },
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
    idleSeconds: async () => {
      questions += 1
      return idleBefore + (now - touched) / 1000
    },
    vaultAccess: { vault: () => (isOpen ? vault : null), opened: () => vault },
    lockAfter: () => minutes,
    lockWithScreen: () => withScreen,
    failed: (error) => failures.push(error),
  })
  const pass = async (seconds: number) => {
    const until = now + seconds * 1000
    for (;;) {
      const next = waiting.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
      if (next === undefined) break
      waiting = waiting.filter((one) => one !== next)
      now = next.at
      next.wake()
      await settle()
    }
    now = until
  }
  return {
    lock,
    pass,
    touch: () => {
      touched = now
    },
    /** While the vault is closed; it opens afterwards. */
    beforeOpening(happens: () => void) {
      isOpen = false
      happens()
      isOpen = true
    },
    waiting: () => waiting.length,
    questions: () => questions,
    recorded: () => recorded,
    failures,
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

describe('the lock', () => {
  test('closes after the chosen while without the person', async () => {
    const { lock, pass, touch } = stage()
    await pass(290)
    touch()
    await pass(290)
    expect(lock.isLocked()).toBe(false)
    await pass(20)
    expect(lock.isLocked()).toBe(true)
  })

  test('counts from the unlocking, and from the start, whatever the system has counted before', async () => {
    const { lock, pass } = stage({ idleBefore: 86_400 })
    lock.vaultOpened('passphrase')
    await pass(290)
    expect(lock.isLocked()).toBe(false)
    await pass(15)
    expect(lock.isLocked()).toBe(true)
    await lock.unlock(new Secret('right'))
    await pass(290)
    expect(lock.isLocked()).toBe(false)
    await pass(15)
    expect(lock.isLocked()).toBe(true)
  })

  test('never closes automatically when it is off, nor without a passphrase', async () => {
    const off = stage({ minutes: 0, withScreen: false })
    for (const { lock, pass } of [off, stage({ passphrase: null })]) {
      await pass(10_000)
      lock.systemLocked()
      lock.vaultOpened('keychain')
      expect(lock.isLocked()).toBe(false)
    }
  })

  test('closes with the screen, and at a start that nobody gave the passphrase for', () => {
    for (const minutes of [0, 5]) {
      const screen = stage({ minutes }).lock
      screen.systemLocked()
      expect(screen.isLocked()).toBe(true)
      const alone = stage({ minutes, withScreen: false }).lock
      alone.systemLocked()
      expect(alone.isLocked()).toBe(false)
    }
    const start = stage().lock
    start.vaultOpened('passphrase')
    expect(start.isLocked()).toBe(false)
    start.vaultOpened('keychain')
    expect(start.isLocked()).toBe(true)
  })

  test('closes at the opening when the screen was locked before it, unless the passphrase opens it', () => {
    const opensBy = (by: 'keychain' | 'passphrase', withScreen = true) => {
      const { lock, beforeOpening } = stage({ minutes: 0, withScreen })
      beforeOpening(() => lock.systemLocked())
      lock.vaultOpened(by)
      return lock.isLocked()
    }
    expect(opensBy('keychain')).toBe(true)
    expect(opensBy('passphrase')).toBe(false)
    expect(opensBy('keychain', false)).toBe(false)
  })

  test('asks nobody for the idle time while it is closed or nothing could open it again', async () => {
    const closed = stage()
    closed.lock.lockNow()
    for (const { pass, questions } of [closed, stage({ passphrase: null }), stage({ minutes: 0 })]) {
      await pass(100)
      expect(questions()).toBe(0)
    }
  })

  test('closes once when several report the same lock', () => {
    const { lock } = stage({ minutes: 0 })
    const heard: boolean[] = []
    lock.onChange(() => heard.push(lock.isLocked()))
    lock.systemLocked()
    lock.systemLocked()
    expect(heard).toEqual([true])
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

  test('is still closed after a restart, however it was closed and with "lock after: never" too', async () => {
    for (const minutes of [0, 5]) {
      const before = stage({ minutes })
      before.lock.lockNow()
      await settle()
      expect(before.recorded()).toBe('locked')
      const after = stage({ minutes, recorded: before.recorded() })
      after.lock.vaultOpened('keychain')
      expect(after.lock.isLocked()).toBe(true)
      await after.lock.unlock(new Secret('right'))
      await settle()
      expect(after.recorded()).toBe('unlocked')
    }
  })

  test('records what closed it while nobody was there', async () => {
    for (const close of [
      (one: ReturnType<typeof stage>) => one.pass(301),
      (one: ReturnType<typeof stage>) => one.lock.systemLocked(),
      (one: ReturnType<typeof stage>) => one.lock.vaultOpened('keychain'),
    ]) {
      const one = stage()
      await close(one)
      await settle()
      expect(one.recorded()).toBe('locked')
    }
  })

  test('stays open after a restart when it was open and is never to close automatically', () => {
    const { lock } = stage({ minutes: 0 })
    lock.vaultOpened('keychain')
    expect(lock.isLocked()).toBe(false)
  })

  test('is opened by the passphrase that opened the vault, and the next start knows', async () => {
    const one = stage({ minutes: 0, recorded: 'locked' })
    one.lock.vaultOpened('passphrase')
    await settle()
    expect([one.lock.isLocked(), one.recorded()]).toEqual([false, 'unlocked'])
  })

  test('closes all the same when that cannot be recorded, and reports it', async () => {
    const one = stage({ store: () => Promise.reject(new Error('disk full')) })
    one.lock.lockNow()
    await settle()
    expect([one.lock.isLocked(), one.failures]).toEqual([true, [new Error('disk full')]])
  })

  test('what is chosen in a dialog of the system while it is closed counts as nothing chosen', async () => {
    const { lock } = stage()
    let choose: (path: string | null) => void = () => undefined
    const dialog = () =>
      lock.chosenUnlocked(
        new Promise<string | null>((resolve) => {
          choose = resolve
        }),
      )
    const usual = dialog()
    choose('/home/ada/.env')
    expect(await usual).toBe('/home/ada/.env')
    const left = dialog()
    lock.lockNow()
    choose('/media/stick/.env')
    expect(await left).toBeNull()
  })

  test('says what it needs when there is no passphrase', () => {
    expect(() => stage({ passphrase: null }).lock.lockNow()).toThrow(/Set a passphrase first/)
  })

  test('leaves no timer behind', async () => {
    const { lock, pass, waiting } = stage()
    await pass(60)
    lock.stop()
    expect(waiting()).toBe(0)
  })
})
