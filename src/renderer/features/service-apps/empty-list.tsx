// The first look: three steps, each saying whether it is done; or the simulated Webex to play with.

import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { Icon } from '#renderer/components/icon.tsx'
import { StepPicture } from './step-picture.tsx'

export function EmptyList() {
  const { app, fleet } = useView()
  const { open } = useDialogs()
  const ask = useAsk()
  const toaster = useToaster()
  const connected = fleet.managers.length > 0

  const trySimulated = async () => {
    const reply = await ask('app.try-simulated', {})
    if (!reply.ok) toaster.say({ level: 'critical', text: reply.error.message })
  }

  return (
    <div className="empty-list">
      <p className="empty-lead">
        Three steps, then the access tokens of your service apps stay fresh by themselves.
      </p>
      <ol className="steps">
        <li className={connected ? 'step done' : 'step'}>
          <StepPicture step="connect" />
          <h2>1. Connect the token manager integration</h2>
          <p className="quiet">
            An ordinary Webex integration, authorized once. It issues tokens for all your service apps.
          </p>
          {connected ? (
            <p className="step-done">
              <Icon name="good" /> Connected
            </p>
          ) : (
            <Button onPress={() => open({ kind: 'connect', managerId: null })}>Connect…</Button>
          )}
        </li>
        <li className="step">
          <StepPicture step="add" />
          <h2>2. Add a service app</h2>
          <p className="quiet">
            Four values from the developer portal, or your token-config.json pasted as it is.
          </p>
          <Button onPress={() => open({ kind: 'add', likeProfileId: null })}>Add…</Button>
        </li>
        <li className="step">
          <StepPicture step="token" />
          <h2>3. Use its token</h2>
          <p className="quiet">
            The first token is issued at once and renewed long before it expires. Copy it whenever you need
            it.
          </p>
        </li>
      </ol>
      <p className="try-simulated quiet">
        Moving from another computer?
        <Button kind="quiet" onPress={() => open({ kind: 'restore' })}>
          Restore a backup
        </Button>
      </p>
      {!app.simulated && (
        <p className="try-simulated quiet">
          Only looking around?
          <Button kind="quiet" onPress={() => void trySimulated()}>
            Try with simulated Webex
          </Button>
        </p>
      )}
    </div>
  )
}
