// All token managers, with what can be done about each.
import type { ManagerView } from '#contract/contract.ts'
import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { Name } from '#renderer/components/name.tsx'
import { ManagerChip } from '#renderer/features/shared/chip.tsx'
import { Countdown } from '#renderer/features/shared/time-left.tsx'
import { Section } from './section.tsx'
import styles from './sections.module.css'

export function ManagersSection() {
  const { fleet } = useView()
  return (
    <Section title="Token managers">
      {fleet.managers.length === 0 ? (
        <p className="quiet">None is connected.</p>
      ) : (
        <ul className={styles.managers}>
          {fleet.managers.map((manager) => (
            <Manager key={manager.id} manager={manager} />
          ))}
        </ul>
      )}
    </Section>
  )
}

function Manager({ manager }: { readonly manager: ManagerView }) {
  const ask = useAsk()
  const toaster = useToaster()
  const { open } = useDialogs()
  const { id, name, kind, accessToken } = manager
  const isReadable = manager.unreadable === undefined

  const send = async (request: 'manager.refresh' | 'manager.remove' | 'manager.make-default') => {
    const reply = await ask(request, { managerId: id })
    if (!reply.ok) toaster.say({ level: 'critical', text: reply.error.message })
  }

  return (
    <li>
      <div>
        <strong>
          <Name>{name}</Name>
        </strong>
        <span className="quiet small">
          {kind === 'integration' ? 'Integration' : 'Personal access token'}
          {manager.isDefault ? ', used by default' : ''}
        </span>
        {manager.sentence !== null && <span className="small">{manager.sentence}</span>}
      </div>
      <ManagerChip state={manager.state} />
      {accessToken?.expiresAt != null && !manager.isRefused && (
        <Countdown until={accessToken.expiresAt} label={`Access token of ${name}, time left`} />
      )}
      <span className="spring" />
      <div className={styles.managerButtons}>
        {!manager.isDefault && isReadable && (
          <Button
            size={28}
            label={`Use ${name} by default`}
            onPress={() => void send('manager.make-default')}
          >
            Use by default
          </Button>
        )}
        {kind === 'integration' && (
          <>
            <Button
              size={28}
              label={`Refresh token manager ${name}`}
              disabled={!isReadable}
              onPress={() => void send('manager.refresh')}
            >
              Refresh now
            </Button>
            <Button
              size={28}
              label={`Authorize ${name} again`}
              onPress={() => open({ kind: 'connect', managerId: id })}
            >
              Authorize again
            </Button>
          </>
        )}
        <Button
          size={28}
          kind="quiet"
          label={`Disconnect ${name}`}
          onPress={() => void send('manager.remove')}
        >
          Disconnect
        </Button>
      </div>
    </li>
  )
}
