// Where a profile's token goes after each renewal, and whether it got there.
import { useState } from 'react'
import type { ProfileView, TargetView } from '#contract/contract.ts'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button } from '#renderer/components/button.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice } from '#renderer/components/notice.tsx'
import { useActions } from '#renderer/features/shared/actions.tsx'
import styles from './target-row.module.css'
import { TargetRow } from './target-row.tsx'
import { targetStateWords } from './target-words.ts'
import { useTargets } from './use-deliveries.ts'

export function DeliverySection({ profile }: { readonly profile: ProfileView }) {
  const known = useTargets(profile.id)
  const { open } = useDialogs()
  const { deliver } = useActions()
  const [busy, setBusy] = useState(false)
  const targets = known.kind === 'known' ? known.targets : []

  const deliverAll = async () => {
    setBusy(true)
    await deliver(profile, null)
    setBusy(false)
  }

  return (
    <section className={layout.card} aria-labelledby="delivery-title">
      <header className={layout.cardHeader}>
        <div>
          <h2 id="delivery-title">Delivery</h2>
          <p className="quiet" role="status">
            {summaryOf(known.kind === 'loading' ? null : targets)}
          </p>
        </div>
        <div className={layout.headerButtons}>
          {targets.length > 0 && (
            <Button
              icon="deliver"
              disabled={busy || profile.accessToken === null}
              onPress={() => void deliverAll()}
            >
              Deliver now
            </Button>
          )}
          <Button icon="add" onPress={() => open({ kind: 'add-delivery', profileId: profile.id })}>
            Add delivery
          </Button>
        </div>
      </header>
      {known.kind === 'refused' && <Notice level="critical">{known.sentence}</Notice>}
      {targets.length > 0 && (
        <ul className={styles.targets} aria-label="Delivery targets">
          {targets.map((target) => (
            <TargetRow key={target.id} target={target} profile={profile} />
          ))}
        </ul>
      )}
    </section>
  )
}

function summaryOf(targets: readonly TargetView[] | null): string {
  if (targets === null) return ''
  if (targets.length === 0) {
    return 'No targets yet. Write the token to an env file or a secret store, or run a command after each renewal.'
  }
  const delivered = targets.filter(({ state }) => state === 'delivered').length
  const others = (['unverified', 'held'] as const).flatMap((wanted) => {
    const count = targets.filter(({ state }) => state === wanted).length
    return count === 0 ? [] : [`, ${count} ${targetStateWords[wanted].toLowerCase()}`]
  })
  return `Delivered to ${delivered} of ${targets.length}${others.join('')}`
}
