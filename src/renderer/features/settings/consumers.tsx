// Who may ask the local endpoint, for which service apps, and when they last did.
import { isolated } from '#base/common/display-text.ts'
import type { ConsumerView, FleetView } from '#contract/contract.ts'
import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { Name } from '#renderer/components/name.tsx'
import { Row, RowList } from '#renderer/components/row-list.tsx'
import { Chip } from '#renderer/features/shared/chip.tsx'
import { useMoments } from '#renderer/features/shared/moments.ts'
import { Relative } from '#renderer/features/shared/time-left.tsx'
import { plural, visible } from '#renderer/features/shared/words.ts'
import styles from './sections.module.css'

export function Consumers({ consumers }: { readonly consumers: readonly ConsumerView[] }) {
  const { exactly } = useMoments()
  const { fleet } = useView()
  const { open } = useDialogs()
  const ask = useAsk()
  const toaster = useToaster()
  const confirm = async ({ id, name }: ConsumerView) => {
    const reply = await ask('endpoint.confirm-consumer', { consumerId: id })
    toaster.tell(reply, `${isolated(visible(name))} confirmed: it can request tokens.`)
  }
  if (consumers.length === 0)
    return <p className="quiet">No consumers yet. Add one for each program that requests tokens.</p>
  return (
    <RowList className={styles.consumers} label="Consumers">
      {consumers.map((consumer) => (
        <Row
          key={consumer.id}
          title={
            <Name cut={!consumer.held} className={consumer.held ? 'whole' : ''}>
              {visible(consumer.name)}
            </Name>
          }
          words={
            <>
              {consumer.held ? (
                <span className="quiet small">{namesOf(consumer, fleet) || reachOf(consumer, fleet)}</span>
              ) : (
                <span className="quiet small cut" title={namesOf(consumer, fleet)}>
                  {reachOf(consumer, fleet)}
                </span>
              )}
              {consumer.held && (
                <span className="small">
                  From a backup or from unprotected data. Its requests are rejected until you confirm it.
                </span>
              )}
            </>
          }
        >
          {consumer.held ? (
            <Chip tone="caution">Held</Chip>
          ) : (
            <span className="quiet small" title={`Added ${exactly(consumer.createdAt)}`}>
              {consumer.lastUsedAt === null ? (
                'Never used'
              ) : (
                <>
                  Used <Relative at={consumer.lastUsedAt} />
                </>
              )}
            </span>
          )}
          {consumer.held && (
            <Button
              size={28}
              label={`Confirm ${visible(consumer.name)}`}
              onPress={() => void confirm(consumer)}
            >
              Confirm
            </Button>
          )}
          <Button
            size={28}
            label={`Revoke ${visible(consumer.name)}`}
            onPress={() => open({ kind: 'revoke-consumer', consumer })}
          >
            Revoke…
          </Button>
        </Row>
      ))}
    </RowList>
  )
}

function reachOf({ profileIds }: ConsumerView, { profiles }: FleetView): string {
  if (profileIds === null) return 'All service apps, including future ones'
  if (profileIds.length === 0) return 'No service apps'
  if (profileIds.length > 1) return plural(profileIds.length, 'token')
  const name = profiles.find(({ id }) => id === profileIds[0])?.name
  return name === undefined ? 'A removed service app' : isolated(name)
}

const MOST_NAMED = 20

function namesOf({ profileIds }: ConsumerView, { profiles }: FleetView): string | undefined {
  if (profileIds === null) return undefined
  const chosen = new Set(profileIds)
  const names = profiles.filter(({ id }) => chosen.has(id)).map(({ name }) => isolated(name))
  const more = names.length - MOST_NAMED
  return `${names.slice(0, MOST_NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
