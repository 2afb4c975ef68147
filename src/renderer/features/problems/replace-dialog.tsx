// Replace: the client secret or the App ID of a service app once for all its customers, which share its credentials.
import { useRef, useState } from 'react'
import { isolated } from '#base/common/display-text.ts'
import type { ProfileState, RequestError } from '#contract/contract.ts'
import { useAsk, useTicker, useToaster, useView } from '#renderer/app/context.tsx'
import { SendButtons } from '#renderer/components/button.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import { Field, type Remark } from '#renderer/components/field.tsx'
import { Form, textOf } from '#renderer/components/form.tsx'
import { PASTED_SECRET, usePastedValues } from '#renderer/features/shared/pasted-values.tsx'
import { RequestRefusal } from '#renderer/features/shared/request-refusal.tsx'
import { plural } from '#renderer/features/shared/words.ts'

interface ReplaceProps {
  readonly field: 'clientSecret' | 'appId'
  /** One of them. */
  readonly profileId: string
  readonly onClose: () => void
}

/** These are renewed as soon as it is right. */
const WAIT: ReadonlySet<ProfileState> = new Set(['needs-attention', 'expired', 'retrying', 'not-yet-issued'])

const WORDS = {
  clientSecret: {
    name: 'Client secret',
    what: 'client secret',
    button: 'Replace secret',
    hint: "The service app's new client secret, not the integration's.",
  },
  appId: {
    name: 'App ID',
    what: 'App ID',
    button: 'Replace App ID',
    hint: "The service app's, as the developer portal shows it.",
  },
} as const

export default function ReplaceDialog({ field, profileId, onClose }: ReplaceProps) {
  const { fleet } = useView()
  const ask = useAsk()
  const toaster = useToaster()
  const ticker = useTicker()
  const form = useRef<HTMLFormElement>(null)
  const [remark, setRemark] = useState<Remark | null>(null)
  const [refusal, setRefusal] = useState<RequestError | null>(null)
  const [busy, setBusy] = useState(false)
  const pasted = usePastedValues({ form, kind: 'edit', onFilled: () => setRemark(null) })
  const words = WORDS[field]
  const profile = fleet.profiles.find(({ id }) => id === profileId)
  if (profile === undefined) {
    return (
      <Dialog title={`Replace ${words.what}`} onClose={onClose}>
        <p>This service app is no longer in the list.</p>
      </Dialog>
    )
  }

  const { name, appId, clientId, targetOrgId, orgName, probe, unreadable } = profile
  const sharing = fleet.profiles.filter((one) => one.appId === appId && one.clientId === clientId)
  const customers = sharing.length
  const app = isolated(
    fleet.incidents.find(
      ({ serviceApp, profileIds }) => serviceApp !== null && profileIds.includes(profileId),
    )?.serviceApp?.name ?? name,
  )
  const send = async () => {
    const typed = textOf(form.current, field)
    const { clientSecret } = pasted.ids
    const isPasted = field === 'clientSecret' && clientSecret !== undefined
    if (typed === '' && !isPasted)
      return setRemark({ level: 'error', sentence: `Paste the new ${words.what}.` })
    setBusy(true)
    setRefusal(null)
    const since = ticker.now()
    const waiting = sharing.filter(({ state }) => WAIT.has(state)).map(({ id }) => id)
    const reply = await ask('service-app.edit', {
      profileId,
      name,
      appId: field === 'appId' ? typed : appId,
      clientId,
      targetOrgId,
      orgName,
      probe,
      ofAll: true,
      clientSecret: field === 'appId' || typed === '' ? null : typed,
      refreshToken: null,
      pasted: isPasted ? { clientSecret } : {},
    })
    setBusy(false)
    if (!reply.ok) return setRefusal(reply.error)
    form.current?.reset()
    const renewing = waiting.length === 0 ? '' : ` Renewing ${plural(waiting.length, 'token')}…`
    toaster.say({
      level: 'success',
      text: `${words.name} of ${app} replaced for ${plural(customers, 'customer')}.${renewing}`,
      progress:
        waiting.length === 0
          ? null
          : { total: waiting.length, since, cancelable: false, of: new Set(waiting) },
    })
    onClose()
  }

  return (
    <Dialog title={`Replace ${words.what} of ${app}`} onClose={onClose}>
      <Form
        ref={form}
        onSend={() => void send()}
        onPaste={pasted.onPaste}
        onDrop={pasted.onDrop}
        onInput={(event) => {
          if (!pasted.onInput(event)) setRemark(null)
        }}
      >
        {pasted.notice}
        <RequestRefusal error={refusal} onLeave={onClose} />
        <p>
          {customers === 1 || unreadable !== undefined
            ? 'Renewals continue with it at once.'
            : `All ${plural(customers, 'customer')} of this service app share it. Renewals continue with it at once.`}
        </p>
        <Field
          label={words.name}
          name={field}
          secret={field === 'clientSecret'}
          mono={field === 'appId'}
          hint={words.hint}
          remark={remark}
          {...(field === 'appId' || pasted.ids.clientSecret === undefined ? {} : PASTED_SECRET)}
        />
        <SendButtons words={words.button} busy={busy} onCancel={onClose} />
      </Form>
    </Dialog>
  )
}
