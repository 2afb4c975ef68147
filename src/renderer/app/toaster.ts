// Short messages the window itself has to say (copied, saved, refused). Main's own toasts come with the view.
import type { FixAction, Place } from '#contract/contract.ts'
import type { Ticker } from './ticker.ts'

export interface BulkRefresh {
  readonly total: number
  /** Epoch ms. */
  readonly since: number
  /** Whether the attempts that have not begun can be canceled. */
  readonly cancelable: boolean
  /** IDs of the profiles that are refreshed; null: of whichever are due. */
  readonly of: ReadonlySet<string> | null
}

/** Work that the window has done step by step. */
export interface Steps {
  /** Accessible name of the bar. */
  readonly label: string
  readonly done: number
  readonly total: number
  readonly cancel: () => void
}

export interface LocalToast {
  readonly id: string
  readonly level: 'information' | 'success' | 'warning' | 'critical'
  readonly text: string
  readonly trackingId: string | null
  readonly fix: FixAction | null
  /** Counted down to in the toast; null for none. Epoch ms, by the ticker. */
  readonly clearsAt: number | null
  /** Of a refresh of many; the toast stays until it is done. */
  readonly progress: BulkRefresh | null
  /** The toast stays until it is dismissed. */
  readonly steps: Steps | null
  /** Where what it is about can be opened; the toast leaves all the same. */
  readonly place: Place | null
}

type Told = { readonly ok: true } | { readonly ok: false; readonly error: { readonly message: string } }

export interface Toaster {
  get(): readonly LocalToast[]
  subscribe(listener: () => void): () => void
  /** With the ID of a toast that is there it takes its place. */
  say(toast: Partial<LocalToast> & Pick<LocalToast, 'level' | 'text'>): void
  /** Says how a request went: `text` when it succeeded, otherwise the reason, as a toast of level `refused`. */
  tell(reply: Told, text: string, refused?: 'critical' | 'warning'): void
  dismiss(id: string): void
  /** Something else was copied: nothing counts down any more to a clearing of the clipboard. */
  clipboardChanged(): void
}

/** ms a toast stays, unless there is something to do in it. */
const STAYS = { information: 6_000, success: 5_000, warning: 12_000, critical: 20_000 } as const
/** ms, where it can be opened. */
const STAYS_TO_OPEN = 10_000
const AT_MOST = 2

/** ms from now; null: until dismissed. */
function staysOf(toast: LocalToast, now: number): number | null {
  const { level, clearsAt, progress, steps, fix, trackingId, place } = toast
  if (progress !== null || steps !== null || fix !== null || trackingId !== null) return null
  const stays = place === null ? STAYS[level] : Math.max(STAYS[level], STAYS_TO_OPEN)
  return clearsAt === null ? stays : clearsAt - now
}

export function createToaster(ticker: Ticker): Toaster {
  const listeners = new Set<() => void>()
  let toasts: readonly LocalToast[] = []
  let count = 0

  const show = (next: readonly LocalToast[]) => {
    toasts = next
    for (const listener of listeners) listener()
  }
  const dismiss = (id: string) => {
    if (toasts.some((toast) => toast.id === id)) show(toasts.filter((toast) => toast.id !== id))
  }

  const clipboardChanged = () => {
    if (toasts.some(({ clearsAt }) => clearsAt !== null))
      show(toasts.filter(({ clearsAt }) => clearsAt === null))
  }

  const say: Toaster['say'] = (said) => {
    count += 1
    const toast: LocalToast = {
      trackingId: null,
      fix: null,
      clearsAt: null,
      progress: null,
      steps: null,
      place: null,
      id: `window-${count}`,
      ...said,
    }
    if (toast.clearsAt !== null) clipboardChanged()
    // The same thing said twice is one toast, the newer.
    if (toasts.some(({ id }) => id === toast.id))
      show(toasts.map((one) => (one.id === toast.id ? toast : one)))
    else show([...toasts.filter((one) => one.text !== toast.text), toast].slice(-AT_MOST))
    const stays = staysOf(toast, ticker.now())
    if (stays !== null) ticker.after(stays, () => dismiss(toast.id))
  }

  return {
    get: () => toasts,
    subscribe(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    say,
    tell: (reply, text, refused = 'critical') =>
      say(reply.ok ? { level: 'success', text } : { level: refused, text: reply.error.message }),
    dismiss,
    clipboardChanged,
  }
}
