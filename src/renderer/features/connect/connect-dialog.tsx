// Connect integration: what to create, its credentials, the wait for the browser, and how it went. Main drives the flow.
import { useEffect, useState } from 'react'
import { isolated } from '#base/common/display-text.ts'
import type { ConnectView } from '#contract/contract.ts'
import { useAsk, useView } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import { Icon } from '#renderer/components/icon.tsx'
import layout from '#renderer/components/layout.module.css'
import styles from './connect-dialog.module.css'
import { ConnectForm } from './connect-form.tsx'
import { PersonalTokenForm } from './personal-token-form.tsx'
import { WaitingStep } from './waiting-step.tsx'

interface ConnectProps {
  /** The integration to reconnect; null for a new one. */
  readonly managerId: string | null
  readonly begins?: Step
  readonly onClose: () => void
}

type Step = 'credentials' | 'flow' | 'personal-token'

export default function ConnectDialog({ managerId, begins = 'credentials', onClose }: ConnectProps) {
  const { connect, fleet } = useView()
  const ask = useAsk()
  const running = connect.kind === 'waiting' || connect.kind === 'exchanging'
  const [step, setStep] = useState<Step>(running ? 'flow' : begins)
  // The state before this dialog began is the end of an earlier flow, and is not shown as this one's.
  const [before, setBefore] = useState<ConnectView | null>(null)
  const starting = before !== null && same(connect, before)
  useEffect(() => {
    if (before !== null && !starting) setBefore(null)
  }, [before, starting])
  const shown = starting ? ({ kind: 'starting' } as const) : connect
  const manager = fleet.managers.find(({ id }) => id === managerId) ?? null

  const cancel = async () => {
    await ask('connect.cancel', {})
    setStep('credentials')
  }
  const close = () => {
    if (step === 'flow' && running) void ask('connect.cancel', {})
    onClose()
  }

  const title = manager === null ? 'Connect integration' : `Reconnect ${isolated(manager.name)}`
  if (step === 'personal-token') {
    return (
      <Dialog title={title} step="personal-token" onClose={close}>
        <PersonalTokenForm onBack={() => setStep('credentials')} onDone={onClose} />
      </Dialog>
    )
  }
  if (step === 'flow' && shown.kind === 'connected') {
    return (
      <Dialog title={title} step="connected" onClose={close}>
        <ConnectedStep sentence={shown.sentence} onClose={onClose} />
      </Dialog>
    )
  }
  if (
    step === 'flow' &&
    (shown.kind === 'starting' || shown.kind === 'waiting' || shown.kind === 'exchanging')
  ) {
    return (
      <Dialog title={title} step="waiting" onClose={close}>
        <WaitingStep connect={shown} onCancel={() => void cancel()} />
      </Dialog>
    )
  }
  return (
    <Dialog title={title} step="credentials" onClose={close}>
      <ConnectForm
        manager={manager}
        failure={step === 'flow' && shown.kind === 'failed' ? shown : null}
        onBegun={(earlier) => {
          setBefore(earlier)
          setStep('flow')
        }}
        onCancel={close}
        onPersonalToken={() => setStep('personal-token')}
      />
    </Dialog>
  )
}

const same = (a: ConnectView, b: ConnectView) => JSON.stringify(a) === JSON.stringify(b)

/** It worked; and what comes next, if nothing is here yet. */
function ConnectedStep({ sentence, onClose }: { readonly sentence: string; readonly onClose: () => void }) {
  const { fleet } = useView()
  const { open } = useDialogs()
  return (
    <div className={layout.form}>
      <div className={styles.picture} role="status">
        <span className={styles.done}>
          <Icon name="good" size={3} />
        </span>
        <h3>Connected</h3>
        <p className="quiet selectable">{sentence}</p>
      </div>
      <FormButtons>
        <span className="spring" />
        {fleet.profiles.length === 0 && (
          <Button onPress={() => open({ kind: 'add', likeProfileId: null })}>Add a service app…</Button>
        )}
        <Button kind="primary" onPress={onClose}>
          Done
        </Button>
      </FormButtons>
    </div>
  )
}
