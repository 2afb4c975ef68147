// All token managers, with what can be done about each.
import type { ManagerView } from '#contract/contract.ts'
import { useAsk, useView } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { Picker } from '#renderer/components/choice.tsx'
import { Name } from '#renderer/components/name.tsx'
import { Row, RowList } from '#renderer/components/row-list.tsx'
import { ManagerChip } from '#renderer/features/shared/chip.tsx'
import { Countdown } from '#renderer/features/shared/time-left.tsx'
import { Card } from './card.tsx'
import { useChange, useRefusal } from './saving.tsx'
import styles from './sections.module.css'

export function ManagersSection() {
  const { fleet } = useView()
  const { open } = useDialogs()
  return (
    <Card>
      {fleet.managers.length === 0 ? (
        <p className="quiet">No integration is connected.</p>
      ) : (
        <RowList className={styles.managers}>
          {fleet.managers.map((manager) => (
            <Manager key={manager.id} manager={manager} />
          ))}
        </RowList>
      )}
      {fleet.managers.length > 1 && (
        <p className="quiet small">
          A fallback issues the tokens while its token manager cannot, such as until it is reconnected. Its
          account needs access to the same service apps.
        </p>
      )}
      {fleet.managers.length > 0 && (
        <div>
          <Button size={28} onPress={() => open({ kind: 'connect', managerId: null })}>
            Connect another integration
          </Button>
        </div>
      )}
    </Card>
  )
}

const NONE = ''

function Manager({ manager }: { readonly manager: ManagerView }) {
  const ask = useAsk()
  const change = useChange()
  const refuse = useRefusal()
  const { open } = useDialogs()
  const { managers } = useView().fleet
  const standard = managers.find(({ isDefault }) => isDefault)?.id ?? null
  const { id, name, kind, accessToken, fallbackId } = manager
  const fallback = managers.find((other) => other.id === fallbackId) ?? null
  const isReadable = manager.unreadable === undefined

  const refresh = async () => {
    const reply = await ask('manager.refresh', { managerId: id })
    if (!reply.ok) refuse(reply.error.message)
  }
  const makeDefault = async () => {
    const apply = () => ask('manager.make-default', { managerId: id })
    const undo = () => (standard === null ? apply() : ask('manager.make-default', { managerId: standard }))
    refuse(await change({ what: 'Default token manager', apply, undo }))
  }
  const chooseFallback = async (chosen: string | null) => {
    const send = (other: string | null) => () =>
      ask('manager.set-fallback', { managerId: id, fallbackId: other })
    refuse(await change({ what: `Fallback of ${name}`, apply: send(chosen), undo: send(fallbackId) }))
  }

  return (
    <Row
      title={<Name>{name}</Name>}
      words={
        <>
          <span className="quiet small">
            {kind === 'integration' ? 'Integration' : 'Personal access token'}
            {manager.isDefault ? ', used by default' : ''}
          </span>
          {manager.sentence !== null && <span className="small">{manager.sentence}</span>}
          {fallback !== null && manager.isReplaced && (
            <span className="small">
              <Name>{fallback.name}</Name> is used instead.
            </span>
          )}
        </>
      }
    >
      <ManagerChip state={manager.state} />
      {accessToken?.expiresAt != null && !manager.isRefused && (
        <Countdown until={accessToken.expiresAt} label={`Access token of ${name}, time left`} />
      )}
      <span className="spring" />
      <div className={styles.managerButtons}>
        {!manager.isDefault && isReadable && (
          <Button size={28} label={`Use by default: ${name}`} onPress={() => void makeDefault()}>
            Use by default
          </Button>
        )}
        {kind === 'integration' && (
          <>
            <Button
              size={28}
              label={`Refresh token manager ${name}`}
              disabled={!isReadable}
              onPress={() => void refresh()}
            >
              Refresh
            </Button>
            <Button
              size={28}
              label={`Reconnect: ${name}`}
              onPress={() => open({ kind: 'connect', managerId: id })}
            >
              Reconnect
            </Button>
          </>
        )}
        <Button
          size={28}
          kind="quiet"
          label={`Disconnect ${name}`}
          onPress={() => open({ kind: 'disconnect', manager })}
        >
          Disconnect…
        </Button>
      </div>
      {managers.length > 1 && isReadable && (
        <div className={styles.fallback}>
          <Picker
            label="Fallback"
            of={name}
            value={fallback?.id ?? NONE}
            options={[
              [NONE, 'None'],
              ...managers.filter((other) => other.id !== id).map((other) => [other.id, other.name] as const),
            ]}
            onChange={(chosen) => void chooseFallback(chosen === NONE ? null : chosen)}
          />
        </div>
      )}
    </Row>
  )
}
