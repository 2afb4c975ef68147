// Short messages at the lower right: the window's own and main's. Spoken politely; those that need someone stay.
import { useState } from 'react'
import type { FixAction } from '../../preload/contract.ts'
import type { BulkRefresh } from '../toaster.ts'
import { useLocalToasts, useNow, useToaster, useView } from '../window-parts.tsx'
import { BulkProgress } from './bulk-progress.tsx'
import { TrackingId } from './copy-text.tsx'
import { FixButton } from './fix-button.tsx'
import { Icon } from './icon.tsx'
import { IconButton } from './icon-button.tsx'

interface ShownToast {
  readonly id: string
  readonly level: 'information' | 'success' | 'warning' | 'critical'
  readonly text: string
  readonly fix: FixAction | null
  readonly trackingId: string | null
  readonly clearsAt: number | null
  readonly progress: BulkRefresh | null
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
    .map((toast) => ({ ...toast, trackingId: null, clearsAt: null, progress: null }))

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
        <ToastCard key={toast.id} toast={toast} onDismiss={() => toaster.dismiss(toast.id)} />
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
        {toast.fix !== null && <FixButton fix={toast.fix} />}
      </div>
      <IconButton icon="close" label="Dismiss" onPress={onDismiss} />
    </div>
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
