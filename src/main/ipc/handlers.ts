// One handler per request of the contract. They translate intents into calls of the core; no rule of the engine lives here.
import type { AppView, Input, Replies } from '../../preload/contract.ts'
import type { FleetChange } from '../engine/model.ts'
import { StoreFailure } from '../engine/ports.ts'
import { Secret } from '../engine/secret.ts'
import type { Core, Making } from './core.ts'
import { type DeliveryParts, deliveryHandlers } from './delivery.ts'
import { type Handlers, Refusal } from './dispatch.ts'
import type { HistoryParts } from './history.ts'
import { type KeepingParts, keepingHandlers } from './keeping.ts'
import { knownManager, madeDefault, pastedPersonalToken } from './managers.ts'
import { addition, edition, knownProfile } from './service-apps.ts'

export interface HandlerParts extends KeepingParts, DeliveryParts {
  /** null while the vault is not open. */
  readonly core: () => Core | null
  readonly view: () => AppView
  readonly pushView: () => void
  readonly making: Making
  readonly storage: {
    retry(): Promise<void>
    acceptWeak(): Promise<void>
    passphrase(passphrase: Secret): Promise<void>
    beginAnew(): Promise<void>
  }
  readonly history: HistoryParts
  readonly settings: { save(patch: Input<'settings.save'>): Promise<void> }
  readonly copy: {
    token(text: string): number | null
    text(text: string): void
  }
  readonly openLink: (link: Input<'app.open-link'>['link']) => Promise<void>
  readonly trySimulated: () => void
  readonly diagnostics: () => string
  readonly restart: () => void
  /** Ends, and then removes all that was kept. */
  readonly deleteData: () => void
  readonly quit: () => void
}

