// Add service app: four values, checked while they are typed; saving issues the first token.
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { isolated } from '#base/common/display-text.ts'
import type { RequestError } from '#contract/contract.ts'
import { useAsk, useToaster, useView, useViewStateStore } from '#renderer/app/context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import { Form, putText, textOf } from '#renderer/components/form.tsx'
import { Notice } from '#renderer/components/notice.tsx'
import { saidOf } from '#renderer/features/shared/actions.tsx'
import { usePastedValues } from '#renderer/features/shared/pasted-values.tsx'
import { RequestRefusal } from '#renderer/features/shared/request-refusal.tsx'
import { nameWithOrg } from '#renderer/features/shared/words.ts'
import { missingIn, type Remarks, remarksOn } from './field-remarks.ts'
import { focusField, orNull, probeIn, ServiceAppFields, typedIn } from './service-app-fields.tsx'
import { freshName, nameForOrg } from './suggested-name.ts'

interface AddProps {
  /** The same service app in another org. */
  readonly likeProfileId: string | null
  readonly onClose: () => void
}

export default function AddDialog({ likeProfileId, onClose }: AddProps) {
  const { fleet } = useView()
  const ask = useAsk()
  const toaster = useToaster()
  const { focus } = useViewStateStore()
  const form = useRef<HTMLFormElement>(null)
  const [remarks, setRemarks] = useState<Remarks>({})
  const [refusal, setRefusal] = useState<RequestError | null>(null)
  const [busy, setBusy] = useState(false)
  // As it was when the dialog opened: a form is not changed under the hand.
  const [like] = useState(() => fleet.profiles.find(({ id }) => id === likeProfileId) ?? null)
  const names = fleet.profiles.map(({ name }) => name)
  const [suggested, setSuggested] = useState(() => (like === null ? '' : nameForOrg(like, '', names)))

  useEffect(() => {
    if (like !== null) focusField(form, 'targetOrgId')
  }, [like])

  const known = {
    integrationClientIds: fleet.managers.flatMap(({ clientId }) => clientId ?? []),
    profiles: fleet.profiles,
  }
  const check = () => setRemarks(remarksOn(typedIn(form), known))
  const pasted = usePastedValues({
    form,
    kind: 'add',
    isSuggested: (field, text) => field === 'name' && text === suggested,
    onFilled({ texts }) {
      if (textOf(form.current, 'name') === '')
        putText(form, 'name', freshName(texts.orgName ?? 'Service app', names))
      check()
    },
  })
  const onInput = (event: FormEvent) => {
    const field = event.target
    if (like !== null && field instanceof HTMLInputElement && field.name === 'orgName') {
      const next = nameForOrg(like, field.value.trim(), names)
      // Only as long as nobody typed another name.
      if (textOf(form.current, 'name') === suggested) putText(form, 'name', next)
      setSuggested(next)
    }
    if (!pasted.onInput(event)) check()
  }

  const save = async () => {
    if (busy) return
    const typed = typedIn(form)
    const secretKept =
      pasted.ids.clientSecret !== undefined || (like !== null && typed.clientId === like.clientId)
    const wrong = { ...remarksOn(typed, known), ...missingIn(typed, secretKept) }
    setRemarks(wrong)
    const first = Object.entries(wrong).find(([, remark]) => remark?.level === 'error')
    if (first !== undefined) return focusField(form, first[0])

    setBusy(true)
    setRefusal(null)
    const reply = await ask('service-app.add', {
      name: typed.name,
      appId: typed.appId,
      clientId: typed.clientId,
      clientSecret: orNull(typed.clientSecret),
      ...(like === null ? {} : { likeProfileId: like.id, managerId: like.managerId }),
      targetOrgId: typed.targetOrgId,
      orgName: orNull(typed.orgName),
      probe: probeIn(form),
      accessToken: orNull(typed.accessToken),
      refreshToken: orNull(typed.refreshToken),
      pasted: { ...pasted.ids },
      tokenManager: pasted.managerId === null ? null : { kind: 'pasted', id: pasted.managerId },
      issueToken: typed.accessToken === '' && pasted.ids.accessToken === undefined,
    })
    setBusy(false)
    if (!reply.ok) {
      setRefusal(reply.error)
      if (reply.error.field !== undefined) focusField(form, reply.error.field)
      return
    }
    form.current?.reset()
    const { attempt, profileId } = reply.value
    focus.added = profileId
    const place = { kind: 'profile', profileId } as const
    const told = nameWithOrg({ name: typed.name, orgName: orNull(typed.orgName) })
    if (attempt === null) toaster.say({ level: 'success', text: `${told} saved.`, place })
    else if (attempt.outcome === 'renewed') {
      toaster.say({ level: 'success', text: `${told} saved. First token issued.`, place })
    } else toaster.say(saidOf(attempt, { name: typed.name, orgName: orNull(typed.orgName) }))
    onClose()
  }

  return (
    <Dialog
      title={like === null ? 'Add service app' : `Add ${isolated(like.name)} for another org`}
      onClose={onClose}
    >
      <Form
        ref={form}
        onSend={() => void save()}
        onPaste={pasted.onPaste}
        onDrop={pasted.onDrop}
        onInput={onInput}
      >
        {pasted.notice ||
          (like === null ? (
            <p className="quiet">
              Paste a <code>token-config.json</code>, a <code>.env</code> or a row with its column names into
              any field, or fill them one by one.
            </p>
          ) : (
            <p className="quiet">
              Same app, client secret and test as {isolated(like.name)}, for another org.
            </p>
          ))}
        {fleet.managers.length === 0 && pasted.managerId === null && (
          <Notice level="information">
            No integration is connected yet. The service app is saved now, and its first token is issued when
            an integration is connected.
          </Notice>
        )}
        <RequestRefusal error={refusal} onLeave={onClose} />
        <ServiceAppFields
          initial={
            like === null
              ? {}
              : { name: suggested, appId: like.appId, clientId: like.clientId, probe: like.probe }
          }
          remarks={remarks}
          secretKept={
            like === null
              ? null
              : {
                  placeholder: `Same as ${isolated(like.name)}`,
                  hint: `Same as ${isolated(like.name)}. A new one replaces it for both.`,
                }
          }
          withAccessToken
          pasted={pasted.ids}
        />
        <FormButtons>
          <span className="spring quiet" role="status">
            {busy ? 'Saving and requesting a token…' : ''}
          </span>
          <Button onPress={onClose}>Cancel</Button>
          <Button kind="primary" submit disabled={busy}>
            Save and issue token
          </Button>
        </FormButtons>
      </Form>
    </Dialog>
  )
}
