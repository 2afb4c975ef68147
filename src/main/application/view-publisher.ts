// One state, many listeners: whoever shows something is told here, after the vault knew it.
import type { AppView, Place, Toast } from '#contract/contract.ts'
import { changesBetween, inPieces } from '#contract/view-changes.ts'
import type { AlertChanges } from '#desktop/notifications/announcements.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { FleetView } from '#engine/domain/view-model.ts'

/** ms. Changes that come together are shown together; a large fleet's view takes a while to make, so more are gathered. */
const GATHER = 30
const GATHER_PER_PROFILE = 0.02
const GATHER_LONGEST = 200
/** Profiles up to which the view crosses whole, as an object. */
const AS_ONE_OBJECT = 200
/** Profiles in one piece of a larger fleet. */
const PIECE = 300
/** ms. In between main does other work and the window draws. */
const BETWEEN_PIECES = 8
/** ms. Long enough for a window that is opened meanwhile; what is wrong stays in the list and its banners. */
const STAYS = 20_000

export interface Publisher {
  /** Something a person might see has changed. */
  changed(): void
  /** The window can be seen again. */
  shown(): void
  /** Everything as it is now. */
  view(): AppView
  /** Sends all of it, for a window that has just come up or lost track. */
  push(): void
  /** Returns how it is taken back. */
  toast(toast: Toast): () => void
  /** Leads the window there. */
  goTo(place: Place): void
}

export function createPublisher(parts: {
  readonly clock: Clock
  /** The view without what the publisher itself keeps. */
  readonly compose: () => Omit<AppView, 'revision' | 'toasts' | 'goTo'>
  readonly fleet: () => FleetView
  readonly alerts: (fleet: FleetView) => AlertChanges
  readonly announce: (changes: AlertChanges) => void
  readonly tray: (fleet: FleetView) => void
  readonly window: { isVisible(): boolean; send(push: AppView | string): void }
}): Publisher {
  let revision = 0
  let toasts: readonly Toast[] = []
  let goTo: AppView['goTo'] = null
  let led = 0
  let planned = false

  const view = (): AppView => {
    const composed = parts.compose()
    // What was said before the lock may name a service app.
    return { ...composed, revision: ++revision, toasts: composed.locked ? [] : toasts, goTo }
  }

  // What the window was sent last: the base of the changes that follow.
  let sent: AppView | null = null
  // What is left of it, and whether there were changes meanwhile: they follow when all of it is there.
  let left: ReturnType<typeof inPieces> | null = null
  let heldBack = false
  // Changed since then, while nobody looked.
  let stale = true

  const push = () => {
    sent = view()
    left = null
    heldBack = false
    stale = false
    if (sent.fleet.profiles.length <= AS_ONE_OBJECT) return parts.window.send(sent)
    left = inPieces(sent, PIECE)
    sendPieceOf(left)
  }
  const sendPieceOf = (pieces: ReturnType<typeof inPieces>) => {
    // Another push has begun anew.
    if (left !== pieces) return
    const { value, done } = pieces.next()
    if (done !== true) {
      parts.window.send(JSON.stringify(value))
      parts.clock.after(BETWEEN_PIECES, () => sendPieceOf(pieces))
      return
    }
    left = null
    if (heldBack) sendChanges()
  }
  const sendChanges = () => {
    heldBack = left !== null
    if (heldBack) return
    const before = sent
    if (before === null || before.fleet.profiles.length <= AS_ONE_OBJECT) return push()
    sent = view()
    stale = false
    parts.window.send(JSON.stringify(changesBetween(before, sent)))
  }

  const flush = () => {
    planned = false
    const fleet = parts.fleet()
    parts.announce(parts.alerts(fleet))
    parts.tray(fleet)
    stale = true
    if (parts.window.isVisible()) sendChanges()
  }
  const changed = () => {
    if (planned) return
    planned = true
    const profiles = sent?.fleet.profiles.length ?? 0
    parts.clock.after(Math.min(GATHER_LONGEST, Math.max(GATHER, profiles * GATHER_PER_PROFILE)), flush)
  }

  return {
    changed,
    shown() {
      if (stale) changed()
    },
    view,
    push,
    toast(toast) {
      const takeBack = () => {
        if (!toasts.includes(toast)) return
        toasts = toasts.filter((one) => one !== toast)
        changed()
      }
      toasts = [...toasts, toast]
      parts.clock.after(STAYS, takeBack)
      changed()
      return takeBack
    },
    goTo(place) {
      led += 1
      const mine = { sequence: led, place }
      goTo = mine
      // A window opened much later begins where it always does.
      parts.clock.after(STAYS, () => {
        if (goTo === mine) goTo = null
      })
      changed()
    },
  }
}
