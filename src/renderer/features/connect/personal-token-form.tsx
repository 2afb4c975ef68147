// The substitute for an integration: the portal's personal access token, and its limits.
import { useRef, useState } from 'react'
import type { RequestError } from '#contract/contract.ts'
import { useAsk, useToaster } from '#renderer/app/context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Field } from '#renderer/components/field.tsx'
import { Form, textOf } from '#renderer/components/form.tsx'
import { Notice } from '#renderer/components/notice.tsx'
import { TrackingId } from '#renderer/features/shared/copy-text.tsx'
import { PASTED_SECRET, usePastedValues } from '#renderer/features/shared/pasted-values.tsx'

interface PersonalTokenProps {
  readonly onBack: () => void
  readonly onDone: () => void
}

export function PersonalTokenForm({ onBack, onDone }: PersonalTokenProps) {
  const ask = useAsk()
  const toaster = useToaster()
  const form = useRef<HTMLFormElement>(null)
  const [refusal, setRefusal] = useState<RequestError | null>(null)
  const pasted = usePastedValues({ form, kind: 'personal-token', onFilled: () => setRefusal(null) })
  const hasPasted = pasted.ids.token !== undefined

  const send = async () => {
    const token = textOf(form.current, 'token').replace(/^Bearer\s+/i, '')
    if (token === '' && !hasPasted) return setRefusal({ code: 'invalid', message: 'Paste the token.' })
    const reply = await ask('connect.personal-token', {
      token: token === '' ? null : token,
      pasted: { ...pasted.ids },
    })
    if (!reply.ok) return setRefusal(reply.error)
    form.current?.reset()
    toaster.say({ level: 'success', text: 'Personal access token in use. It expires after 12 hours.' })
    onDone()
  }

  return (
    <Form
      ref={form}
      onSend={() => void send()}
      onPaste={pasted.onPaste}
      onDrop={pasted.onDrop}
      onInput={pasted.onInput}
    >
      {pasted.notice}
      <Notice level="warning" title="Valid for 12 hours">
        A personal access token cannot be refreshed, and it expires when you sign out of the developer portal.
        After that, service apps are renewed with their own refresh tokens only. Use it for trials, not for
        unattended operation.
      </Notice>
      <Field
        label="Personal access token"
        name="token"
        secret
        hint="In the developer portal, at the top right under your picture."
        remark={refusal === null ? null : { level: 'error', sentence: refusal.message }}
        {...(hasPasted ? PASTED_SECRET : {})}
      />
      {refusal?.trackingId !== undefined && <TrackingId id={refusal.trackingId} />}
      <FormButtons>
        <Button kind="quiet" icon="back" onPress={onBack}>
          Back
        </Button>
        <span className="spring" />
        <Button kind="primary" submit>
          Use this token
        </Button>
      </FormButtons>
    </Form>
  )
}
