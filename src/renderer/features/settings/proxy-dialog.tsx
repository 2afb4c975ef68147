// Change the proxy and the sign-in for it. The password goes to main and never comes back.
import { useEffect, useRef, useState } from 'react'
import { PROXY_SETTINGS, type ProxyView } from '#contract/settings.ts'
import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import { SendButtons } from '#renderer/components/button.tsx'
import { Choice } from '#renderer/components/choice.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import { Field } from '#renderer/components/field.tsx'
import { Form, textOf, typedIn } from '#renderer/components/form.tsx'
import { Refusal } from '#renderer/components/notice.tsx'

type Mode = ProxyView['proxyMode']

export const proxyModes: Readonly<Record<Mode, string>> = {
  system: 'System',
  none: 'None',
  manual: 'Manual',
}

export const proxyHints: Readonly<Record<Mode, string>> = {
  system: 'Uses the settings of this computer, or of the environment of the app.',
  none: 'Connects directly, whatever the settings of this computer are.',
  manual: 'For Webex and the webhook.',
}

interface ProxyDialogProps {
  /** The focus goes there. */
  readonly atSignIn: boolean
  readonly onClose: () => void
}

export default function ProxyDialog({ atSignIn, onClose }: ProxyDialogProps) {
  const { proxy } = useView()
  const ask = useAsk()
  const toaster = useToaster()
  const form = useRef<HTMLFormElement>(null)
  const wanted = useRef<HTMLInputElement>(null)
  const [mode, choose] = useState(proxy.proxyMode)
  const [refusal, setRefusal] = useState<{ readonly field: string; readonly sentence: string } | null>(null)
  const [busy, setBusy] = useState(false)

  useEffect(() => {
    if (atSignIn) wanted.current?.focus()
  }, [atSignIn])

  const save = async () => {
    setBusy(true)
    const reply = await ask('proxy.save', {
      proxyMode: mode,
      proxyAddress: textOf(form.current, 'proxyAddress'),
      proxyBypass: textOf(form.current, 'proxyBypass'),
      user: textOf(form.current, 'proxyUser'),
      password: typedIn(form.current, 'proxyPassword') || null,
    })
    setBusy(false)
    if (!reply.ok) return setRefusal({ field: reply.error.field ?? '', sentence: reply.error.message })
    toaster.say({ level: 'success', text: 'Proxy saved.' })
    onClose()
  }
  const remark = (field: string) =>
    refusal?.field === field ? ({ level: 'error', sentence: refusal.sentence, alert: true } as const) : null

  const { signIn } = proxy
  return (
    <Dialog title="Change the proxy" onClose={onClose}>
      <Form ref={form} onSend={() => void save()}>
        <Choice
          label="Proxy"
          name="proxyMode"
          value={mode}
          options={PROXY_SETTINGS.proxyMode.choices.map((one) => [one, proxyModes[one]] as const)}
          hint={proxyHints[mode]}
          onChange={choose}
        />
        {mode === 'manual' && (
          <>
            <Field
              label="Proxy address"
              name="proxyAddress"
              mono
              initial={proxy.proxyAddress}
              placeholder="http://proxy.example.com:8080"
              hint="http://, https:// or socks5://, with its port."
              remark={remark('proxyAddress')}
            />
            <Field
              label="No proxy for"
              name="proxyBypass"
              mono
              optional
              initial={proxy.proxyBypass}
              placeholder="*.example.com, 10.0.0.0/8, <local>"
              hint="Hosts separated by commas. This computer itself never needs one."
              remark={remark('proxyBypass')}
            />
          </>
        )}
        {mode !== 'none' && (
          <>
            <Field
              ref={signIn?.rejected === true ? null : wanted}
              label="Proxy user name"
              name="proxyUser"
              optional
              initial={signIn?.user ?? ''}
              hint="Only where the proxy requires a sign-in. It is sent to this proxy alone."
              remark={remark('user')}
            />
            <Field
              ref={signIn?.rejected === true ? wanted : null}
              label="Proxy password"
              name="proxyPassword"
              secret
              optional
              placeholder={signIn === null ? '' : 'Saved'}
              hint="Encrypted with the tokens of this app. No backup contains it."
              remark={remark('password')}
            />
          </>
        )}
        <Refusal>{refusal?.field === '' ? refusal.sentence : null}</Refusal>
        <SendButtons words="Save proxy" busy={busy} onCancel={onClose} />
      </Form>
    </Dialog>
  )
}
