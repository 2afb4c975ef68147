// Delivery: how programs on this computer get tokens, by HTTP on the loopback and by the command line, and what is
// delivered for many customers.
import { ENDPOINT_SETTINGS } from '#contract/settings.ts'
import { useAsk, useView } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Toggle } from '#renderer/components/choice.tsx'
import { NumberField } from '#renderer/components/field.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice } from '#renderer/components/notice.tsx'
import { FleetDeliveries } from '#renderer/features/delivery/fleet-deliveries.tsx'
import { CopyText, CopyValue } from '#renderer/features/shared/copy-text.tsx'
import { aliasLine } from './alias-line.ts'
import { Card } from './card.tsx'
import { Consumers } from './consumers.tsx'
import { useChange, useRefusal } from './saving.tsx'

const ANSWER = 'Answer programs on this computer'
const PORT = 'Endpoint port'

export function DeliverySection() {
  return (
    <>
      <LocalEndpoint />
      <Fleet />
      <CommandLine />
    </>
  )
}

function Fleet() {
  const { open } = useDialogs()
  return (
    <Card title="Fleet deliveries">
      <FleetDeliveries />
      <FormButtons>
        <Button icon="add" onPress={() => open({ kind: 'add-fleet-delivery', appId: null })}>
          Add fleet delivery
        </Button>
      </FormButtons>
    </Card>
  )
}

function LocalEndpoint() {
  const { endpoint } = useView().delivery
  const { on, port, listening, problem, consumers } = endpoint
  const ask = useAsk()
  const change = useChange()
  const refuse = useRefusal()
  const { open } = useDialogs()
  const address = `http://127.0.0.1:${port}/v1/token/`

  const save = (what: string, next: { readonly on: boolean; readonly port: number }) =>
    change({
      what,
      apply: () => ask('endpoint.save', next),
      undo: () => ask('endpoint.save', { on, port }),
    })

  return (
    <Card title="Local endpoint">
      <Toggle
        label={ANSWER}
        checked={on}
        hint="A program with a consumer's secret gets the current tokens of its service apps."
        onChange={(next) => void save(ANSWER, { on: next, port }).then(refuse)}
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
        label={PORT}
        name="endpointPort"
        value={port}
        range={ENDPOINT_SETTINGS.endpointPort}
        hint="It cannot be reached from other computers."
        onSave={(next) => save(PORT, { on, port: next })}
      />
      <Consumers consumers={consumers} />
      <FormButtons>
        <Button icon="add" onPress={() => open({ kind: 'add-consumer' })}>
          Add consumer
        </Button>
      </FormButtons>
    </Card>
  )
}

function CommandLine() {
  const { delivery, app } = useView()
  const { command, socket, problem } = delivery.commandLine
  const alias = command === 'satm' ? null : aliasLine(command, app.platform)
  return (
    <Card title="Command line">
      <p className="quiet">
        <code>satm</code> uses this app while it runs: <code>satm list</code>,{' '}
        <code>satm token &lt;name&gt;</code>, <code>satm exec &lt;name&gt; -- command</code>.
      </p>
      {problem !== null && <Notice level="warning">{problem}</Notice>}
      <dl className={layout.values}>
        <CopyValue term="Command" label="Copy command" text={command} />
        {alias !== null && <CopyValue term="Alias line" label="Copy alias line" text={alias} />}
        {socket !== null && <CopyValue term="Socket" label="Copy socket" text={socket} />}
      </dl>
      <p className="quiet small">
        {alias !== null && "Add the alias line to your shell's profile. "}Only your own user can open the
        socket.
      </p>
    </Card>
  )
}
