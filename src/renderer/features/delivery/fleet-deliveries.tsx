// Fleet deliveries in the settings: each with its template, for whom, and how many have it.
import { isolated } from '#base/common/display-text.ts'
import type { FleetDeliveryView } from '#contract/contract.ts'
import { useAsk, useToaster } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button, IconButton } from '#renderer/components/button.tsx'
import { Icon } from '#renderer/components/icon.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice } from '#renderer/components/notice.tsx'
import { Chip } from '#renderer/features/shared/chip.tsx'
import { plural, visible } from '#renderer/features/shared/words.ts'
import styles from './fleet-deliveries.module.css'
import { placeOf, shortPlaceOf, wordsOf } from './target-words.ts'
import { useFleetDeliveries } from './use-deliveries.ts'

export function FleetDeliveries() {
  const known = useFleetDeliveries()
  if (known.kind === 'refused') return <Notice level="critical">{known.sentence}</Notice>
  const deliveries = known.kind === 'known' ? (known.deliveries ?? []) : []
  if (deliveries.length === 0) {
    return (
      <p className="quiet">
        None yet. Add one to deliver the tokens of many customers by one template, future customers included.
      </p>
    )
  }
  return (
    <ul className={styles.deliveries} aria-label="Fleet deliveries">
      {deliveries.map((delivery) => (
        <FleetDelivery key={delivery.id} delivery={delivery} />
      ))}
    </ul>
  )
}

/** A command without what all of them begin with; of a file its name alone would not do. */
function shortOf({ spec }: FleetDeliveryView): string {
  return visible(wordsOf(spec).runsCommand ? shortPlaceOf({ spec }) : placeOf({ spec }))
}

function FleetDelivery({ delivery }: { readonly delivery: FleetDeliveryView }) {
  const ask = useAsk()
  const toaster = useToaster()
  const { open } = useDialogs()
  const { id, spec, appName, held, customers, delivered, unverified, failing, problem } = delivery
  const words = wordsOf(spec)
  const place = placeOf(delivery)
  const after = words.after(spec)
  const confirm = async () => {
    const reply = await ask('fleet-delivery.confirm', { id })
    toaster.tell(reply, `Delivering to ${plural(customers, 'customer')}.`)
  }
  /** To the first customer, whatever it has already. */
  const sendTest = async () => {
    const reply = await ask('fleet-delivery.customers', { id })
    const first = reply.ok ? reply.value.customers.find(({ targetId }) => targetId !== null) : undefined
    if (first === undefined) return toaster.say({ level: 'information', text: 'No customer to test with.' })
    const { profileId, targetId, name } = first
    const sent = await ask('delivery.deliver', { profileId, targetId })
    if (!sent.ok) return toaster.say({ level: 'critical', text: sent.error.message })
    const isThere = sent.value.delivered === sent.value.of
    const isProven = isThere && sent.value.unverified === 0
    toaster.say({
      level: isProven ? 'success' : isThere ? 'information' : 'warning',
      text: isProven
        ? `Delivered for ${visible(name)}.`
        : isThere
          ? `Written for ${visible(name)}, not verified.`
          : `Not delivered for ${visible(name)}: see Customers.`,
    })
  }
  return (
    <li>
      <Icon name={words.icon} size={1.25} />
      <div className={layout.rowWords}>
        <span className={styles.place}>
          <strong>{words.name(spec)}</strong>
          <span className={held ? 'mono whole selectable' : 'mono cut selectable'} title={place}>
            {held ? visible(place) : shortOf(delivery)}
          </span>
        </span>
        <span className="quiet small">
          {appName === null ? 'All service apps, including future ones' : isolated(visible(appName))}
          {' · '}
          {plural(customers, 'customer')}
        </span>
        {held && after !== null && (
          <span className="small">
            Then runs <span className="mono whole selectable">{visible(after)}</span>
          </span>
        )}
        {held && (
          <span className="small">
            A backup was restored since, or the data lay unprotected. Nothing new is delivered until you
            confirm it.
          </span>
        )}
        {problem !== null && <span className="bad-words small">{problem}</span>}
      </div>
      {held ? (
        <Chip tone="caution">Held</Chip>
      ) : (
        <Chip tone={failing > 0 ? 'bad' : delivered === customers ? 'good' : 'caution'}>
          {failing > 0
            ? `${failing} failing`
            : unverified > 0
              ? `${delivered + unverified} of ${customers} written, ${unverified} not verified`
              : `${delivered} of ${customers} delivered`}
        </Chip>
      )}
      <span className={styles.buttons}>
        {held ? (
          <Button size={28} label={`Confirm ${place}`} onPress={() => void confirm()}>
            Confirm
          </Button>
        ) : (
          <Button size={28} label={`Send test to ${place}`} onPress={() => void sendTest()}>
            Send test
          </Button>
        )}
        <Button
          size={28}
          label={`Customers of ${place}`}
          onPress={() => open({ kind: 'fleet-customers', delivery })}
        >
          Customers…
        </Button>
        <IconButton
          icon="edit"
          label={`Edit ${place}`}
          onPress={() => open({ kind: 'edit-fleet-delivery', delivery })}
        />
        <IconButton
          icon="remove"
          label={`Remove ${place}`}
          onPress={() => open({ kind: 'remove-fleet-delivery', delivery })}
        />
      </span>
    </li>
  )
}
