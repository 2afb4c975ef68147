// View state store: where the window is and how its list is shown, as it was left; main keeps it for the next window.
import type { Bridge } from '#contract/contract.ts'
import { type ListState, readViewState, type ViewState } from '#contract/view-state.ts'
import { ask } from './bridge.ts'
import type { Ticker } from './ticker.ts'

export interface ViewStateStore {
  /** null until main has told it, which it does only while the window is unlocked. */
  get(): ViewState | null
  subscribe(listener: () => void): () => void
  /** The window is unlocked: asks main, unless it has told it already, and stores what it refused to while locked. */
  recall(): void
  change(patch: Partial<ListState>): void
  /** px; nothing is drawn for it. */
  scrolled(scrollTop: number): void
  /** The fragment of the screen that is shown. */
  showed(route: string): void
  /** Key of the row that had the focus last, in this window. */
  readonly focus: { row: string | null }
}

/** ms without a change until it is stored. */
const SETTLED = 400

export function createViewStateStore(bridge: Bridge, ticker: Ticker, page: Document): ViewStateStore {
  const listeners = new Set<() => void>()
  let state: ViewState | null = null
  let isAsking = false
  /** How often it was wanted: once more since the request is after an unlocking. */
  let wanted = 0
  let cancel: (() => void) | null = null
  /** Main refuses while the window is locked, also what changed just before. */
  let isRefused = false

  const store = async () => {
    cancel?.()
    cancel = null
    // Held to its bounds here: what crosses to main is copied property by property.
    const reply = await ask(bridge, 'view.remember', { state: readViewState(state) })
    isRefused = !reply.ok && reply.error.code === 'refused'
  }
  const keep = (next: ViewState) => {
    state = next
    cancel?.()
    cancel = ticker.after(SETTLED, () => void store())
  }
  // The window may be closed to the tray right after, or the app be quit.
  const storeNow = () => {
    if (cancel !== null) void store()
  }
  page.addEventListener('visibilitychange', () => {
    if (page.visibilityState === 'hidden') storeNow()
  })
  page.defaultView?.addEventListener('pagehide', storeNow)

  const recall = async () => {
    if (state !== null) {
      if (isRefused) void store()
      return
    }
    wanted += 1
    if (isAsking) return
    isAsking = true
    const before = wanted
    const reply = await ask(bridge, 'view.recall', {})
    isAsking = false
    // Refused while the window is locked: it is asked again when it is not.
    if (!reply.ok && reply.error.code === 'refused') {
      if (wanted > before) void recall()
      return
    }
    state = readViewState(reply.ok ? reply.value : null)
    for (const listener of listeners) listener()
  }
  void recall()

  return {
    get: () => state,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    recall: () => void recall(),
    change(patch) {
      if (state === null) return
      keep({ ...state, list: { ...state.list, ...patch } })
      for (const listener of listeners) listener()
    },
    scrolled(scrollTop) {
      if (state !== null) keep({ ...state, list: { ...state.list, scrollTop } })
    },
    showed(route) {
      if (state !== null && state.route !== route) keep({ ...state, route })
    },
    focus: { row: null },
  }
}
