// Removes everything the app has kept here, and ends it.
import { useRef, useState } from 'react'
import { useAsk, useView } from '#renderer/app/context.tsx'
import { SendButtons } from '#renderer/components/button.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import { Field, type Remark } from '#renderer/components/field.tsx'
import { Form, textOf } from '#renderer/components/form.tsx'
import { fleetOf } from '#renderer/features/shared/words.ts'

export default function DeleteDataDialog({ onClose }: { readonly onClose: () => void }) {
  const { fleet } = useView()
  const ask = useAsk()
  const form = useRef<HTMLFormElement>(null)
  const [remark, setRemark] = useState<Remark | null>(null)
  const [busy, setBusy] = useState(false)

  const send = async () => {
    const word = textOf(form.current, 'word').toLowerCase()
    if (word !== 'delete') return setRemark({ level: 'error', sentence: 'Type delete to confirm.' })
    setBusy(true)
    const reply = await ask('app.delete-data', { word })
    if (reply.ok) return
    setBusy(false)
    setRemark({ level: 'error', sentence: reply.error.message })
  }

  return (
    <Dialog title="Delete all data?" onClose={onClose}>
      <Form ref={form} onSend={() => void send()}>
        <p>
          This deletes {fleetOf(fleet.profiles)} with their secrets, tokens, history and settings from this
          computer, including all kept copies, and quits the app. Only a backup can restore them.
        </p>
        <p className="quiet">
          Tokens are deleted here but not revoked at Webex; they work until they expire. Backups and the files
          to which tokens were delivered are kept.
        </p>
        <Field label="Type delete to confirm" name="word" remark={remark} />
        <SendButtons words="Delete and quit" busy={busy} danger onCancel={onClose} />
      </Form>
    </Dialog>
  )
}
