// Snooze until a date: the problem comes back at the beginning of that day.
import { useId, useRef, useState } from 'react'
import { useTicker, useView } from '#renderer/app/context.tsx'
import { SendButtons } from '#renderer/components/button.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import fieldStyles from '#renderer/components/field.module.css'
import { Form, textOf } from '#renderer/components/form.tsx'
import layout from '#renderer/components/layout.module.css'
import { Refusal } from '#renderer/components/notice.tsx'
import { dateFieldOf, dayStart, midnight } from '#renderer/features/shared/axis.ts'
import { useSnooze } from './snooze-button.tsx'

interface SnoozeDialogProps {
  readonly incidentKey: string
  readonly onClose: () => void
}

export default function SnoozeDialog({ incidentKey, onClose }: SnoozeDialogProps) {
  const { fleet } = useView()
  const id = useId()
  const form = useRef<HTMLFormElement>(null)
  const ticker = useTicker()
  const snooze = useSnooze(incidentKey)
  const [refusal, setRefusal] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const title = fleet.incidents.find(({ key }) => key === incidentKey)?.title

  const send = async () => {
    const until = dayStart(textOf(form.current, 'until'))
    if (until === null) return setRefusal('Choose a date.')
    if (until <= ticker.now()) return setRefusal('Choose a date after today.')
    setBusy(true)
    const refused = await snooze(until)
    setBusy(false)
    if (refused === null) onClose()
    else setRefusal(refused)
  }
  return (
    <Dialog title="Snooze until …" onClose={onClose}>
      <Form ref={form} onSend={() => void send()}>
        <Refusal>{refusal}</Refusal>
        <p>{title ?? 'This problem is resolved.'}</p>
        <div className={layout.form}>
          <label htmlFor={id}>Date</label>
          <input
            id={id}
            name="until"
            type="date"
            min={dateFieldOf(midnight(ticker.now(), 1))}
            className={fieldStyles.control}
            onInput={() => setRefusal(null)}
          />
          <p className="quiet small">It comes back on this day, or earlier if it gets worse.</p>
        </div>
        <SendButtons words="Snooze" busy={busy} onCancel={onClose} />
      </Form>
    </Dialog>
  )
}
