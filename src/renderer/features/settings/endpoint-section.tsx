// Tokens for programs of this computer, by HTTP on the loopback: off unless somebody wants it.
import { ENDPOINT_SETTINGS } from '#contract/settings.ts'
import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { Toggle } from '#renderer/components/choice.tsx'
import { NumberField } from '#renderer/components/field.tsx'
import { FormButtons } from '#renderer/components/form.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice } from '#renderer/components/notice.tsx'
import { CopyText } from '#renderer/features/shared/copy-text.tsx'
import { Consumers } from './consumers.tsx'
import { Section } from './section.tsx'

export function EndpointSection() {
  const { endpoint } = useView().delivery
  const { on, port, listening, problem, consumers } = endpoint
  const ask = useAsk()
  const toaster = useToaster()
  const { open } = useDialogs()
  const address = `http://127.0.0.1:${port}/v1/token/`

  const save = async (next: { readonly on: boolean; readonly port: number }) => {
    const reply = await ask('endpoint.save', next)
    if (!reply.ok) toaster.say({ level: 'critical', text: reply.error.message })
    return reply.ok
  }

  return (
    <Section title="Local endpoint">
      <Toggle
        label="Answer programs on this computer"
        checked={on}
        hint="A program that knows the secret of a consumer gets the current token of a service app."
        onChange={(next) => void save({ on: next, port })}
      />
      {problem !== null && <Notice level="warning">{problem}</Notice>}
      {listening && (
        <dl className={layout.values}>
          <dt>Address</dt>
          <dd>
            <span className="mono cut" title={`${address}<name or ID>`}>
              {address}
              <span className="quiet">{'<name or ID>'}</span>
            </span>
            <CopyText text={address} label="Copy address of the endpoint" said="Address copied." />
          </dd>
        </dl>
      )}
      <NumberField
        label="Endpoint port"
        value={port}
        range={ENDPOINT_SETTINGS.endpointPort}
        hint="Nothing outside this computer can reach it."
        onChange={(next) => save({ on, port: next })}
      />
      <Consumers consumers={consumers} />
      <FormButtons>
        <Button icon="add" onPress={() => open({ kind: 'add-consumer' })}>
          Add consumer
        </Button>
      </FormButtons>
    </Section>
  )
}
