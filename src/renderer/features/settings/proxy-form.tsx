// The proxy on the way to Webex, and the sign-in for it. The password goes to main and never comes back.
import { useEffect, useRef, useState } from 'react'
import { PROXY_SETTINGS, type ProxyView } from '#contract/settings.ts'
import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import { forgetPart, useRoute } from '#renderer/app/route.ts'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Choice } from '#renderer/components/choice.tsx'
import { Field } from '#renderer/components/field.tsx'
import { Form, textOf, typedIn } from '#renderer/components/form.tsx'
import { Notice } from '#renderer/components/notice.tsx'

const words: Readonly<Record<ProxyView['proxyMode'], string>> = {
  system: 'System',
  none: 'None',
  manual: 'Manual',
}

const hints: Readonly<Record<ProxyView['proxyMode'], string>> = {
  system: 'As this computer or the environment of the app is set up.',
  none: 'Connects directly, whatever this computer is set up for.',
  manual: 'For Webex and the webhook.',
}

type SignIn = NonNullable<ProxyView['signIn']>

export function ProxyForm() {
  const { proxy } = useView()
  const ask = useAsk()
  const toaster = useToaster()
  const form = useRef<HTMLFormElement>(null)
  const wanted = useRef<HTMLInputElement>(null)
  const route = useRoute()
  const isWanted = route.screen === 'settings' && route.part === 'proxy'
  const [chosen, choose] = useState<ProxyView['proxyMode'] | null>(null)
  const [refusal, setRefusal] = useState<{ readonly field: string; readonly sentence: string } | null>(null)
  const [isTesting, setTesting] = useState(false)
  const [saves, setSaves] = useState(0)
  const mode = chosen ?? proxy.proxyMode

  useEffect(() => {
    if (!isWanted) return
    wanted.current?.focus()
    form.current?.scrollIntoView({ block: 'center' })
    forgetPart()
  }, [isWanted])

  const save = async () => {
    const reply = await ask('proxy.save', {
      proxyMode: mode,
      proxyAddress: textOf(form.current, 'proxyAddress'),
      proxyBypass: textOf(form.current, 'proxyBypass'),
      user: textOf(form.current, 'proxyUser'),
      password: typedIn(form.current, 'proxyPassword') || null,
    })
    if (!reply.ok) return setRefusal({ field: reply.error.field ?? '', sentence: reply.error.message })
    setRefusal(null)
    choose(null)
    setSaves(saves + 1)
    toaster.say({ level: 'success', text: 'Proxy saved.' })
  }
  const test = async () => {
    if (isTesting) return
    setTesting(true)
    const reply = await ask('proxy.test', {})
    setTesting(false)
    if (!reply.ok) return toaster.say({ level: 'critical', text: reply.error.message })
    const { reached, sentence } = reply.value
    toaster.say({ level: reached ? 'success' : 'warning', text: sentence })
  }
  const forget = async () => {
    const reply = await ask('proxy.forget-sign-in', {})
    if (reply.ok) setSaves(saves + 1)
    toaster.tell(reply, 'Proxy sign-in removed.')
  }
  const remark = (field: string) =>
    refusal?.field === field ? ({ level: 'error', sentence: refusal.sentence } as const) : null

  const { signIn } = proxy
  return (
    <Form ref={form} onSend={() => void save()}>
      <Choice
        label="Proxy"
        name="proxyMode"
        value={mode}
        options={PROXY_SETTINGS.proxyMode.choices.map((one) => [one, words[one]] as const)}
        hint={hints[mode]}
        onChange={choose}
      />
      {mode === 'manual' && (
        <>
          <Field
            key={`address ${proxy.proxyAddress}`}
            label="Proxy address"
            name="proxyAddress"
            mono
            initial={proxy.proxyAddress}
            placeholder="http://proxy.example.com:8080"
            hint="http://, https:// or socks5://, with its port."
            remark={remark('proxyAddress')}
          />
          <Field
            key={`bypass ${proxy.proxyBypass}`}
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
            key={`user ${saves}`}
            ref={signIn?.rejected === true ? null : wanted}
            label="Proxy user name"
            name="proxyUser"
            optional
            initial={signIn?.user ?? ''}
            hint="Only where the proxy requires a sign-in. It is sent to this proxy alone."
            remark={remark('user')}
          />
          <Field
            key={`password ${saves}`}
            ref={signIn?.rejected === true ? wanted : null}
            label="Proxy password"
            name="proxyPassword"
            secret
            optional
            placeholder={signIn === null ? '' : 'Saved'}
            hint="Encrypted with the tokens of this app. No backup has it."
            remark={remark('password')}
          />
        </>
      )}
      {signIn !== null && <SavedSignIn signIn={signIn} onForget={() => void forget()} />}
      {refusal?.field === '' && (
        <Notice level="critical" alert>
          {refusal.sentence}
        </Notice>
      )}
      <FormButtons>
        <Button submit>Save proxy</Button>
        <Button onPress={() => void test()} disabled={isTesting}>
          Test connection
        </Button>
      </FormButtons>
    </Form>
  )
}

function SavedSignIn({ signIn, onForget }: { readonly signIn: SignIn; readonly onForget: () => void }) {
  return (
    <Notice
      level={signIn.rejected ? 'warning' : 'information'}
      title={signIn.rejected ? 'The proxy rejected this sign-in' : 'Sign-in saved'}
      action={
        <Button size={28} onPress={onForget}>
          Remove sign-in
        </Button>
      }
    >
      <span className="mono whole">{signIn.proxy}</span>
      {signIn.rejected && (
        <p>
          It is not sent automatically any more, since repeated attempts could lock the account. Enter the
          current password.
        </p>
      )}
    </Notice>
  )
}
