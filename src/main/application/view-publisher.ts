// View publisher: gathers changes for a moment, then updates window, tray and alerts. The vault has stored them by then.
import { listChanges } from '#base/common/list-changes.ts'
import type { AppView } from '#contract/contract.ts'
import { inPieces, type ViewChanges } from '#contract/view-changes.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { FleetView } from '#engine/domain/view-model.ts'
import type { AlertStep } from '#engine/view/alerts.ts'
import { createAlertFeed } from './alert-feed.ts'
import type { AppViewSource } from './app-view.ts'
import type { WindowMessages } from './window-messages.ts'

/** ms. Changes that come together are shown together. */
const GATHER = 30
/** Profiles in one piece of a fleet. */
const PIECE = 300
/** ms. In between main does other work and the window draws. */
const BETWEEN_PIECES = 8
/** ms. The first piece fills the window, and is on the screen by then. */
const AFTER_FIRST_PIECE = 80

export interface Publisher {
  /** Something a person might see has changed. */
  changed(): void
  /** The window can be seen again. */
  shown(): void
  /** Everything as it is now. */
  view(): AppView
  /** Sends all of it, for a window that has just come up or lost track. */
  push(): void
}

export function createPublisher(dependencies: {
  readonly clock: Clock
  readonly source: AppViewSource
  readonly messages: Pick<WindowMessages, 'current'>
  readonly window: { isVisible(): boolean; send(push: string): void }
  readonly alerted: (news: AlertStep, fleet: FleetView) => void
  readonly showInTray: (fleet: FleetView) => void
}): Publisher {
  const { clock, source, messages, window, alerted, showInTray } = dependencies
  let revision = 0
  let planned = false

  const view = (): AppView => {
    const composed = source.compose()
    const { toasts, goTo } = messages.current()
    // A toast from before the lock may name a service app.
    return { ...composed, revision: ++revision, toasts: composed.locked ? [] : toasts, goTo }
  }

  // What the window was sent last: the base of the changes that follow.
  let sent: AppView | null = null
  // What is left of it, and whether there were changes meanwhile: they follow when all of it is there.
  let left: ReturnType<typeof inPieces> | null = null
  let heldBack = false
  // Changed since then, while the window was not visible.
  let stale = true

  const push = () => {
    sent = view()
    heldBack = false
    stale = false
    left = inPieces(sent, PIECE)
    sendPieceOf(left, AFTER_FIRST_PIECE)
  }
  const sendPieceOf = (pieces: ReturnType<typeof inPieces>, pause = BETWEEN_PIECES) => {
    // Another push has begun since.
    if (left !== pieces) return
    const { value, done } = pieces.next()
    if (done !== true) {
      window.send(JSON.stringify(value))
      clock.after(pause, () => sendPieceOf(pieces))
      return
    }
    left = null
    if (heldBack) sendChanges()
  }
  const sendChanges = () => {
    heldBack = left !== null
    if (heldBack) return
    const before = sent
    if (before === null) return push()
    sent = view()
    stale = false
    window.send(JSON.stringify(changesBetween(before, sent)))
  }

  const flush = () => {
    planned = false
    const fleet = source.fleet()
    announce(fleet)
    showInTray(fleet)
    stale = true
    if (window.isVisible()) sendChanges()
  }
  const changed = () => {
    if (planned) return
    planned = true
    clock.after(GATHER, flush)
  }

  const announce = createAlertFeed({ clock, alerted, changed })
  return {
    changed,
    shown() {
      if (stale) changed()
    },
    view,
    push,
  }
}

/** The engine keeps what looks the same, so unchanged profiles and incidents are the same objects in both. */
export function changesBetween(before: AppView, now: AppView): ViewChanges {
  const { fleet, ...rest } = now
  const { profiles, incidents, ...restOfFleet } = fleet
  return {
    base: before.revision,
    rest: { ...rest, fleet: restOfFleet },
    incidents: incidents === before.fleet.incidents ? null : incidents,
    ...listChanges(before.fleet.profiles, profiles),
  }
}
