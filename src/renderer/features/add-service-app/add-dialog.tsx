// Add service app: four values, checked while they are typed; saving issues the first token.
import { type FormEvent, useEffect, useRef, useState } from 'react'
import { commonName } from '#base/common/common-name.ts'
import { isolated } from '#base/common/display-text.ts'
import type { ProfileView, RequestError } from '#contract/contract.ts'
import { useAsk, useToaster, useView, useViewStateStore } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Choice } from '#renderer/components/choice.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import { Form, putText, textOf } from '#renderer/components/form.tsx'
import { Notice } from '#renderer/components/notice.tsx'
import { saidOf } from '#renderer/features/shared/actions.tsx'
import { usePastedValues } from '#renderer/features/shared/pasted-values.tsx'
import { RequestRefusal } from '#renderer/features/shared/request-refusal.tsx'
import { byName, nameWithOrg, plural } from '#renderer/features/shared/words.ts'
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
  const [suggested, setSuggested] = useState(() => (like === null ? '' : nameForOrg(like, '')))

  useEffect(() => focusField(form, like === null ? 'name' : 'targetOrgId'), [like])

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
      const next = nameForOrg(like, field.value.trim())
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
        <AppChoice profiles={fleet.profiles} like={like} />
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
                  hint: `Same as ${isolated(like.name)}. A new one replaces it for ${sharers(like, fleet.profiles)}.`,
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

/** More would be no list to choose from; their groups have the same in their menus. */
const MOST_APPS = 100

/** A new service app, or another customer of one that is here, which then has to be typed no more. */
function AppChoice({
  profiles,
  like,
}: {
  readonly profiles: readonly ProfileView[]
  readonly like: ProfileView | null
}) {
  const { open } = useDialogs()
  // As they were when the dialog opened.
  const [apps] = useState(() => appsOf(profiles))
  if (apps.length === 0 || apps.length > MOST_APPS) return null
  const chosen = apps.find(({ appId }) => appId === like?.appId)
  return (
    <Choice
      label="Service app"
      name="app"
      value={chosen?.id ?? ''}
      options={[['', 'New service app'], ...apps.map(({ id, words }) => [id, words] as const)]}
      onChange={(id) => open({ kind: 'add', likeProfileId: id === '' ? null : id })}
      hint="For another customer of an app that is here, only the org is needed."
    />
  )
}

function appsOf(profiles: readonly ProfileView[]) {
  const apps = new Map<string, ProfileView[]>()
  for (const profile of profiles) {
    if (profile.unreadable !== undefined) continue
    const members = apps.get(profile.appId)
    if (members === undefined) apps.set(profile.appId, [profile])
    else members.push(profile)
  }
  return [...apps]
    .flatMap(([appId, members]) => {
      const name = commonName(members.map((each) => each.name))
      const words = `${name} · ${plural(members.length, 'customer')}`
      return members.slice(0, 1).map(({ id }) => ({ id, appId, name, words }))
    })
    .toSorted(byName)
}

function sharers({ clientId }: ProfileView, profiles: readonly ProfileView[]): string {
  const count = profiles.filter((each) => each.clientId === clientId).length
  return count === 1 ? 'both' : `all ${plural(count, 'customer')} as well`
}
