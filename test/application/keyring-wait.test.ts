import { describe, expect, test, vi } from 'vitest'
import { createKeyringWait } from '#application/keyring-wait.ts'
import { createVaultAccess } from '#application/vault-access.ts'
import type { Keyring, KeyringState } from '#desktop/system/keyring.ts'
import { NOW, temporaryFolder } from '../vault/support/builders.ts'
import { fakeKeychain } from '../vault/support/fake-keychain.ts'
import { lockOf, opened } from '../vault/support/opened.ts'

/** A vault that is sealed by a keyring, at the start of the app; `found`: what that start finds. */
async function start(found: {
  readonly keyring: KeyringState
  /** Chromium was let at it already. */
  readonly isSettled?: boolean
  readonly backend?: string
  readonly restarts?: number
}) {
  const folder = temporaryFolder()
  const keychain = fakeKeychain()
  ;(await opened(folder, { keychain })).close()
  let state = found.keyring
  const settle = () => {
    const basic = found.backend === 'basic_text'
    const opens = state === 'unlocked' && !found.isSettled && !basic
    const closed = state === 'locked' || state === 'unlocked' ? 'locked' : 'unavailable'
    keychain.set({ state: basic ? 'weak' : opens ? 'available' : closed })
  }
  keychain.set({ backend: found.backend ?? 'gnome_libsecret', isSettled: found.isSettled ?? false })
  settle()

  const noted: string[] = []
  let changed = () => {}
  let answer: KeyringState | null = null
  let hang: Promise<void> | null = null
  let questions = 0
  const keyring: Keyring = {
    async state() {
      questions += 1
      await hang
      return state
    },
    async unlock() {
      noted.push('asked')
      if (answer === null) return
      state = answer
      settle()
    },
    watch(next) {
      changed = next
      noted.push('watched')
      return () => noted.push('left')
    },
  }
  const delays: (() => void)[] = []
  const vaultAccess = createVaultAccess({
    folder,
    lock: lockOf(folder),
    keychain,
    clock: { now: () => NOW },
    joined: async (vault) => vault,
    weakIsFine: false,
    toast: () => undefined,
    changed: () => wait.update(),
  })
  const wait = createKeyringWait({
    keyring,
    keychain,
    vaultAccess,
    delay: () => new Promise((resolve) => delays.push(resolve)),
    restarts: found.restarts ?? 0,
    restart: (restarts) => noted.push(`restart ${restarts}`),
  })
  const retries = vi.spyOn(keychain, 'state')
  await vaultAccess.retry()
  await settled()
  return {
    vaultAccess,
    wait,
    noted,
    retries,
    delays,
    kind: () => vaultAccess.view().kind,
    questions: () => questions,
    /** The keyring answers nobody until the returned function is called. */
    hangs() {
      let goOn = () => {}
      hang = new Promise((resolve) => {
        goOn = resolve
      })
      return () => {
        hang = null
        goOn()
      }
    },
    answersWith(next: KeyringState) {
      answer = next
    },
    async becomes(next: KeyringState) {
      state = next
      settle()
      changed()
      await settled()
    },
  }
}

/** What was begun has come to its end: neither files nor the keychain here wait for anything. */
async function settled() {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve))
}

describe('a locked keyring', () => {
  test('is asked for once, and opens the vault in this process as soon as it is unlocked', async () => {
    const app = await start({ keyring: 'locked' })
    expect([app.kind(), app.noted]).toEqual(['locked', ['watched', 'asked']])
    await app.becomes('unlocked')
    expect([app.kind(), app.noted]).toEqual(['open', ['watched', 'asked', 'left']])
  })

  test('that was unlocked between the first try and the first look opens it as well', async () => {
    const app = await start({ keyring: 'unlocked' })
    expect([app.kind(), app.noted]).toEqual(['open', []])
  })

  test('is not tried again while nothing changes', async () => {
    for (const found of [
      { keyring: 'locked' },
      { keyring: 'unlocked', isSettled: true, restarts: 3 },
    ] as const) {
      const app = await start(found)
      const before = app.retries.mock.calls.length
      for (let look = 0; look < 3; look += 1) await app.becomes(found.keyring)
      expect(app.retries.mock.calls.length).toBe(before)
    }
  })

  test('that hangs is not asked once more for each look meanwhile', async () => {
    const app = await start({ keyring: 'locked' })
    const before = app.questions()
    const goOn = app.hangs()
    for (let look = 0; look < 20; look += 1) await app.becomes('locked')
    goOn()
    await settled()
    expect(app.questions() - before).toBe(2)
    await app.becomes('unlocked')
    expect(app.kind()).toBe('open')
  })

  test('may be asked for again, and what stays locked is reported', async () => {
    const app = await start({ keyring: 'locked' })
    await expect(app.wait.unlock()).rejects.toMatchObject({ code: 'refused', message: /still locked/ })
    app.answersWith('unlocked')
    await app.wait.unlock()
    expect([app.kind(), app.noted]).toEqual(['open', ['watched', 'asked', 'asked', 'asked', 'left']])
  })

  test('whose service ends and comes back is read again', async () => {
    const app = await start({ keyring: 'locked' })
    await app.becomes('absent')
    expect(app.kind()).toBe('absent')
    await app.becomes('locked')
    expect(app.kind()).toBe('locked')
    await app.becomes('unlocked')
    expect(app.kind()).toBe('open')
    expect(app.noted).toEqual(['watched', 'asked', 'left'])
  })
})

