// Holds the newest view main pushed. While the window is hidden nothing is told to React: it catches up when seen again.
import type { AppView, Bridge } from '../preload/contract.ts'
import { ask } from './bridge.ts'
import type { Ticker } from './ticker.ts'

export interface ViewStore {
  /** null until the first view came. */
  get(): AppView | null
  subscribe(listener: () => void): () => void
}

export function createViewStore(bridge: Bridge, ticker: Ticker, page: Document): ViewStore {
  const listeners = new Set<() => void>()
  let newest: AppView | null = null
  let shown: AppView | null = null
  let frame: number | null = null

  const show = () => {
    frame = null
    if (shown === newest) return
    shown = newest
    for (const listener of listeners) listener()
  }
  // A storm of refreshes brings many views within a frame; only the last of them is drawn.
  const soon = () => {
    if (shown === null) return show()
    if (page.visibilityState !== 'visible' || frame !== null) return
    frame = requestAnimationFrame(show)
  }
  const take = (view: AppView) => {
    if (newest !== null && view.revision < newest.revision) return
    newest = view
    ticker.correct(view.fleet.now)
    soon()
  }

  bridge.onView(take)
  page.addEventListener('visibilitychange', soon)
  void ask(bridge, 'view.get', {}).then((reply) => {
    if (reply.ok) take(reply.value)
  })

  return {
    get: () => shown,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
}
