// Desktop notifications, and the webhook for alerts: its secret never reaches the window.
import { useState } from 'react'
import { SETTINGS, type SettingsView } from '#contract/settings.ts'
import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Choice } from '#renderer/components/choice.tsx'
import { SavedField } from '#renderer/components/field.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice } from '#renderer/components/notice.tsx'
import { Relative } from '#renderer/features/shared/time-left.tsx'
import { visible } from '#renderer/features/shared/words.ts'
import { Card } from './card.tsx'
import { useChange, useRefusal, useSave } from './saving.tsx'

const words: Readonly<Record<SettingsView['notify'], string>> = {
  all: 'All: expiry, problems and recovery',
  'needs-you': 'Only what needs attention',
  none: 'None',
}

export function NotificationsSection() {
  const { settings } = useView()
  const save = useSave()
  return (
    <>
      <Card title="Notifications">
        <Choice
          label="Desktop notifications"
          name="notify"
          value={settings.notify}
          options={SETTINGS.notify.choices.map((one) => [one, words[one]] as const)}
          onChange={(notify) => save('Desktop notifications', { notify })}
          hint="One for each cause. Renewals that work are not reported. Problems are always shown in the window."
        />
      </Card>
      <Card title="Webhook">
        <Webhook />
      </Card>
    </>
  )
}

const URL_LABEL = 'Webhook URL'

function Webhook() {
  const { url, held } = useView().delivery.webhook
  const ask = useAsk()
  const change = useChange()
  const refuse = useRefusal()
  if (held && url !== null) return <HeldWebhook url={url} />
  const save = (next: string | null) =>
    change({
      what: URL_LABEL,
      apply: () => ask('webhook.save', { url: next }),
      undo: () => ask('webhook.save', { url }),
    })
  return (
    <>
      <SavedField
        label={URL_LABEL}
        name="webhookUrl"
        mono
        value={url ?? ''}
        placeholder="https://example.com/hooks/tokens"
        hint="Receives alerts and recoveries as JSON: names and times, never a token. Signed with HMAC-SHA256."
        onSave={(text) => save(text === '' ? null : text)}
      />
      {url !== null && (
        <>
          <WebhookInUse />
          <FormButtons>
            <Button onPress={() => void save(null).then(refuse)}>Turn off webhook</Button>
          </FormButtons>
        </>
      )}
    </>
  )
}

function HeldWebhook({ url }: { readonly url: string }) {
  const ask = useAsk()
  const toaster = useToaster()
  const { open } = useDialogs()
  const confirm = async () => {
    const reply = await ask('webhook.confirm', {})
    toaster.tell(reply, 'Webhook confirmed. Its new signing secret is copied: set it at the receiver.')
  }
  return (
    <Notice
      level="warning"
      title="Confirm this webhook"
      action={
        <>
          <Button size={28} onPress={() => void confirm()}>
            Confirm webhook
          </Button>
          <Button size={28} onPress={() => open({ kind: 'remove-webhook' })}>
            Remove webhook…
          </Button>
        </>
      }
    >
      <p>
        It came with a backup, or from data that was not protected. Nothing is sent to it until you confirm
        it. Others may know its signing secret, so confirming creates and copies a new one: set it at the
        receiver.
      </p>
      <p className="mono whole">{visible(url)}</p>
    </Notice>
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
            <span className="quiet">Nothing sent yet</span>
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
