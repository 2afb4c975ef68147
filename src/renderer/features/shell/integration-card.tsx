// The token manager integration at a glance: its state, its two expiries, and the button that connects it.
import type { ManagerView } from '#contract/contract.ts'
import { useView } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { Icon } from '#renderer/components/icon.tsx'
import { Name } from '#renderer/components/name.tsx'
import { ManagerChip } from '#renderer/features/shared/chip.tsx'
import { Countdown } from '#renderer/features/shared/time-left.tsx'
import styles from './integration-card.module.css'

export function IntegrationCard() {
  const { fleet } = useView()
  const { open } = useDialogs()
  const manager = fleet.managers.find(({ isDefault }) => isDefault) ?? fleet.managers[0] ?? null
  const integration = manager?.kind === 'integration'
  const others = fleet.managers.length - 1
  const replacement = manager?.isReplaced === true ? manager.fallbackId : null
  const fallback = fleet.managers.find(({ id }) => id === replacement) ?? null
  return (
    <section className={styles.card} aria-label="Token manager integration">
      <header>
        <Icon name="integration" size={1.25} />
        <h2>
          <Name>{manager?.name ?? 'Token manager'}</Name>
        </h2>
      </header>
      {manager !== null && <ManagerChip state={manager.state} />}
      {manager === null ? (
        <p className="quiet small">Not connected. It issues the tokens of your service apps.</p>
      ) : (
        <Expiries manager={manager} />
      )}
      {manager?.sentence != null && <p className="small">{manager.sentence}</p>}
      {fallback !== null && (
        <p className="small">
          <Name>{fallback.name}</Name> is used instead.
        </p>
      )}
      {others > 0 && <p className="quiet small">and {others} more in Settings</p>}
      {integration ? (
        <Button size={28} onPress={() => open({ kind: 'connect', managerId: manager.id })}>
          Reconnect
        </Button>
      ) : (
        <Button kind="primary" size={28} onPress={() => open({ kind: 'connect', managerId: null })}>
          Connect integration
        </Button>
      )}
    </section>
  )
}

function Expiries({ manager }: { readonly manager: ManagerView }) {
  const { accessToken, refreshToken } = manager
  return (
    <dl className={`${styles.expiries} small`}>
      <dt>Access token</dt>
      <dd>
        {manager.isRefused ? (
          <span className="bad-words">no longer accepted</span>
        ) : accessToken?.expiresAt == null ? (
          <span className="quiet">unknown</span>
        ) : (
          <Countdown until={accessToken.expiresAt} label="Token manager's access token" />
        )}
      </dd>
      {manager.kind === 'integration' && (
        <>
          <dt>Refresh token</dt>
          <dd>
            {refreshToken?.dead === true ? (
              <span className="bad-words">no longer accepted</span>
            ) : refreshToken?.expiresAt == null ? (
              <span className="quiet">unknown</span>
            ) : (
              <Countdown until={refreshToken.expiresAt} label="Token manager's refresh token" />
            )}
          </dd>
        </>
      )}
    </dl>
  )
}
