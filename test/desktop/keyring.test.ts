// A real bus of the test's own, with a real gnome-keyring.
import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import { createKeyring, type KeyringState } from '#desktop/system/keyring.ts'
import { BusTimeout, createMessageBus } from '#desktop/system/message-bus.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import { call, startMock } from '../e2e/desktop-harness/mock-services.ts'
import { keyringHome, type LoginSession, loginSession } from '../e2e/support/login-session.ts'

const SOON = { timeout: 10_000, interval: 20 }

let session: LoginSession | null = null
afterEach(() => session?.end())

async function signIn(installs: boolean): Promise<LoginSession> {
  const home = keyringHome()
  onTestFinished(home.remove)
  session = await loginSession(home.path, installs)
  return session
}

/** The keyring of a session, and every state it was seen in. */
function follow({ env }: LoginSession, backend = 'gnome_libsecret', isChosen = false) {
  const address = env.DBUS_SESSION_BUS_ADDRESS ?? null
  const clock = systemClock()
  const bus = createMessageBus({ address, clock, failed: () => undefined })
  const keyring = createKeyring({ bus, clock, backend: () => backend, isChosen })
  const seen: KeyringState[] = []
  const stop = keyring.watch(async () => {
    const state = await keyring.state(false)
    if (state !== seen.at(-1)) seen.push(state)
  })
  onTestFinished(() => {
    stop()
    bus.close()
  })
  return { keyring, becomes: (state: KeyringState) => expect.poll(() => seen.at(-1), SOON).toBe(state) }
}

describe.runIf(process.platform === 'linux')('the Secret Service', () => {
  test('is noticed when it starts, is unlocked and is locked', async () => {
    const here = await signIn(false)
    const { keyring, becomes } = follow(here)
    expect(await keyring.state(true)).toBe('absent')
    await here.unlock()
    await becomes('unlocked')
    await here.lock()
    await becomes('locked')
    await here.unlock()
    await becomes('unlocked')
  })

  test('has nothing to unlock once its default collection is removed, until there is a new one', async () => {
    const here = await signIn(false)
    await here.unlock()
    const { keyring, becomes } = follow(here)
    expect(await keyring.state(false)).toBe('unlocked')
    await here.remove()
    await becomes('empty')
    await here.stop()
    await becomes('absent')
    await here.unlock()
    await becomes('unlocked')
  })

  test('that is installed is started for the first question, and never while it is followed', async () => {
    const here = await signIn(true)
    const { keyring } = follow(here)
    expect(await keyring.state(false)).toBe('absent')
    expect(await keyring.state(true)).toBe('empty')
    expect(await keyring.state(false)).toBe('empty')
  })

  test('is waited for where Chromium uses none, unless the person chose that', async () => {
    const here = await signIn(false)
    await here.unlock()
    expect(await follow(here, 'basic_text').keyring.state(false)).toBe('unlocked')
    expect(await follow(here, 'basic_text', true).keyring.state(true)).toBe('absent')
    expect(await follow(here, 'unknown').keyring.state(true)).toBe('absent')
  })
})

test('a Secret Service that has yet to answer counts as locked, so that Chromium is not let at it', async () => {
  const silent = async () => Promise.reject(new BusTimeout('org.freedesktop.secrets did not answer.'))
  const bus = { call: silent, property: silent, watch: () => () => undefined, close: () => undefined }
  const backend = () => 'gnome_libsecret'
  const keyring = createKeyring({ bus, clock: systemClock(), backend, isChosen: false })
  expect([await keyring.state(true), await keyring.state(false)]).toEqual(['locked', 'locked'])
})

describe.runIf(process.platform === 'linux')('KWallet', () => {
  const place = {
    bus: 'session',
    name: 'org.kde.kwalletd6',
    path: '/modules/kwalletd6',
    interface: 'org.kde.KWallet',
  } as const

  test('is locked until its wallet is open, and absent where it is switched off', async () => {
    const here = await signIn(false)
    const env = { ...process.env, ...here.env }
    const { keyring, becomes } = follow(here, 'kwallet6')
    const mock = await startMock(place, null, env)
    onTestFinished(() => mock.stop())
    const returns = (method: string, takes: string, gives: string, value: string) =>
      call(
        { ...place, interface: 'org.freedesktop.DBus.Mock' },
        'AddMethod',
        'sssss',
        [place.interface, method, takes, gives, `ret = ${value}`],
        env,
      )
    await returns('isEnabled', '', 'b', 'True')
    await returns('networkWallet', '', 's', '"kdewallet"')
    await returns('isOpen', 's', 'b', 'False')
    await becomes('locked')
    await returns('isOpen', 's', 'b', 'True')
    await mock.emit('walletOpened', 's', ['kdewallet'])
    await becomes('unlocked')
    await returns('isEnabled', '', 'b', 'False')
    expect(await keyring.state(true)).toBe('absent')
  })
})

test('there is none without a bus', async () => {
  const bus = createMessageBus({ address: null, clock: systemClock(), failed: () => undefined })
  const keyring = createKeyring({
    bus,
    clock: systemClock(),
    backend: () => 'gnome_libsecret',
    isChosen: false,
  })
  expect(await keyring.state(true)).toBe('unknown')
})
