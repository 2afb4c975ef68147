// Window messages: toasts, and the page that the window is led to. Both are part of the view for a while.
import type { AppView, Place, Toast } from '#contract/contract.ts'
import type { Clock } from '#engine/domain/ports.ts'

/** ms. Long enough for a window that is opened meanwhile; what is wrong stays on Problems. */
const STAYS = 12_000

export interface WindowMessages {
  current(): Pick<AppView, 'toasts' | 'goTo'>
  /** Returns what takes it back. `gone`: its time was over. */
  toast(toast: Toast, gone?: () => void): () => void
  goTo(place: Place): void
}

export function createWindowMessages(clock: Pick<Clock, 'after'>, changed: () => void): WindowMessages {
  let toasts: readonly Toast[] = []
  let goTo: AppView['goTo'] = null
  let sequence = 0
  return {
    current: () => ({ toasts, goTo }),
    toast(toast, gone) {
      const takeBack = () => {
        if (!toasts.includes(toast)) return
        toasts = toasts.filter((one) => one !== toast)
        changed()
      }
      toasts = [...toasts, toast]
      clock.after(STAYS, () => {
        if (toasts.includes(toast)) gone?.()
        takeBack()
      })
      changed()
      return takeBack
    },
    goTo(place) {
      sequence += 1
      const mine = { sequence, place }
      goTo = mine
      // A window opened much later begins where it always does.
      clock.after(STAYS, () => {
        if (goTo === mine) goTo = null
      })
      changed()
    },
  }
}

export const loadedAgainToast: Toast = {
  id: 'window-loaded-again',
  level: 'warning',
  text: 'The window stopped unexpectedly and was reloaded. Nothing stored is lost. Enter again what you were typing.',
  place: { kind: 'list' },
  fix: null,
}
