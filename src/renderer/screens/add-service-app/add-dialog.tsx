// Add service app: four values, checked while they are typed; saving issues the first token.
import { type FormEvent, useRef, useState } from 'react'
import type { RequestError } from '../../../preload/contract.ts'
import { saidOf } from '../../actions.ts'
import { Button } from '../../parts/button.tsx'
import { TrackingId } from '../../parts/copy-text.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { textOf } from '../../parts/form-text.ts'
import { Notice } from '../../parts/notice.tsx'
import { useAsk, useToaster, useView } from '../../window-parts.tsx'
import { missingIn, type Remarks, remarksOn } from './field-remarks.ts'
import { focusField, orNull, probeIn, ServiceAppFields, typedIn } from './service-app-fields.tsx'

interface AddProps {
  /** The same service app in another org. */
  readonly likeProfileId: string | null
  readonly onClose: () => void
}

export default function AddDialog({ likeProfileId, onClose }: AddProps) {
  const { fleet } = useView()
  const ask = useAsk()
  const toaster = useToaster()
  const form = useRef<HTMLFormElement>(null)
  const [remarks, setRemarks] = useState<Remarks>({})
  const [refusal, setRefusal] = useState<RequestError | null>(null)
  const [busy, setBusy] = useState(false)
  const like = fleet.profiles.find(({ id }) => id === likeProfileId) ?? null

  const known = {
    integrationClientIds: fleet.managers.flatMap(({ clientId }) => clientId ?? []),
    profiles: fleet.profiles,
  }
  const check = () => setRemarks(remarksOn(typedIn(form), known))

  const save = async (event: FormEvent) => {
    event.preventDefault()
    if (busy) return
    const typed = typedIn(form)
    const wrong = { ...remarksOn(typed, known), ...missingIn(typed, false) }
    setRemarks(wrong)
    const first = Object.entries(wrong).find(([, remark]) => remark?.level === 'error')
    if (first !== undefined) return focusField(form, first[0])

    setBusy(true)
    setRefusal(null)
    const reply = await ask('service-app.add', {
      name: typed.name,
      appId: typed.appId,
      clientId: typed.clientId,
      clientSecret: typed.clientSecret,
      targetOrgId: typed.targetOrgId,
      orgName: orNull(textOf(form.current, 'orgName')),
      probe: probeIn(form),
      accessToken: orNull(typed.accessToken),
      refreshToken: orNull(typed.refreshToken),
      tokenManager: null,
      issueToken: typed.accessToken === '',
    })
    setBusy(false)
    if (!reply.ok) {
      setRefusal(reply.error)
      if (reply.error.field !== undefined) focusField(form, reply.error.field)
      return
    }
    form.current?.reset()
    const { attempt } = reply.value
    if (attempt === null) toaster.say({ level: 'success', text: `${typed.name} saved.` })
    else if (attempt.outcome === 'renewed') {
      toaster.say({ level: 'success', text: `${typed.name} saved; its first token is here.` })
    } else toaster.say(saidOf(attempt, typed.name))
    onClose()
  }

  return (
    <Dialog title={like === null ? 'Add service app' : `Add ${like.name} for another org`} onClose={onClose}>
      <form ref={form} className="form" onSubmit={(event) => void save(event)} noValidate>
        {fleet.managers.length === 0 && (
          <Notice level="information">
            No integration is connected yet, so no token can be issued now. It is saved all the same, and gets
            its token as soon as one is.
          </Notice>
        )}
        {refusal !== null && (
          <Notice level="critical" alert>
            <p>{refusal.message}</p>
            {refusal.trackingId !== undefined && <TrackingId id={refusal.trackingId} />}
          </Notice>
        )}
        <ServiceAppFields
          initial={
            like === null
              ? {}
              : { name: like.name, appId: like.appId, clientId: like.clientId, probe: like.probe }
          }
          remarks={remarks}
          secretStored={false}
          withAccessToken
          onInput={check}
        />
        <div className="form-buttons">
          <span className="spring quiet" role="status">
            {busy ? 'Saving and asking Webex for a token…' : ''}
          </span>
          <Button onPress={onClose}>Cancel</Button>
          <Button kind="primary" submit disabled={busy}>
            Save and issue token
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
