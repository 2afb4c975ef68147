// View store: holds the newest view from main. While the window is hidden React gets no update; it gets the newest one when
// the window is shown.
import type { AppView, Bridge } from '#contract/contract.ts'
import { applyChanges, type ViewChanges } from '#contract/view-changes.ts'
import { ask } from './bridge.ts'
import type { Ticker } from './ticker.ts'

export interface ViewStore {
  /** null until the first view came. */
  get(): AppView | null
  subscribe(listener: () => void): () => void
}

/** ms */
const FRAME = 16
const PER_PROFILE = 0.05
const SLOWEST = 400
/** Profiles. A fleet that arrives piece by piece is drawn each time it has grown by this many: all at once is too much. */
const MANY_NEW = 600

export function createViewStore(bridge: Bridge, ticker: Ticker, page: Document): ViewStore {
  const listeners = new Set<() => void>()
  let newest: AppView | null = null
  let shown: AppView | null = null
  let planned = false
  let asking = false

  const show = () => {
    planned = false
    if (shown === newest) return
    shown = newest
    for (const listener of listeners) listener()
  }
  // A storm of refreshes brings many views within a frame; only the last of them is drawn. Sorting ten thousand rows
  // anew takes a while, so a large fleet is drawn anew a few times a second only.
  const soon = () => {
    if (shown === null) return show()
    if (page.visibilityState !== 'visible') return
    const profiles = newest?.fleet.profiles.length ?? 0
    if (profiles - shown.fleet.profiles.length >= MANY_NEW) return show()
    if (planned) return
    planned = true
    const pause = Math.min(SLOWEST, profiles * PER_PROFILE)
    if (pause < FRAME) requestAnimationFrame(show)
    else ticker.after(pause, show)
  }
  const take = (view: AppView) => {
    if (newest !== null && view.revision < newest.revision) return
    newest = view
    ticker.correct(view.fleet.now)
    soon()
  }
  const askForAll = async () => {
    if (asking) return
    asking = true
    await ask(bridge, 'view.push', {})
    asking = false
  }
  const hear = (push: string) => {
    const heard = parsed(push)
    if (!('base' in heard)) return take(heard)
    const next = newest === null ? null : applyChanges(newest, heard)
    // Something was missed, as when the window came up between two pushes.
    if (next === null) void askForAll()
    else take(next)
  }

  bridge.onView(hear)
  page.addEventListener('visibilitychange', soon)
  void askForAll()

  return {
    get: () => shown,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}

/** Main is trusted to send what the contract says; nobody else can. */
const parsed = (text: string): AppView | ViewChanges => JSON.parse(text)
