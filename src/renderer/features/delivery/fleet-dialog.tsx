// Adds a fleet delivery, or changes one: for whom, the kind and its template, then who would get what.
import { useState } from 'react'
import { commonName } from '#base/common/common-name.ts'
import { isolated } from '#base/common/display-text.ts'
import type { FleetDeliveryView, Input, ProfileView, Replies, RequestError } from '#contract/contract.ts'
import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Choice } from '#renderer/components/choice.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice, Refusal } from '#renderer/components/notice.tsx'
import { plural, visible } from '#renderer/features/shared/words.ts'
import styles from './fleet-deliveries.module.css'
import { TargetForms } from './target-forms.tsx'

interface FleetDialogProps {
  /** null: a new one. */
  readonly delivery: FleetDeliveryView | null
  /** Of a new one; null: for all service apps. */
  readonly forAppId?: string | null
  readonly onClose: () => void
}

const ALL = ''
/** No App ID: its service app is not there any more, and saving must not make it one for all. */
const REMOVED = 'removed'

interface Previewed {
  readonly input: Input<'fleet-delivery.preview'>
  readonly found: Replies['fleet-delivery.preview']
}

export default function FleetDialog({ delivery, forAppId = null, onClose }: FleetDialogProps) {
  const { fleet } = useView()
  const ask = useAsk()
  const isOfRemoved = delivery !== null && delivery.appId === null && delivery.appName !== null
  const [appId, setAppId] = useState(
    isOfRemoved ? REMOVED : ((delivery === null ? forAppId : delivery.appId) ?? ALL),
  )
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<RequestError | null>(null)
  const [previewed, setPreviewed] = useState<Previewed | null>(null)
  const preview = async (target: Input<'fleet-delivery.preview'>['target']) => {
    setBusy(true)
    setRefusal(null)
    const input = { id: delivery?.id ?? null, appId: appId === ALL ? null : appId, target }
    const reply = await ask('fleet-delivery.preview', input)
    setBusy(false)
    if (reply.ok) setPreviewed({ input, found: reply.value })
    else setRefusal(reply.error)
  }
  return (
    <Dialog title={delivery === null ? 'Add fleet delivery' : 'Edit fleet delivery'} onClose={onClose}>
      {/* What was typed stays while it is looked at. */}
      <div hidden={previewed !== null}>
        <div className={layout.form}>
          <Choice
            label="For"
            name="appId"
            options={[
              ...(isOfRemoved ? [[REMOVED, 'A removed service app'] as const] : []),
              [ALL, 'All service apps, including future ones'],
              ...appsOf(fleet.profiles),
            ]}
            value={appId}
            onChange={setAppId}
          />
          <p className="quiet small">
            Write {PLACEHOLDERS} into the path or the command: each customer gets its own.
          </p>
          <TargetForms
            legend="Deliver new tokens to"
            initial={delivery?.spec ?? null}
            targetId={null}
            template={{ appId: appId === ALL ? null : appId }}
            saving={{ busy, refusal, save: preview }}
            saveWords="Preview"
            onClose={onClose}
          />
        </div>
      </div>
      {previewed !== null && <Preview {...previewed} onBack={() => setPreviewed(null)} onClose={onClose} />}
    </Dialog>
  )
}

const PLACEHOLDERS = '{app}, {customer} or {orgId}'

function appsOf(profiles: readonly ProfileView[]): readonly (readonly [string, string])[] {
  const byApp = new Map<string, string[]>()
  for (const { appId, name } of profiles) {
    const names = byApp.get(appId)
    if (names === undefined) byApp.set(appId, [name])
    else names.push(name)
  }
  return [...byApp].map(([appId, names]) => [
    appId,
    `${isolated(visible(commonName(names)))} (${plural(names.length, 'customer')})`,
  ])
}

interface PreviewProps extends Previewed {
  readonly onBack: () => void
  readonly onClose: () => void
}

function Preview({ input, found, onBack, onClose }: PreviewProps) {
  const ask = useAsk()
  const toaster = useToaster()
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<string | null>(null)
  const { customers, first, problem } = found
  const save = async () => {
    setBusy(true)
    const reply = await ask('fleet-delivery.save', input)
    setBusy(false)
    if (!reply.ok) return setRefusal(reply.error.message)
    onClose()
    toaster.say({ level: 'success', text: `Delivering to ${plural(customers, 'customer')}.` })
  }
  return (
    <div className={layout.form}>
      <Refusal>{refusal}</Refusal>
      {problem !== null && (
        <Notice level="critical" alert>
          {problem}
        </Notice>
      )}
      <p>
        {plural(customers, 'customer')} now
        {input.appId === null
          ? ', and each service app that is added later.'
          : ', and each that is added later.'}
      </p>
      <ul className={styles.places} aria-label="Places">
        {first.map(({ profileId, name, place }) => (
          <li key={profileId}>
            <span>{visible(name)}</span>
            <span className="mono small whole selectable">{visible(place)}</span>
          </li>
        ))}
        {customers > first.length && <li className="quiet small">… and {customers - first.length} more</li>}
      </ul>
      <FormButtons>
        <Button onPress={onBack}>Back</Button>
        <span className="spring" />
        <Button onPress={onClose}>Cancel</Button>
        <Button
          kind="primary"
          disabled={busy || problem !== null || customers === 0}
          onPress={() => void save()}
        >
          {`Deliver to ${plural(customers, 'customer')}`}
        </Button>
      </FormButtons>
    </div>
  )
}