describe('a keyring that is not there at the start', () => {
  test('opens the vault when it appears', async () => {
    const app = await start({ keyring: 'absent' })
    expect([app.kind(), app.noted]).toEqual(['absent', ['watched']])
    await app.becomes('unlocked')
    expect([app.kind(), app.noted]).toEqual(['open', ['watched', 'left']])
  })

  test.each(['locked', 'unlocked'] as const)(
    'where Chromium uses none, the app starts anew when one appears %s',
    async (appears) => {
      const app = await start({ keyring: 'absent', backend: 'basic_text', isSettled: true })
      expect([app.kind(), app.noted]).toEqual(['absent', ['watched']])
      await app.becomes(appears)
      expect(app.noted).toEqual(['watched', 'left', 'restart 1'])
    },
  )

  test('where it is empty, the app starts anew when it has been created', async () => {
    const app = await start({ keyring: 'empty', isSettled: true })
    expect(app.kind()).toBe('absent')
    await app.becomes('unlocked')
    expect(app.noted).toEqual(['watched', 'left', 'restart 1'])
  })
})

describe('a process that does not see the keyring any more starts the app anew', () => {
  test('at once where the keyring is unlocked by then', async () => {
    const app = await start({ keyring: 'unlocked', isSettled: true })
    expect(app.noted).toEqual(['watched', 'left', 'restart 1'])
  })

  test('once, whatever happens to the keyring while it ends', async () => {
    const app = await start({ keyring: 'unlocked', isSettled: true })
    for (const state of ['locked', 'unlocked'] as const) await app.becomes(state)
    expect(app.noted).toEqual(['watched', 'left', 'restart 1'])
  })

  test('once: where that did not help it waits until the keyring has been locked or gone', async () => {
    const app = await start({ keyring: 'unlocked', isSettled: true, restarts: 1 })
    for (let look = 0; look < 3; look += 1) await app.becomes('unlocked')
    expect(app.noted).toEqual(['watched'])
    await app.becomes('locked')
    await app.becomes('unlocked')
    expect(app.noted).toEqual(['watched', 'left', 'restart 2'])
  })

  test('three times in a row at most, whatever the keyring does', async () => {
    const app = await start({ keyring: 'locked', isSettled: true, restarts: 3 })
    for (const state of ['unlocked', 'absent', 'unlocked', 'locked', 'unlocked'] as const)
      await app.becomes(state)
    expect(app.noted).toEqual(['watched'])
  })
})

describe('a start in the tray', () => {
  const told = async (app: Awaited<ReturnType<typeof start>>) => {
    let isTold = false
    void app.wait.wantsPerson().then(() => {
      isTold = true
    })
    await settled()
    return { now: isTold, later: () => isTold }
  }

  test('shows nothing while the vault is open, and at once what the person dismissed', async () => {
    expect((await told(await start({ keyring: 'unlocked' }))).now).toBe(true)
    expect((await told(await start({ keyring: 'locked' }))).now).toBe(true)
  })

  test('gives a session ten seconds to start its keyring', async () => {
    const app = await start({ keyring: 'absent' })
    const { now, later } = await told(app)
    expect(now).toBe(false)
    app.delays[0]?.()
    await settled()
    expect(later()).toBe(true)
  })
})
