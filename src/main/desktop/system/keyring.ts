// The keyring of a Linux desktop that Chromium seals with: whether it is locked, when that changes, and the desktop's question
// for its password. Secret Service API 0.2 and kwalletd, over the session bus.
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import { BusError, BusTimeout, type MessageBus } from './message-bus.ts'

/** `empty`: nothing in it to unlock, it has to be created first. `unknown`: it cannot be asked. */
export type KeyringState = 'unlocked' | 'locked' | 'empty' | 'absent' | 'unknown'

export interface Keyring {
  /** `start`: one that is installed is started for it, as Chromium's call would. */
  state(start: boolean): Promise<KeyringState>
  /** Has the desktop ask for the password. Resolves when that was answered or dismissed. */
  unlock(): Promise<void>
  /** Calls `changed` whenever the state may be another. Returns what stops it. */
  watch(changed: () => void): () => void
}

interface KeyringDependencies {
  readonly bus: MessageBus
  readonly clock: Pick<Clock, 'after'>
  /** Electron's name of the one it uses in this process. */
  readonly backend: () => string
  /** The person said which one (`--password-store`). Otherwise a start without a keyring is followed by one with. */
  readonly isChosen: boolean
}

/** Not every unlock is signaled: that by PAM at the sign-in is not. */
const LOOK_EVERY: Duration = 3_000

const BUS = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
}

export function createKeyring({ bus, clock, backend, isChosen }: KeyringDependencies): Keyring {
  const service = () => {
    const used = backend()
    if (used.startsWith('kwallet')) return kwallet(bus, used)
    return used === 'gnome_libsecret' || (used === 'basic_text' && !isChosen) ? secretService(bus) : null
  }
  return {
    async state(start) {
      const asked = service()
      try {
        if (asked === null || (!start && !(await hasOwner(bus, asked.name)))) return 'absent'
        return await asked.state()
      } catch (error) {
        // One that has yet to answer may be locked, and so Chromium is not let at it.
        if (error instanceof BusTimeout) return 'locked'
        return error instanceof BusError && ABSENT.test(error.message) ? 'absent' : 'unknown'
      }
    },
    unlock: async () => service()?.unlock(),
    watch(changed) {
      const asked = service()
      if (asked === null) return () => {}
      let cancel = () => {}
      const lookAgain = () => {
        cancel = clock.after(LOOK_EVERY, () => {
          lookAgain()
          changed()
        })
      }
      lookAgain()
      const stops = [bus.watch(ownerOf(asked.name), changed), bus.watch(asked.signal, changed)]
      return () => {
        cancel()
        for (const stop of stops) stop()
      }
    },
  }
}

/** No program has the bus name, and the bus has no service file to start one. */
const ABSENT = /ServiceUnknown|NameHasNoOwner|\.Spawn\./

async function hasOwner(bus: MessageBus, name: string): Promise<boolean> {
  const [answer] = await bus.call({ ...BUS, member: 'NameHasOwner' }, name)
  return answer === true
}

const ownerOf = (name: string) => ({ interface: BUS.interface, member: 'NameOwnerChanged', arg0: name })

const SECRETS = 'org.freedesktop.secrets'
const SERVICE = {
  destination: SECRETS,
  path: '/org/freedesktop/secrets',
  interface: 'org.freedesktop.Secret.Service',
}

function secretService(bus: MessageBus) {
  /** That is where Chromium stores its key. `/`: there is none. */
  const defaultCollection = async () => {
    const [path] = await bus.call({ ...SERVICE, member: 'ReadAlias' }, 'default')
    return String(path)
  }
  return {
    name: SECRETS,
    signal: {
      sender: SECRETS,
      interface: 'org.freedesktop.DBus.Properties',
      member: 'PropertiesChanged',
      pathNamespace: SERVICE.path,
    },
    async state(): Promise<KeyringState> {
      const path = await defaultCollection()
      if (path === '/') return 'empty'
      const collection = { destination: SECRETS, path, interface: 'org.freedesktop.Secret.Collection' }
      return (await bus.property(collection, 'Locked')) === true ? 'locked' : 'unlocked'
    },
    async unlock(): Promise<void> {
      const [, path] = await bus.call({ ...SERVICE, member: 'Unlock' }, [await defaultCollection()])
      if (path === '/') return
      const prompt = { destination: SECRETS, path: String(path), interface: 'org.freedesktop.Secret.Prompt' }
      await new Promise<void>((resolve, reject) => {
        const settle = (error?: unknown) => {
          for (const stop of stops) stop()
          if (error === undefined) resolve()
          else reject(error)
        }
        const completed = {
          sender: SECRETS,
          interface: prompt.interface,
          member: 'Completed',
          path: prompt.path,
          // GNOME's goes to whoever asked.
          alsoDirected: true,
        } as const
        const stops = [bus.watch(completed, () => settle()), bus.watch(ownerOf(SECRETS), () => settle())]
        // Never taken back: `Dismiss` crashes gnome-keyring 42. The argument is a window of ours that it would belong to.
        bus.call({ ...prompt, member: 'Prompt' }, '').catch(settle)
      })
    },
  }
}

/** `kwallet`, `kwallet5` and `kwallet6` have a daemon each. Chromium's own call asks the person, once. */
function kwallet(bus: MessageBus, backend: string) {
  const daemon = backend.replace('kwallet', 'kwalletd')
  const name = `org.kde.${daemon}`
  const wallets = { destination: name, path: `/modules/${daemon}`, interface: 'org.kde.KWallet' }
  return {
    name,
    signal: { sender: name, interface: wallets.interface, member: 'walletOpened' },
    async state(): Promise<KeyringState> {
      const [isEnabled] = await bus.call({ ...wallets, member: 'isEnabled' })
      if (isEnabled !== true) return 'absent'
      const [wallet] = await bus.call({ ...wallets, member: 'networkWallet' })
      const [isOpen] = await bus.call({ ...wallets, member: 'isOpen' }, String(wallet))
      return isOpen === true ? 'unlocked' : 'locked'
    },
    unlock: async () => {},
  }
}
