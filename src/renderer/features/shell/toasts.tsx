// Toasts: short messages of the window and of main at the lower edge, announced politely; inside a dialog that is open.
import { useEffect, useState } from 'react'
import { createPortal } from 'react-dom'
import type { FixAction, Place, Toast } from '#contract/contract.ts'
import { useAsk, useLocalToasts, useNow, useToaster, useView } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { goTo, routeTo, useRoute } from '#renderer/app/route.ts'
import type { BulkRefresh, Steps } from '#renderer/app/toaster.ts'
import { Button, IconButton } from '#renderer/components/button.tsx'
import { useDialogHost } from '#renderer/components/dialog.tsx'
import { Icon } from '#renderer/components/icon.tsx'
import { useMediaQuery } from '#renderer/components/media-query.ts'
import { ProgressBar } from '#renderer/components/progress-bar.tsx'
import { FixButton } from '#renderer/features/shared/actions.tsx'
import { TrackingId } from '#renderer/features/shared/copy-text.tsx'
import styles from './toasts.module.css'

interface ShownToast {
  readonly id: string
  readonly level: 'information' | 'success' | 'warning' | 'critical'
  readonly text: string
  readonly fix: FixAction | null
  readonly trackingId: string | null
  readonly clearsAt: number | null
  readonly progress: BulkRefresh | null
  readonly steps: Steps | null
  /** What it is about, where that needs a look. */
  readonly place: Place | null
}

/** The newest only: what it is about is on its own page as well, which more of them would cover. */
const MOST_OF_MAIN = 1

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
  const host = useDialogHost()
  const [dismissed, setDismissed] = useState<ReadonlySet<string>>(new Set())
  const isOnProblems = useRoute().screen === 'problems'
  // There a message would lie on the navigation, which has the number of problems.
  const isToldBeside = useMediaQuery('(width < 44rem)')
  useEffect(() => {
    const seen = isOnProblems ? view.toasts.filter(isToldInProblems).map(({ id }) => id) : []
    if (seen.length > 0) setDismissed((before) => new Set([...before, ...seen]))
  }, [isOnProblems, view.toasts])
  const fromMain = view.toasts
    .filter(
      (toast) => !dismissed.has(toast.id) && !((isOnProblems || isToldBeside) && isToldInProblems(toast)),
    )
    .slice(-MOST_OF_MAIN)
    .map((toast) => ({
      ...toast,
      trackingId: null,
      clearsAt: null,
      progress: null,
      steps: null,
      place: toast.level === 'success' ? null : toast.place,
    }))

  const cards = (
    <>
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
    </>
  )
  const region = { className: styles.toasts, 'aria-label': 'Messages', 'aria-live': 'polite' } as const

  // Both are there before a message comes, without which a screen reader would not speak it.
  return (
    <>
      <section {...region} hidden={host !== null}>
        {host === null && cards}
      </section>
      {host !== null && createPortal(<section {...region}>{cards}</section>, host)}
    </>
  )
}

/** Whoever looks at the problems needs no message that there are some, nor later elsewhere. */
function isToldInProblems({ level, place }: Toast): boolean {
  return level !== 'success' && place.kind === 'problems'
}

function ToastCard({ toast, onDismiss }: { readonly toast: ShownToast; readonly onDismiss: () => void }) {
  return (
    <div className={styles.toast} data-level={toast.level}>
      <Icon name={icons[toast.level]} size={1.25} />
      <div className={styles.words}>
        <p className="selectable" title={toast.text}>
          {toast.text}
        </p>
        {toast.progress !== null && <BulkProgress refresh={toast.progress} onDone={onDismiss} />}
        {toast.steps !== null && <StepsProgress steps={toast.steps} />}
        {toast.clearsAt !== null && <Clearing at={toast.clearsAt} />}
        {toast.trackingId !== null && <TrackingId id={toast.trackingId} />}
        <WayOn toast={toast} onGone={onDismiss} />
      </div>
      <IconButton icon="close" label="Dismiss" onPress={onDismiss} />
    </div>
  )
}

/** The button that fixes it, or else the way to what it is about. */
function WayOn({ toast, onGone }: { readonly toast: ShownToast; readonly onGone: () => void }) {
  const { fix, place } = toast
  const { close } = useDialogs()
  if (fix !== null) return <FixButton fix={fix} />
  if (place === null || place.kind === 'list') return null
  const go = () => {
    onGone()
    close()
    goTo(routeTo(place))
  }
  return (
    <Button size={28} onPress={go}>
      Show
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

interface BulkProgressProps {
  readonly refresh: BulkRefresh
  readonly onDone: () => void
}

/** How far a refresh of many has come, counted by the attempts that ended since it began, and the button that cancels it. */
function BulkProgress({ refresh, onDone }: BulkProgressProps) {
  const { total, since, cancelable, of } = refresh
  const { fleet } = useView()
  const ask = useAsk()
  const toaster = useToaster()
  const [canceling, setCanceling] = useState(false)
  const ended = fleet.profiles.filter(
    ({ id, last, state }) =>
      state !== 'refreshing' && (last?.at ?? 0) >= since && (of === null || of.has(id)),
  ).length
  const done = Math.min(total, ended)
  useEffect(() => {
    if (done === total) onDone()
  }, [done, total, onDone])

  const cancel = async () => {
    setCanceling(true)
    const reply = await ask('fleet.cancel-refresh', {})
    setCanceling(false)
    if (!reply.ok) return toaster.say({ level: 'critical', text: reply.error.message })
    onDone()
    toaster.say({
      level: 'information',
      text: `Canceled after ${done.toLocaleString()} of ${total.toLocaleString()}. Running refreshes still finish.`,
    })
  }

  return (
    <div className={styles.bulk}>
      <ProgressBar label="Refreshed" done={done} total={total} />
      <span className="quiet small figures">
        {done.toLocaleString()} of {total.toLocaleString()}
      </span>
      {cancelable && (
        <Button size={24} disabled={canceling} onPress={() => void cancel()}>
          Cancel
        </Button>
      )}
    </div>
  )
}

function StepsProgress({ steps: { label, done, total, cancel } }: { readonly steps: Steps }) {
  return (
    <div className={styles.bulk}>
      <ProgressBar label={label} done={done} total={total} />
      <span className="quiet small figures">
        {done.toLocaleString()} of {total.toLocaleString()}
      </span>
      <Button size={24} onPress={cancel}>
        Cancel
      </Button>
    </div>
  )
}
