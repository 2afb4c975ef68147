// How programs of this computer get tokens: by HTTP on the loopback, off unless somebody wants it, and by the command line.
import { ENDPOINT_SETTINGS } from '#contract/settings.ts'
import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Toggle } from '#renderer/components/choice.tsx'
import { NumberField } from '#renderer/components/field.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice } from '#renderer/components/notice.tsx'
import { CopyText, CopyValue } from '#renderer/features/shared/copy-text.tsx'
import { aliasLine } from './alias-line.ts'
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

export function CommandLineSection() {
  const { delivery, app } = useView()
  const { command, socket, problem } = delivery.commandLine
  const alias = command === 'satm' ? null : aliasLine(command, app.platform)
  return (
    <Section title="Command line">
      <p className="quiet">
        <code>satm</code> speaks to this app while it runs: <code>satm list</code>,{' '}
        <code>satm token &lt;name&gt;</code>, <code>satm exec &lt;name&gt; -- command</code>.
      </p>
      {problem !== null && <Notice level="warning">{problem}</Notice>}
      <dl className={layout.values}>
        <CopyValue term="Command" label="Copy command" text={command} />
        {alias !== null && <CopyValue term="Alias line" label="Copy alias line" text={alias} />}
        {socket !== null && <CopyValue term="Socket" label="Copy socket" text={socket} />}
      </dl>
      <p className="quiet small">
        {alias !== null && "Put the alias line into your shell's profile. "}Only your own user can open the
        socket.
      </p>
    </Section>
  )
}
