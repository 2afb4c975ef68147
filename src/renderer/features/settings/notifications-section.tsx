// Desktop notifications, and the webhook for alerts: its secret never reaches the window.

import { useRef, useState } from 'react'
import { SETTINGS, type SettingsView } from '#contract/settings.ts'
import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Choice } from '#renderer/components/choice.tsx'
import { Field } from '#renderer/components/field.tsx'
import { Form, textOf } from '#renderer/components/form.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice } from '#renderer/components/notice.tsx'
import { Relative } from '#renderer/features/shared/time-left.tsx'
import { visible } from '#renderer/features/shared/words.ts'
import { Section, useSave } from './section.tsx'
import styles from './sections.module.css'

const words: Readonly<Record<SettingsView['notify'], string>> = {
  all: 'All: expiry, trouble and recovery',
  'needs-you': 'Only what needs you',
  none: 'None',
}

export function NotificationsSection() {
  const { settings } = useView()
  const save = useSave()
  return (
    <Section title="Notifications and webhook">
      <Choice
        label="Desktop notifications"
        name="notify"
        value={settings.notify}
        options={SETTINGS.notify.choices.map((one) => [one, words[one]] as const)}
        onChange={(notify) => void save({ notify })}
        hint="One for each root cause, none for success. What is wrong stays in sight in the window in any case."
      />
      <WebhookForm />
    </Section>
  )
}

function WebhookForm() {
  const { webhook } = useView().delivery
  const url = webhook.held ? null : webhook.url
  const ask = useAsk()
  const toaster = useToaster()
  const form = useRef<HTMLFormElement>(null)
  const [refusal, setRefusal] = useState<string | null>(null)

  const save = async (next: string | null) => {
    if (next === '') return setRefusal('Type the address, beginning with https.')
    const reply = await ask('webhook.save', { url: next })
    setRefusal(reply.ok ? null : reply.error.message)
    if (!reply.ok) return
    toaster.say({ level: 'success', text: next === null ? 'The webhook is off.' : 'The webhook is on.' })
  }

  const confirm = async () => {
    const reply = await ask('webhook.confirm', {})
    toaster.tell(reply, 'Webhook confirmed. Its new signing secret is copied: set it at the receiver.')
  }

  return (
    <Form
      ref={form}
      className={`${layout.form} ${styles.webhook}`}
      onSend={() => void save(textOf(form.current, 'webhookUrl'))}
    >
      {webhook.held && (
        <Notice
          level="warning"
          title="This webhook needs your confirmation"
          action={
            <>
              <Button size={28} onPress={() => void confirm()}>
                Confirm webhook
              </Button>
              <Button size={28} onPress={() => void save(null)}>
                Remove webhook
              </Button>
            </>
          }
        >
          <p>
            It came with a backup, or from data that was not protected. Nothing is sent to it until you
            confirm it. Others may know its signing secret, so confirming creates and copies a new one: set it
            at the receiver.
          </p>
          <p className="mono whole">{visible(webhook.url ?? '')}</p>
        </Notice>
      )}
      <Field
        key={url}
        label="Webhook URL"
        name="webhookUrl"
        mono
        initial={url ?? ''}
        placeholder="https://example.com/hooks/tokens"
        hint="Gets alerts and recoveries as JSON: names and times, never a token. Signed with HMAC-SHA256."
        remark={refusal === null ? null : { level: 'error', sentence: refusal }}
      />
      <FormButtons>
        <Button submit>{url === null ? 'Use webhook' : 'Change webhook'}</Button>
        {url !== null && <Button onPress={() => void save(null)}>Turn off webhook</Button>}
      </FormButtons>
      {url !== null && <WebhookInUse />}
    </Form>
  )
}

/** Its secret, and whether it works. */
function WebhookInUse() {
  const { last } = useView().delivery.webhook
  const { open } = useDialogs()
  const ask = useAsk()
  const toaster = useToaster()
  const [busy, setBusy] = useState(false)
  const [tested, setTested] = useState<{ readonly delivered: boolean; readonly sentence: string } | null>(
    null,
  )

  const copySecret = async () => {
    const reply = await ask('webhook.copy-secret', {})
    toaster.tell(reply, 'Signing secret copied.')
  }
  const test = async () => {
    setBusy(true)
    const reply = await ask('webhook.test', {})
    setBusy(false)
    setTested(reply.ok ? reply.value : { delivered: false, sentence: reply.error.message })
  }

  return (
    <>
      <dl className={layout.values}>
        <dt>Signing secret</dt>
        <dd>
          <span aria-hidden="true">••••••••</span>
          <Button size={28} label="Copy signing secret" onPress={() => void copySecret()}>
            Copy
          </Button>
          <Button
            size={28}
            label="Renew signing secret"
            onPress={() => open({ kind: 'renew-webhook-secret' })}
          >
            Renew…
          </Button>
        </dd>
        <dt>Last delivery</dt>
        <dd>
          {last === null ? (
            <span className="quiet">Nothing was sent yet</span>
          ) : (
            <span className={last.delivered ? undefined : 'bad-words'}>
              {last.delivered ? 'Delivered' : 'Failed'} <Relative at={last.at} />
              {last.delivered ? '' : `: ${last.sentence}`}
            </span>
          )}
        </dd>
      </dl>
      <FormButtons>
        <Button disabled={busy} onPress={() => void test()}>
          Send a test
        </Button>
        {busy && <output className="quiet small">Sending…</output>}
      </FormButtons>
      <div role="status">
        {tested !== null && (
          <Notice level={tested.delivered ? 'success' : 'critical'}>{tested.sentence}</Notice>
        )}
      </div>
    </>
  )
}
