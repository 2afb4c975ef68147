// Context of the window for every screen: the bridge, the view, the clock and the toasts.
import { createContext, type ReactNode, useCallback, useContext, useSyncExternalStore } from 'react'
import type { AppView, Bridge, Input, Reply, RequestName } from '#contract/contract.ts'
import type { ListState } from '#contract/view-state.ts'
import { ask } from './bridge.ts'
import type { Ticker } from './ticker.ts'
import type { LocalToast, Toaster } from './toaster.ts'
import type { ViewStateStore } from './view-state-store.ts'
import type { ViewStore } from './view-store.ts'

interface Parts {
  readonly bridge: Bridge
  readonly ticker: Ticker
  readonly store: ViewStore
  readonly viewState: ViewStateStore
  readonly toaster: Toaster
}

const PartsContext = createContext<Parts | null>(null)

export function WindowParts({ value, children }: { readonly value: Parts; readonly children: ReactNode }) {
  return <PartsContext value={value}>{children}</PartsContext>
}

function useParts(): Parts {
  const parts = useContext(PartsContext)
  if (parts === null) throw new Error('A screen was drawn outside <WindowParts>')
  return parts
}

/** The newest view; null before the first one. */
export function useMaybeView(): AppView | null {
  const { store } = useParts()
  return useSyncExternalStore(store.subscribe, store.get)
}

/** The newest view, for everything below the shell, which waits for the first one. */
export function useView(): AppView {
  const view = useMaybeView()
  if (view === null) throw new Error('A screen was drawn before the first view')
  return view
}

/** One thing of the view; draws again only when that has changed. */
export function useOfView<T extends string | number | boolean | null>(read: (view: AppView) => T): T | null {
  const { store } = useParts()
  return useSyncExternalStore(store.subscribe, () => {
    const view = store.get()
    return view === null ? null : read(view)
  })
}

/** The newest view at the time it is called, for what is done once. */
export function useViewNow(): () => AppView | null {
  return useParts().store.get
}

export function useViewStateStore(): ViewStateStore {
  return useParts().viewState
}

/** How the list is shown, for everything below the shell, which waits until that is known. */
export function useListState(): ListState {
  const { viewState } = useParts()
  const state = useSyncExternalStore(viewState.subscribe, viewState.get)
  if (state === null) throw new Error('A screen was drawn before the view state')
  return state.list
}

export type Ask = <N extends RequestName>(name: N, input: Input<N>) => Promise<Reply<N>>

/** Requests that put something on the clipboard that is no token. */
const COPYING: ReadonlySet<RequestName> = new Set<RequestName>([
  'clipboard.copy-text',
  'app.copy-diagnostics',
  'connect.copy-url',
  'endpoint.add-consumer',
  'endpoint.copy-secret',
  'problem.copy-emails',
  'webhook.confirm',
  'webhook.renew-secret',
  'webhook.copy-secret',
])

export function useAsk(): Ask {
  const { bridge, toaster } = useParts()
  return useCallback(
    async (name, input) => {
      const reply = await ask(bridge, name, input)
      if (reply.ok && COPYING.has(name)) toaster.clipboardChanged()
      return reply
    },
    [bridge, toaster],
  )
}

export function useToaster(): Toaster {
  return useParts().toaster
}

export function useLocalToasts(): readonly LocalToast[] {
  const { toaster } = useParts()
  return useSyncExternalStore(toaster.subscribe, toaster.get)
}

/** What `read` makes of the time now; draws again only when its answer changes. */
export function useNow<T extends string | number | boolean>(read: (now: number) => T): T {
  const { ticker } = useParts()
  return useSyncExternalStore(ticker.subscribe, () => read(ticker.now()))
}

export function useTimeZone(): string {
  const { ticker } = useParts()
  return useSyncExternalStore(ticker.subscribe, ticker.timeZone)
}

export function useTicker(): Ticker {
  return useParts().ticker
}
