// What picking from the tray's menu sets in motion; a panel may still show the menu of before the lock.
import { randomUUID } from 'node:crypto'
import type { Toast } from '#contract/contract.ts'
import type { TrayDependencies } from '#desktop/tray/tray.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { Instant, ProfileId } from '#engine/domain/model.ts'

type Intents = Pick<
  TrayDependencies,
  'locked' | 'show' | 'refresh' | 'copyToken' | 'refreshAllDue' | 'pauseForHour' | 'resume'
>

const HOUR = 3_600_000

export function trayIntents(parts: {
  readonly locked: () => boolean
  readonly show: () => void
  /** null while the vault is closed. */
  readonly engine: () => Engine | null
  readonly now: () => Instant
  /** Rejects with what a person is to be told. */
  readonly copyToken: (profileId: ProfileId) => Promise<unknown>
  /** Shows that service app, and says there why nothing was copied. */
  readonly copyFailed: (profileId: ProfileId, error: unknown) => void
}): Intents {
  const { locked, show, engine } = parts
  const unlocked = (act: (profileId: ProfileId) => void) => (profileId: ProfileId) =>
    locked() ? show() : act(profileId)
  return {
    locked,
    show,
    // What fails is told by the alerts; only a profile removed meanwhile rejects.
    refresh: unlocked((profileId) => void engine()?.refresh(profileId, 'manual').catch(show)),
    copyToken: unlocked((profileId) =>
      parts.copyToken(profileId).catch((error: unknown) => parts.copyFailed(profileId, error)),
    ),
    refreshAllDue: () => void engine()?.refreshAllDue(),
    pauseForHour: () => engine()?.pauseAll(parts.now() + HOUR),
    resume: () => engine()?.pauseAll(null),
  }
}

export function refusedToast(profileId: ProfileId, sentence: string): Toast {
  return {
    id: `copy-refused-${randomUUID()}`,
    level: 'warning',
    text: sentence,
    place: { kind: 'profile', profileId },
    fix: null,
  }
}
