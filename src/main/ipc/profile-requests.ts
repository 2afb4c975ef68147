// What the window may ask about service apps: add, edit, refresh, test, copy, and all of them at once.

import type { TokenCopy } from '#application/copy-token.ts'
import { UserFacingError } from '#application/errors.ts'
import type { IdClock } from '#application/id-clock.ts'
import type { Core } from '#application/running-core.ts'
import { addition, edition, knownProfile } from '#application/service-apps.ts'
import type { Input, Replies } from '#contract/contract.ts'
import { usableToken } from '#engine/domain/model.ts'
import type { Handlers } from './dispatcher.ts'

export interface ProfileParts {
  readonly idClock: IdClock
  readonly copy: Pick<TokenCopy, 'token'>
}

type OfProfiles = Pick<
  Handlers,
  Extract<keyof Handlers, `service-app.${string}` | `profile.${string}` | `fleet.${string}`>
>

export function profileHandlers(parts: ProfileParts, open: () => Core): OfProfiles {
  return {
    'service-app.add': async (input) => {
      const { engine } = open()
      const { profileId, changes } = addition(engine.fleet(), input, parts.idClock)
      await engine.apply(changes)
      const attempt = input.issueToken ? await engine.refresh(profileId, 'added') : null
      return { profileId, attempt }
    },
    'service-app.edit': async (input) => {
      const { engine } = open()
      await engine.apply(edition(engine.fleet(), input, parts.idClock))
      return null
    },

    'profile.remove': async ({ profileId }) => {
      const { engine } = open()
      knownProfile(engine.fleet(), profileId)
      await engine.apply([{ kind: 'profile-removed', profileId }])
      return null
    },
    'profile.pause': async ({ profileId, paused }) => {
      const { engine } = open()
      const profile = knownProfile(engine.fleet(), profileId)
      await engine.apply([{ kind: 'profile-saved', profile: { ...profile, paused } }])
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
      open().engine.pauseAll(minutes === null ? null : parts.idClock.now() + minutes * 60_000)
      return null
    },
  }
}

/** An expired token is refreshed first; what cannot be refreshed is not copied. */
async function copyToken(
  { engine }: Core,
  { profileId, as }: Input<'profile.copy-token'>,
  { copy, idClock }: ProfileParts,
): Promise<Replies['profile.copy-token']> {
  const usable = () => usableToken(knownProfile(engine.fleet(), profileId).pair, idClock.now())
  let token = usable()
  const refreshedFirst = token === null
  if (token === null) {
    const attempt = await engine.refresh(profileId, 'manual')
    token = usable()
    if (token === null) {
      throw new UserFacingError(
        'refused',
        attempt.sentence ?? 'There is no token to copy yet. Press Refresh.',
        {
          ...(attempt.trackingId === null ? {} : { trackingId: attempt.trackingId }),
        },
      )
    }
  }
  const shapes = {
    token: (value: string) => value,
    'authorization-header': (value: string) => `Authorization: Bearer ${value}`,
    env: (value: string) => `WEBEX_SERVICE_APP_ACCESS_TOKEN=${value}\n`,
  }
  return { clearsAfterSeconds: copy.token(shapes[as](token.reveal())), refreshedFirst }
}
