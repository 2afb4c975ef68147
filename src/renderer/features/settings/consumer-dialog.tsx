// A new consumer of the local endpoint: its name and reach, then its secret, which main puts on the clipboard.
import { useEffect, useRef, useState } from 'react'
import { useAsk, useView } from '#renderer/app/context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import { Field } from '#renderer/components/field.tsx'
import { Form } from '#renderer/components/form.tsx'
import { textOf } from '#renderer/components/form-text.ts'
import { Notice } from '#renderer/components/notice.tsx'
import { ConsumerSecret } from './consumer-secret.tsx'
import { ProfileChoice } from './profile-choice.tsx'

export default function ConsumerDialog({ onClose }: { readonly onClose: () => void }) {
  const { fleet } = useView()
  const ask = useAsk()
  const form = useRef<HTMLFormElement>(null)
  const [only, setOnly] = useState<ReadonlySet<string> | null>(null)
  const [refusal, setRefusal] = useState<{ readonly field: string | null; readonly sentence: string } | null>(
    null,
  )
  const [busy, setBusy] = useState(false)
  const [added, setAdded] = useState<string | null>(null)

  // Main keeps the secret for as long as it may still be copied.
  useEffect(() => () => void ask('endpoint.forget-secret', {}), [ask])

  const add = async () => {
    const name = textOf(form.current, 'consumerName')
    if (name === '') return setRefusal({ field: 'name', sentence: 'Give it a name.' })
    if (only?.size === 0) {
      return setRefusal({ field: null, sentence: 'Choose at least one service app, or all.' })
    }
    setBusy(true)
    const reply = await ask('endpoint.add-consumer', { name, profileIds: only === null ? null : [...only] })
    setBusy(false)
    if (!reply.ok) return setRefusal({ field: reply.error.field ?? null, sentence: reply.error.message })
    setAdded(name)
  }

  if (added !== null) {
    return (
      <Dialog title={`Secret of ${added}`} step="secret" onClose={onClose}>
        <ConsumerSecret onClose={onClose} />
      </Dialog>
    )
  }
  const atName = refusal?.field === 'name'
  return (
    <Dialog title="Add consumer" onClose={onClose}>
      <Form ref={form} onSend={() => void add()}>
        {refusal !== null && !atName && (
          <Notice level="critical" alert>
            {refusal.sentence}
          </Notice>
        )}
        <Field
          label="Consumer name"
          name="consumerName"
          placeholder="nightly-report"
          hint="The program that will ask, so that you know it again."
          remark={atName ? { level: 'error', sentence: refusal.sentence } : null}
        />
        <ProfileChoice profiles={fleet.profiles} chosen={only} onChange={setOnly} />
        <div className="form-buttons">
          <span className="spring" />
          <Button onPress={onClose}>Cancel</Button>
          <Button kind="primary" submit disabled={busy}>
            Add and copy secret
          </Button>
        </div>
      </Form>
    </Dialog>
  )
}