export function createHandlers(parts: HandlerParts): Handlers {
  const open = (): Core => {
    const core = parts.core()
    if (core !== null) return core
    throw new Refusal('storage', parts.view().storage.sentence)
  }
  const apply = async (changes: readonly FleetChange[]) => {
    try {
      await open().engine.apply(changes)
    } catch (error) {
      if (error instanceof StoreFailure) throw new Refusal('storage', error.message)
      throw error
    }
  }

  return {
    'view.get': () => parts.view(),
    'view.push': () => {
      parts.pushView()
      return null
    },

    'service-app.add': async (input) => {
      const { engine } = open()
      const { profileId, changes } = addition(engine.fleet(), input, parts.making)
      await apply(changes)
      const attempt = input.issueToken ? await engine.refresh(profileId, 'added') : null
      return { profileId, attempt }
    },
    'service-app.edit': async (input) => {
      await apply(edition(open().engine.fleet(), input, parts.making))
      return null
    },

    'profile.remove': async ({ profileId }) => {
      knownProfile(open().engine.fleet(), profileId)
      await apply([{ kind: 'profile-removed', profileId }])
      return null
    },
    'profile.pause': async ({ profileId, paused }) => {
      const profile = knownProfile(open().engine.fleet(), profileId)
      await apply([{ kind: 'profile-saved', profile: { ...profile, paused } }])
      return null
    },
    'profile.refresh': ({ profileId }) => {
      const { engine } = open()
      knownProfile(engine.fleet(), profileId)
      return engine.refresh(profileId, 'manual')
    },
    'profile.test': ({ profileId }) => {
      const { engine } = open()
      knownProfile(engine.fleet(), profileId)
      return engine.test(profileId)
    },
    'profile.copy-token': async (input) => copyToken(open(), input, parts),

    'fleet.refresh-due': () => ({ started: open().engine.refreshAllDue() }),
    'fleet.cancel-refresh': () => {
      open().engine.cancelRefresh()
      return null
    },
    'fleet.pause': ({ minutes }) => {
      open().engine.pauseAll(minutes === null ? null : parts.making.now() + minutes * 60_000)
      return null
    },

    'manager.refresh': ({ managerId }) => {
      const { engine } = open()
      knownManager(open().engine.fleet(), managerId)
      return engine.refreshManager(managerId, 'manual')
    },
    'manager.remove': async ({ managerId }) => {
      knownManager(open().engine.fleet(), managerId)
      await apply([{ kind: 'manager-removed', managerId }])
      return null
    },

    'manager.make-default': async ({ managerId }) => {
      await apply(madeDefault(open().engine.fleet(), managerId))
      return null
    },

    'connect.begin': async ({ credentials, managerId }) => {
      const { engine, connect } = open()
      const manager = managerId === null ? null : knownManager(open().engine.fleet(), managerId)
      const stored = manager?.kind === 'integration' ? manager : null
      const used =
        credentials === null
          ? stored
          : { clientId: credentials.clientId, clientSecret: new Secret(credentials.clientSecret) }
      if (used === null) {
        throw new Refusal('invalid', 'The client ID and client secret of the integration are missing.', {
          field: 'clientId',
        })
      }
      const { serviceApps, profiles } = engine.fleet()
      for (const { serviceAppId } of profiles.values()) {
        if (serviceApps.get(serviceAppId)?.clientId !== used.clientId) continue
        throw new Refusal(
          'invalid',
          'This is the client ID of a service app. Paste the one of the token manager integration.',
          { field: 'clientId' },
        )
      }
      await connect.begin({ clientId: used.clientId, clientSecret: used.clientSecret }, managerId)
      return null
    },
    'connect.cancel': () => {
      open().connect.cancel()
      return null
    },
    'connect.copy-url': () => {
      const url = open().connect.authorizationUrl()
      if (url === null) throw new Refusal('refused', 'No authorization is waiting. Start it again.')
      parts.copy.text(url)
      return null
    },
    'connect.paste-url': async ({ url }) => {
      await open().connect.pasteRedirectedUrl(url)
      return null
    },
    'connect.personal-token': async ({ token }) => {
      const { engine } = open()
      await apply(pastedPersonalToken(engine.fleet(), token, parts.making))
      return null
    },

    'history.page': (query) => parts.history.page(query),
    'history.days': (query) => ({ days: parts.history.days(query) }),
    'history.export': (query) => parts.history.export(query),

    'settings.save': async (patch) => {
      await parts.settings.save(patch)
      return null
    },
    'storage.retry': async () => {
      await parts.storage.retry()
      return null
    },
    'storage.accept-weak': async () => {
      await parts.storage.acceptWeak()
      return null
    },
    'storage.passphrase': async ({ passphrase }) => {
      await parts.storage.passphrase(new Secret(passphrase))
      return null
    },
    'storage.begin-anew': async () => {
      await parts.storage.beginAnew()
      return null
    },
    ...keepingHandlers(parts),
    ...deliveryHandlers(parts),
    'clipboard.copy-text': ({ text }) => {
      parts.copy.text(text)
      return null
    },
    'app.open-link': async ({ link }) => {
      await parts.openLink(link)
      return null
    },
    'app.try-simulated': () => {
      parts.trySimulated()
      return null
    },
    'app.copy-diagnostics': () => {
      parts.copy.text(parts.diagnostics())
      return null
    },
    'app.restart': () => {
      parts.restart()
      return null
    },
    'app.delete-data': () => {
      parts.deleteData()
      return null
    },
    'app.quit': () => {
      parts.quit()
      return null
    },
  }
}

/** An expired token is refreshed first; what cannot be refreshed is not copied. */
async function copyToken(
  { engine }: Core,
  { profileId, as }: Input<'profile.copy-token'>,
  { copy, making }: HandlerParts,
): Promise<Replies['profile.copy-token']> {
  const usable = () => {
    const pair = knownProfile(engine.fleet(), profileId).pair
    const expired = pair?.expiresAt != null && pair.expiresAt <= making.now()
    return expired ? null : (pair?.accessToken ?? null)
  }
  let token = usable()
  const refreshedFirst = token === null
  if (token === null) {
    const attempt = await engine.refresh(profileId, 'manual')
    token = usable()
    if (token === null) {
      throw new Refusal('refused', attempt.sentence ?? 'There is no token to copy yet. Press Refresh.', {
        ...(attempt.trackingId === null ? {} : { trackingId: attempt.trackingId }),
      })
    }
  }
  const shapes = {
    token: (value: string) => value,
    'authorization-header': (value: string) => `Authorization: Bearer ${value}`,
    env: (value: string) => `WEBEX_SERVICE_APP_ACCESS_TOKEN=${value}\n`,
  }
  return { clearsAfterSeconds: copy.token(shapes[as](token.reveal())), refreshedFirst }
}
