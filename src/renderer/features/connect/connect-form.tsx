// What to create in the developer portal, and the two values it gives.
import { useRef, useState } from 'react'
import type { ConnectView, ManagerView, RequestError } from '#contract/contract.ts'
import { SETTINGS, settingProblem } from '#contract/settings.ts'
import { useAsk, useView } from '#renderer/app/context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Field, type Remark } from '#renderer/components/field.tsx'
import { Form, textOf } from '#renderer/components/form.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice } from '#renderer/components/notice.tsx'
import { CopyText, TrackingId } from '#renderer/features/shared/copy-text.tsx'
import { PASTED_SECRET, usePastedValues } from '#renderer/features/shared/pasted-values.tsx'
import { RequestRefusal } from '#renderer/features/shared/request-refusal.tsx'
import styles from './connect-dialog.module.css'
import { integrationRemarks, REQUIRED_SCOPE } from './integration-remarks.ts'
import { WebexErrorPage } from './webex-error-page.tsx'

interface ConnectFormProps {
  readonly manager: ManagerView | null
  readonly failure: Extract<ConnectView, { kind: 'failed' }> | null
  /** Told with the flow's state as it was before. */
  readonly onBegun: (before: ConnectView) => void
  readonly onCancel: () => void
  readonly onPersonalToken: () => void
}

export function ConnectForm({ manager, failure, onBegun, onCancel, onPersonalToken }: ConnectFormProps) {
  const { connect, fleet, settings } = useView()
  const ask = useAsk()
  const form = useRef<HTMLFormElement>(null)
  const [remarks, setRemarks] = useState<Readonly<Record<string, Remark>>>({})
  const [refusal, setRefusal] = useState<RequestError | null>(null)
  const [busy, setBusy] = useState(false)
  const keepsSecret = manager?.kind === 'integration' && manager.unreadable === undefined

  const read = (name: string) => textOf(form.current, name)
  const check = () => {
    setRemarks(
      integrationRemarks(
        { clientId: read('clientId'), clientSecret: read('clientSecret') },
        fleet.profiles.map(({ clientId, name }) => ({ clientId, name })),
      ),
    )
  }
  const pasted = usePastedValues({ form, kind: 'connect', onFilled: check })
  const hasPasted = pasted.ids.clientSecret !== undefined

  const begin = async () => {
    if (busy) return
    const clientId = read('clientId')
    const clientSecret = read('clientSecret')
    const reuse = keepsSecret && clientSecret === '' && !hasPasted && clientId === manager.clientId
    const missing: Record<string, Remark> = {}
    if (clientId === '') missing.clientId = { level: 'error', sentence: 'The client ID is missing.' }
    if (clientSecret === '' && !reuse && !hasPasted) {
      missing.clientSecret = { level: 'error', sentence: 'The client secret is missing.' }
    }
    const port = Number(read('redirectPort'))
    const problem = settingProblem(SETTINGS.redirectPort, port)
    if (problem !== null) missing.redirectPort = { level: 'error', sentence: problem }
    setRemarks((known) => ({ ...known, ...missing }))
    if (Object.keys(missing).length > 0) return

    setBusy(true)
    setRefusal(null)
    if (port !== settings.redirectPort) {
      const saved = await ask('settings.save', { redirectPort: port })
      if (!saved.ok) {
        setBusy(false)
        return setRefusal(saved.error)
      }
    }
    const reply = await ask('connect.begin', {
      credentials: reuse ? null : { clientId, clientSecret: clientSecret === '' ? null : clientSecret },
      managerId: manager?.id ?? null,
      pasted: { ...pasted.ids },
    })
    setBusy(false)
    if (!reply.ok) return setRefusal(reply.error)
    form.current?.reset()
    onBegun(connect)
  }

  return (
    <Form
      ref={form}
      onSend={() => void begin()}
      onPaste={pasted.onPaste}
      onDrop={pasted.onDrop}
      onInput={(event) => pasted.onInput(event) || check()}
    >
      {pasted.notice}
      {failure !== null && (
        <Notice level="critical" title="Could not connect" alert>
          <p>{failure.sentence}</p>
          {failure.trackingId !== null && <TrackingId id={failure.trackingId} />}
        </Notice>
      )}
      {failure?.unanswered === true && <WebexErrorPage redirectUri={settings.redirectUri} />}
      <RequestRefusal error={refusal} onLeave={onCancel} />
      {manager === null && (
        <section className={styles.portalSteps}>
          <p>
            In the developer portal, create an <strong>Integration</strong> (not a service app) with:
          </p>
          <dl className={`${layout.sunken} ${styles.copyList}`}>
            <dt>Redirect URI</dt>
            <dd>
              <code className="cut">{settings.redirectUri}</code>
              <CopyText text={settings.redirectUri} label="Copy redirect URI" said="Redirect URI copied." />
            </dd>
            <dt>Scope</dt>
            <dd>
              <code className="cut">{REQUIRED_SCOPE}</code>
              <CopyText text={REQUIRED_SCOPE} label="Copy scope" said="Scope copied." />
            </dd>
          </dl>
          <p className="quiet">Already have one? Add this redirect URI to those it lists.</p>
          <Button
            icon="open"
            size={28}
            onPress={() => void ask('app.open-link', { link: 'developer-portal' })}
          >
            Open the developer portal
          </Button>
        </section>
      )}
      <Field
        label="Client ID"
        name="clientId"
        mono
        initial={manager?.clientId ?? ''}
        hint="The integration's, not a service app's."
        remark={remarks.clientId ?? null}
      />
      <Field
        label="Client secret"
        name="clientSecret"
        secret
        hint={
          keepsSecret
            ? 'Leave empty to use the stored secret.'
            : 'The portal shows it once. It is stored encrypted.'
        }
        remark={remarks.clientSecret ?? null}
        {...(hasPasted ? PASTED_SECRET : {})}
      />
      <details className={styles.advanced}>
        <summary>Advanced</summary>
        <Field
          label="Redirect port"
          name="redirectPort"
          initial={String(settings.redirectPort)}
          inputMode="numeric"
          hint="Must be the port in the integration's redirect URI."
          remark={remarks.redirectPort ?? null}
        />
      </details>
      <FormButtons>
        <Button kind="quiet" onPress={onPersonalToken}>
          Use a personal access token
        </Button>
        <span className="spring" />
        <Button onPress={onCancel}>Cancel</Button>
        <Button kind="primary" submit disabled={busy}>
          Authorize in browser
        </Button>
      </FormButtons>
    </Form>
  )
}
