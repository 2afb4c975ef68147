// What the window may ask about token managers: connect one, choose one, remove one.

import { UserFacingError } from '#application/errors.ts'
import type { IdClock } from '#application/id-clock.ts'
import { knownManager, madeDefault, pastedPersonalToken } from '#application/manager-changes.ts'
import type { Core } from '#application/running-core.ts'
import { refuseSecretInClear } from '#application/service-apps.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { Handlers } from './dispatcher.ts'

export interface ConnectingParts {
  readonly idClock: IdClock
  readonly copy: { text(text: string): void }
}

type Connecting = Pick<Handlers, Extract<keyof Handlers, `manager.${string}` | `connect.${string}`>>

export function connectingHandlers({ idClock, copy }: ConnectingParts, open: () => Core): Connecting {
  return {
    'manager.refresh': ({ managerId }) => {
      const { engine } = open()
      knownManager(open().engine.fleet(), managerId)
      return engine.refreshManager(managerId, 'manual')
    },
    'manager.remove': async ({ managerId }) => {
      const { engine } = open()
      knownManager(engine.fleet(), managerId)
      await engine.apply([{ kind: 'manager-removed', managerId }])
      return null
    },

    'manager.make-default': async ({ managerId }) => {
      const { engine } = open()
      await engine.apply(madeDefault(engine.fleet(), managerId))
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
        throw new UserFacingError(
          'invalid',
          'The client ID and client secret of the integration are missing.',
          {
            field: 'clientId',
          },
        )
      }
      if (credentials !== null) refuseSecretInClear(engine.fleet(), credentials, [credentials.clientSecret])
      const { serviceApps, profiles } = engine.fleet()
      for (const { serviceAppId } of profiles.values()) {
        if (serviceApps.get(serviceAppId)?.clientId !== used.clientId) continue
        throw new UserFacingError(
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
      if (url === null) throw new UserFacingError('refused', 'No authorization is waiting. Start it again.')
      copy.text(url)
      return null
    },
    'connect.paste-url': async ({ url }) => {
      await open().connect.pasteRedirectedUrl(url)
      return null
    },
    'connect.personal-token': async ({ token }) => {
      const { engine } = open()
      await engine.apply(pastedPersonalToken(engine.fleet(), token, idClock))
      return null
    },
  }
}
