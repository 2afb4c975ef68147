// Edit service app: what may be seen is shown, secrets can only be replaced.
import { type RefObject, useEffect, useRef, useState } from 'react'
import type { ManagerView, RequestError } from '#contract/contract.ts'
import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import { SendButtons } from '#renderer/components/button.tsx'
import { Choice } from '#renderer/components/choice.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import { Form } from '#renderer/components/form.tsx'
import { Notice } from '#renderer/components/notice.tsx'
import { KeptCopies } from '#renderer/features/shared/kept-copies.tsx'
import { usePastedValues } from '#renderer/features/shared/pasted-values.tsx'
import { RequestRefusal } from '#renderer/features/shared/request-refusal.tsx'
import { nameWithOrg } from '#renderer/features/shared/words.ts'
import { EditConflict } from './edit-conflict.tsx'
import { missingIn, type Remarks, remarksOn } from './field-remarks.ts'
import { focusField, orNull, probeIn, ServiceAppFields, typedIn } from './service-app-fields.tsx'

interface EditProps {
  readonly profileId: string
  /** The field to correct. */
  readonly field: string | null
  readonly onClose: () => void
}

export default function EditDialog({ profileId, field, onClose }: EditProps) {
  const { fleet } = useView()
  const ask = useAsk()
  const toaster = useToaster()
  const form = useRef<HTMLFormElement>(null)
  const [remarks, setRemarks] = useState<Remarks>({})
  const [refusal, setRefusal] = useState<RequestError | null>(null)
  const [busy, setBusy] = useState(false)
  const there = fleet.profiles.find(({ id }) => id === profileId) ?? null
  const [profile, setProfile] = useState(there)
  /** Another one: the fields begin with what somebody else has stored. */
  const [version, setVersion] = useState(0)
  const known = profile && {
    integrationClientIds: fleet.managers.flatMap(({ clientId }) => clientId ?? []),
    profiles: fleet.profiles.filter(({ id }) => id !== profileId),
    stored: { ...profile, orgName: profile.orgName ?? '' },
  }

  useEffect(() => {
    if (field !== null) focusField(form, field)
  }, [field])

  const check = () => {
    if (known !== null) setRemarks(remarksOn(typedIn(form), known))
  }
  const pasted = usePastedValues({ form, kind: 'edit', onFilled: check })

  if (profile === null || known === null) {
    return (
      <Dialog title="Edit service app" onClose={onClose}>
        <p>This service app has been removed.</p>
      </Dialog>
    )
  }

  const { unreadable, fix } = profile
  const isSecretLost =
    unreadable !== undefined && fix?.kind === 'edit-service-app' && fix.field === 'clientSecret'
  const save = async () => {
    if (busy) return
    const typed = typedIn(form)
    const wrong = {
      ...remarksOn(typed, known),
      ...missingIn(typed, !isSecretLost || pasted.ids.clientSecret !== undefined),
    }
    setRemarks(wrong)
    const first = Object.entries(wrong).find(([, remark]) => remark?.level === 'error')
    if (first !== undefined) return focusField(form, first[0])

    setBusy(true)
    setRefusal(null)
    const reply = await ask('service-app.edit', {
      profileId,
      name: typed.name,
      appId: typed.appId,
      clientId: typed.clientId,
      targetOrgId: typed.targetOrgId,
      orgName: orNull(typed.orgName),
      probe: probeIn(form),
      ...managerIn(form),
      clientSecret: orNull(typed.clientSecret),
      refreshToken: orNull(typed.refreshToken),
      pasted: { ...pasted.ids },
    })
    setBusy(false)
    if (!reply.ok) {
      setRefusal(reply.error)
      if (reply.error.field !== undefined) focusField(form, reply.error.field)
      return
    }
    form.current?.reset()
    toaster.say({
      level: 'success',
      text: `${nameWithOrg({ name: typed.name, orgName: orNull(typed.orgName) })} saved.`,
    })
    onClose()
  }

  return (
    <Dialog title={`Edit ${nameWithOrg(profile)}`} onClose={onClose}>
      <Form
        ref={form}
        onSend={() => void save()}
        onPaste={pasted.onPaste}
        onDrop={pasted.onDrop}
        onInput={(event) => pasted.onInput(event) || check()}
      >
        {pasted.notice}
        {profile.sentence !== null && (
          <Notice level="warning">
            <p>{profile.sentence}</p>
            {unreadable !== undefined && <KeptCopies {...unreadable} onTaken={onClose} />}
          </Notice>
        )}
        {refusal?.code === 'conflict' ? (
          <EditConflict
            before={profile}
            there={there}
            onTake={(next) => {
              setProfile(next)
              setVersion(version + 1)
              setRefusal(null)
              setRemarks({})
            }}
          />
        ) : (
          <RequestRefusal error={refusal} onLeave={onClose} />
        )}
        <ServiceAppFields
          key={version}
          initial={{
            name: profile.name,
            appId: profile.appId,
            clientId: profile.clientId,
            targetOrgId: profile.targetOrgId,
            orgName: profile.orgName ?? '',
            probe: profile.probe,
          }}
          remarks={remarks}
          secretKept={
            isSecretLost
              ? null
              : {
                  placeholder: '',
                  hint: 'Stored. Leave empty to keep it, or enter a new one to replace it.',
                }
          }
          withAccessToken={false}
          pasted={pasted.ids}
        />
        <ManagerChoice managers={fleet.managers} initial={profile.managerId} />
        <SendButtons words="Save" busy={busy} onCancel={onClose} />
      </Form>
    </Dialog>
  )
}

const THE_DEFAULT = ''

function ManagerChoice({
  managers,
  initial,
}: {
  readonly managers: readonly ManagerView[]
  readonly initial: string | null
}) {
  const [chosen, choose] = useState(initial ?? THE_DEFAULT)
  if (managers.length < 2) return null
  const standard = managers.find(({ isDefault }) => isDefault)?.name ?? 'none'
  return (
    <Choice
      label="Token manager"
      name="managerId"
      options={[
        [THE_DEFAULT, `Default (${standard})`],
        ...managers.map(({ id, name }) => [id, name] as const),
      ]}
      value={chosen}
      onChange={choose}
      hint="Issues new tokens when the refresh token cannot be used."
    />
  )
}

/** Nothing where the form has no choice: then it stays as it is. */
function managerIn(form: RefObject<HTMLFormElement | null>): { managerId?: string | null } {
  const field = form.current?.elements.namedItem('managerId')
  if (!(field instanceof HTMLSelectElement)) return {}
  return { managerId: field.value === THE_DEFAULT ? null : field.value }
}
