// Tray commands: what a choice in the tray's menu leads to. A panel may still show the menu of before the lock.
import { randomUUID } from 'node:crypto'
import { firstSentence, nameWithOrg } from '#base/common/display-text.ts'
import type { Place, Toast } from '#contract/contract.ts'
import type { TrayDependencies } from '#desktop/tray/tray.ts'
import type { ProfileId } from '#engine/domain/model.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import type { AppLock } from './app-lock.ts'
import type { Copy } from './copy-token.ts'
import type { EngineSupervisor } from './engine-supervisor.ts'
import { UserFacingError } from './errors.ts'

type TrayCommands = Pick<
  TrayDependencies,
  'locked' | 'show' | 'showProblems' | 'refresh' | 'copyToken' | 'refreshAllDue' | 'pauseForHour' | 'resume'
>

const HOUR = 3_600_000

export function createTrayCommands(dependencies: {
  readonly lock: Pick<AppLock, 'isLocked'>
  readonly supervisor: Pick<EngineSupervisor, 'current' | 'now'>
  readonly copy: Pick<Copy, 'token'>
  /** A person asks for requests. */
  readonly retrySignIn: () => void
  readonly window: { show(): void; openAt(place: Place): void; toast(toast: Toast): void }
  readonly copyFailed: (error: unknown) => void
}): TrayCommands {
  const { lock, supervisor, copy, retrySignIn, window, copyFailed } = dependencies
  const engine = () => supervisor.current()?.engine
  const unlocked =
    <Args extends readonly unknown[]>(act: (...args: Args) => void) =>
    (...args: Args) =>
      lock.isLocked() ? window.show() : act(...args)
  return {
    locked: lock.isLocked,
    show: window.show,
    showProblems: unlocked(() => window.openAt({ kind: 'problems' })),
    // Failures are reported by the alerts; this rejects only for a profile that was removed meanwhile.
    refresh: unlocked((profileId: ProfileId) => {
      retrySignIn()
      void engine()?.refresh(profileId, 'manual').catch(window.show)
    }),
    copyToken: unlocked((profileId: ProfileId) =>
      copy.token({ profileId, as: 'token' }).catch((error: unknown) => {
        copyFailed(error)
        window.openAt({ kind: 'profile', profileId })
        if (!(error instanceof UserFacingError)) return
        const profile = engine()?.fleet().profiles.get(profileId)
        const of = profile === undefined ? '' : ` of ${nameWithOrg(profile)}`
        window.toast(refusedToast(profileId, `Token${of} not copied: ${firstSentence(error.message)}`))
      }),
    ),
    refreshAllDue: unlocked(() => {
      retrySignIn()
      engine()?.refreshAllDue()
    }),
    pauseForHour: unlocked(() => {
      try {
        engine()?.pauseAll(supervisor.now() + HOUR)
      } catch (error) {
        if (!(error instanceof StoreFailure)) throw error
        const place = { kind: 'list' } as const
        window.openAt(place)
        window.toast({ id: 'not-paused', level: 'warning', text: error.message, place, fix: null })
      }
    }),
    resume: unlocked(() => engine()?.pauseAll(null)),
  }
}

function refusedToast(profileId: ProfileId, sentence: string): Toast {
  return {
    id: `copy-refused-${randomUUID()}`,
    level: 'warning',
    text: sentence,
    place: { kind: 'profile', profileId },
    fix: null,
  }
}
