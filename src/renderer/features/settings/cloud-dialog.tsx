// Change the Webex cloud: asked first, since credentials are sent to it.
import { useRef, useState } from 'react'
import { cloudOf, WEBEX_BASE_URLS } from '#contract/settings.ts'
import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import { SendButtons } from '#renderer/components/button.tsx'
import { Choice } from '#renderer/components/choice.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import { Field } from '#renderer/components/field.tsx'
import { Form, textOf } from '#renderer/components/form.tsx'
import { Notice, Refusal } from '#renderer/components/notice.tsx'

type Cloud = ReturnType<typeof cloudOf>

export const cloudNames: Readonly<Record<Cloud, string>> = {
  commercial: 'Commercial',
  government: 'Government',
  custom: 'Custom address',
}

const clouds = [
  ['commercial', 'Commercial (webexapis.com)'],
  ['government', 'Government (api-usgov.webex.com)'],
  ['custom', 'Custom address'],
] as const

export default function CloudDialog({ onClose }: { readonly onClose: () => void }) {
  const { settings } = useView()
  const ask = useAsk()
  const toaster = useToaster()
  const form = useRef<HTMLFormElement>(null)
  const [cloud, choose] = useState<Cloud>(cloudOf(settings.baseUrl))
  const [refusal, setRefusal] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)

  const save = async () => {
    const baseUrl = cloud === 'custom' ? textOf(form.current, 'baseUrl') : WEBEX_BASE_URLS[cloud]
    setBusy(true)
    const reply = await ask('settings.save', { baseUrl })
    setBusy(false)
    if (!reply.ok) return setRefusal(reply.error.message)
    toaster.say({ level: 'success', text: `Webex cloud changed: ${cloudNames[cloud]}` })
    onClose()
  }

  return (
    <Dialog title="Change the Webex cloud" onClose={onClose}>
      <Form ref={form} onSend={() => void save()}>
        <p>
          Client secrets and tokens are sent to this address from now on. It can be changed while no service
          app and no token manager is stored.
        </p>
        <Choice
          label="Cloud"
          name="cloud"
          options={clouds}
          value={cloud}
          onChange={(chosen) => {
            choose(chosen)
            setRefusal(null)
          }}
        />
        {cloud === 'custom' ? (
          <Field
            label="Base URL"
            name="baseUrl"
            mono
            initial={cloudOf(settings.baseUrl) === 'custom' ? settings.baseUrl : ''}
            placeholder={WEBEX_BASE_URLS.commercial}
            hint="https, or plain http to this computer only."
            remark={refusal === null ? null : { level: 'error', sentence: refusal, alert: true }}
          />
        ) : (
          <Refusal>{refusal}</Refusal>
        )}
        {cloud === 'government' && <GovernmentNotice />}
        <SendButtons words="Change cloud" busy={busy} onCancel={onClose} />
      </Form>
    </Dialog>
  )
}

export function GovernmentNotice() {
  return (
    <Notice level="warning">
      The Applications API is reported to be missing there. Only tier 1, the refresh grant, can renew a token.
    </Notice>
  )
}
