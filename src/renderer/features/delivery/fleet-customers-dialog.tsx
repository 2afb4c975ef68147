// Who gets what of a fleet delivery, those that fail first; and the question before it is removed.
import { useState } from 'react'
import { printable } from '#base/common/display-text.ts'
import type { FleetCustomerView, FleetDeliveryView } from '#contract/contract.ts'
import { useAsk, useToaster } from '#renderer/app/context.tsx'
import { Button, IconButton } from '#renderer/components/button.tsx'
import { ConfirmDialog } from '#renderer/components/confirm-dialog.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import { Notice } from '#renderer/components/notice.tsx'
import { Chip } from '#renderer/features/shared/chip.tsx'
import { plural, visible } from '#renderer/features/shared/words.ts'
import styles from './fleet-deliveries.module.css'
import { targetStateWords, targetTones } from './target-words.ts'
import { useFleetCustomers } from './use-deliveries.ts'

interface FleetDeliveryProps {
  readonly delivery: FleetDeliveryView
  readonly onClose: () => void
}

const SHOWN_AT_ONCE = 100
const order = ['failing', 'held', null, 'outdated', 'waiting', 'unverified', 'delivered'] as const

export default function FleetCustomersDialog({ delivery, onClose }: FleetDeliveryProps) {
  const known = useFleetCustomers(delivery.id)
  const [shown, setShown] = useState(SHOWN_AT_ONCE)
  const customers = known.kind === 'known' ? known.customers : []
  const rank = ({ state }: FleetCustomerView) => order.indexOf(state)
  const sorted = customers.toSorted((one, other) => rank(one) - rank(other))
  return (
    <Dialog title="Customers of the fleet delivery" wide onClose={onClose}>
      {known.kind === 'refused' && <Notice level="critical">{known.sentence}</Notice>}
      <ul className={styles.customers} aria-label="Customers">
        {sorted.slice(0, shown).map((customer) => (
          <Customer key={customer.profileId} customer={customer} />
        ))}
      </ul>
      {shown < sorted.length && (
        <Button size={28} onPress={() => setShown(shown + SHOWN_AT_ONCE)}>
          {`Show more (${(sorted.length - shown).toLocaleString('en-US')})`}
        </Button>
      )}
    </Dialog>
  )
}

function Customer({ customer }: { readonly customer: FleetCustomerView }) {
  const ask = useAsk()
  const toaster = useToaster()
  const { profileId, targetId, name, place, state, sentence } = customer
  const deliver = async () => {
    const reply = await ask('delivery.deliver', { profileId, targetId })
    if (!reply.ok) toaster.say({ level: 'critical', text: reply.error.message })
  }
  return (
    <li>
      <div className={styles.words}>
        <span>{visible(name)}</span>
        <span className="mono small break selectable">{visible(place)}</span>
        {sentence !== null && <span className="bad-words small">{printable(sentence)}</span>}
      </div>
      {state === null ? (
        <Chip tone="caution">No place of its own</Chip>
      ) : (
        <Chip tone={targetTones[state]}>{targetStateWords[state]}</Chip>
      )}
      <IconButton
        icon="deliver"
        label={`Deliver now for ${visible(name)}`}
        disabled={targetId === null || state === 'held'}
        onPress={() => void deliver()}
      />
    </li>
  )
}

export function RemoveFleetDialog({ delivery, onClose }: FleetDeliveryProps) {
  const ask = useAsk()
  const toaster = useToaster()
  return (
    <ConfirmDialog
      title="Remove the fleet delivery?"
      words="Remove"
      act={() => ask('fleet-delivery.remove', { id: delivery.id })}
      onDone={() => toaster.say({ level: 'information', text: 'Fleet delivery removed.' })}
      onClose={onClose}
    >
      {plural(delivery.customers, 'customer')} no longer get new tokens by it. What was written stays as it is
      and lives until it expires.
    </ConfirmDialog>
  )
}
