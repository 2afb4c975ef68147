// Short messages at the lower right: the window's own and main's. Spoken politely; those that need someone stay.
import { useState } from 'react'
import type { FixAction, Place } from '#contract/contract.ts'
import { useLocalToasts, useNow, useToaster, useView } from '#renderer/app/context.tsx'
import { goTo, routeTo } from '#renderer/app/route.ts'
import type { BulkRefresh } from '#renderer/app/toaster.ts'
import { Button } from '#renderer/components/button.tsx'
import { Icon } from '#renderer/components/icon.tsx'
import { IconButton } from '#renderer/components/icon-button.tsx'
import { TrackingId } from '#renderer/features/shared/copy-text.tsx'
import { FixButton } from '#renderer/features/shared/fix-button.tsx'
import { BulkProgress } from './bulk-progress.tsx'

interface ShownToast {
  readonly id: string
  readonly level: 'information' | 'success' | 'warning' | 'critical'
  readonly text: string
  readonly fix: FixAction | null
  readonly trackingId: string | null
  readonly clearsAt: number | null
  readonly progress: BulkRefresh | null
  /** What it is about, where that needs a look. */
  readonly place: Place | null
}

/** The newest; what they are about stands in the list as well, which they would cover. */
const MOST_OF_MAIN = 2

const icons = {
  information: 'information',
  success: 'good',
  warning: 'warning',
  critical: 'critical',
} as const

export function Toasts() {
  const view = useView()
  const local = useLocalToasts()
  const toaster = useToaster()
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set())
  const fromMain = view.toasts
    .filter((toast) => !dismissed.has(toast.id))
    .slice(-MOST_OF_MAIN)
    .map((toast) => ({
      ...toast,
      trackingId: null,
      clearsAt: null,
      progress: null,
      place: toast.level === 'success' ? null : toast.place,
    }))

  return (
    <section className="toasts" aria-label="Messages" aria-live="polite">
      {fromMain.map((toast) => (
        <ToastCard
          key={toast.id}
          toast={toast}
          onDismiss={() => setDismissed(new Set([...dismissed, toast.id]))}
        />
      ))}
      {local.map((toast) => (
        <ToastCard
          key={toast.id}
          toast={{ ...toast, place: null }}
          onDismiss={() => toaster.dismiss(toast.id)}
        />
      ))}
    </section>
  )
}

function ToastCard({ toast, onDismiss }: { readonly toast: ShownToast; readonly onDismiss: () => void }) {
  return (
    <div className={`toast ${toast.level}`}>
      <Icon name={icons[toast.level]} size={1.25} />
      <div className="toast-words">
        <p className="selectable" title={toast.text}>
          {toast.text}
        </p>
        {toast.progress !== null && <BulkProgress refresh={toast.progress} onDone={onDismiss} />}
        {toast.clearsAt !== null && <Clearing at={toast.clearsAt} />}
        {toast.trackingId !== null && <TrackingId id={toast.trackingId} />}
        <WayOn toast={toast} onGone={onDismiss} />
      </div>
      <IconButton icon="close" label="Dismiss" onPress={onDismiss} />
    </div>
  )
}

/** The button that mends it, or else the way to what it is about. */
function WayOn({ toast, onGone }: { readonly toast: ShownToast; readonly onGone: () => void }) {
  const { fix, place } = toast
  if (fix !== null) return <FixButton fix={fix} />
  if (place === null || place.kind === 'list') return null
  const go = () => {
    onGone()
    goTo(routeTo(place))
  }
  return (
    <Button size={28} onPress={go}>
      {place.kind === 'trouble' ? 'Show them' : 'Show it'}
    </Button>
  )
}

function Clearing({ at }: { readonly at: number }) {
  const seconds = useNow((now) => Math.max(0, Math.ceil((at - now) / 1000)))
  return (
    <p className="quiet small figures" aria-live="off">
      {seconds > 0 ? `Cleared from the clipboard in ${seconds} s` : 'Cleared from the clipboard'}
    </p>
  )
}
