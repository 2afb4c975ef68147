// Which Webex, the port its browser page comes back to, and the proxy on the way there.
import { useRef, useState } from 'react'
import { cloudOf, SETTINGS, settingProblem, WEBEX_BASE_URLS } from '#contract/settings.ts'
import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Choice } from '#renderer/components/choice.tsx'
import { Field } from '#renderer/components/field.tsx'
import { Form, textOf } from '#renderer/components/form.tsx'
import { Notice } from '#renderer/components/notice.tsx'
import { ProxyForm } from './proxy-form.tsx'
import { Section } from './section.tsx'

type Cloud = ReturnType<typeof cloudOf>

const clouds = [
  ['commercial', 'Commercial (webexapis.com)'],
  ['government', 'Government (api-usgov.webex.com)'],
  ['custom', 'Another address'],
] as const

export function CloudSection() {
  const { settings, app } = useView()
  const ask = useAsk()
  const toaster = useToaster()
  const form = useRef<HTMLFormElement>(null)
  const [chosen, choose] = useState<Cloud | null>(null)
  const [refusals, setRefusals] = useState<Readonly<Record<string, string>>>({})
  const cloud = chosen ?? cloudOf(settings.baseUrl)

  const save = async () => {
    const port = Number(textOf(form.current, 'redirectPort'))
    const problem = settingProblem(SETTINGS.redirectPort, port)
    if (problem !== null) return setRefusals({ redirectPort: problem })
    const typed = textOf(form.current, 'baseUrl')
    const baseUrl = cloud === 'custom' ? typed : WEBEX_BASE_URLS[cloud]
    const reply = await ask('settings.save', {
      redirectPort: port,
      ...(settings.baseUrlLocked ? {} : { baseUrl }),
    })
    if (!reply.ok) return setRefusals({ [reply.error.field ?? 'baseUrl']: reply.error.message })
    setRefusals({})
    choose(null)
    toaster.say({ level: 'success', text: 'Saved.' })
  }
  const remark = (name: string) => {
    const sentence = refusals[name]
    return sentence === undefined ? null : ({ level: 'error', sentence } as const)
  }

  return (
    <Section title="Webex cloud and proxy">
      <Form ref={form} onSend={() => void save()}>
        {settings.baseUrlLocked ? (
          <Notice level="information" title={app.simulated ? 'Simulated Webex' : 'Set from outside'}>
            <span className="mono">{settings.baseUrl}</span>
            <p className="quiet">
              {app.simulated
                ? 'The demo always speaks to its own Webex.'
                : 'SATM_WEBEX_BASE_URL names the cloud.'}
            </p>
          </Notice>
        ) : (
          <>
            <Choice label="Cloud" name="cloud" options={clouds} value={cloud} onChange={choose} />
            {cloud === 'custom' && (
              <Field
                label="Base URL"
                name="baseUrl"
                mono
                initial={cloudOf(settings.baseUrl) === 'custom' ? settings.baseUrl : ''}
                placeholder={WEBEX_BASE_URLS.commercial}
                hint="https, or plain http to this computer only."
                remark={remark('baseUrl')}
              />
            )}
            {cloud !== 'custom' && remark('baseUrl') !== null && (
              <Notice level="critical">{refusals.baseUrl}</Notice>
            )}
            {cloud === 'government' && (
              <Notice level="warning">
                The Applications API is reported missing there: only tier 1, the refresh grant, can renew a
                token.
              </Notice>
            )}
          </>
        )}
        <Field
          key={settings.redirectPort}
          label="Redirect port"
          name="redirectPort"
          initial={String(settings.redirectPort)}
          inputMode="numeric"
          hint={
            <>
              The integration's redirect URI must then be <code>{settings.redirectUri}</code>
            </>
          }
          remark={remark('redirectPort')}
        />
        <FormButtons>
          <Button submit>Save</Button>
        </FormButtons>
      </Form>
      <ProxyForm />
    </Section>
  )
}
