// Who belongs to the shared vault, and which computers have taken part.
import { useEffect, useState } from 'react'
import type { SharedVaultMembers } from '#contract/contract.ts'
import { useAsk } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import layout from '#renderer/components/layout.module.css'
import { Name } from '#renderer/components/name.tsx'
import { Notice } from '#renderer/components/notice.tsx'
import { Row, RowList } from '#renderer/components/row-list.tsx'
import { CopyText } from '#renderer/features/shared/copy-text.tsx'
import { useMoments } from '#renderer/features/shared/moments.ts'
import { Relative } from '#renderer/features/shared/time-left.tsx'
import type { JoinedView } from '#renderer/features/shared/who-renews.ts'
import styles from './shared-vault.module.css'

export type MemberView = SharedVaultMembers['members'][number]

type Reading =
  | { readonly kind: 'reading' }
  | { readonly kind: 'refused'; readonly sentence: string }
  | ({ readonly kind: 'read' } & SharedVaultMembers)

/** Read again when a dialog was closed, and when who renews has changed. */
function useMembers({ leader, trouble }: JoinedView): Reading {
  const ask = useAsk()
  const isDialogOpen = useDialogs().current !== null
  const isReachable = trouble === null
  const [reading, setReading] = useState<Reading>({ kind: 'reading' })
  // biome-ignore lint/correctness/useExhaustiveDependencies: they say when it may have changed.
  useEffect(() => {
    if (isDialogOpen) return
    let isOver = false
    void ask('shared-vault.members', {}).then((reply) => {
      if (isOver) return
      setReading(
        reply.ok ? { kind: 'read', ...reply.value } : { kind: 'refused', sentence: reply.error.message },
      )
    })
    return () => {
      isOver = true
    }
  }, [ask, isDialogOpen, isReachable, leader])
  return reading
}

export function Members({ view }: { readonly view: JoinedView }) {
  const { open } = useDialogs()
  const reading = useMembers(view)
  if (reading.kind === 'reading')
    return (
      <section className={layout.card} aria-busy="true">
        <h3>Members</h3>
      </section>
    )
  if (reading.kind === 'refused')
    return (
      <section className={layout.card}>
        <h3>Members</h3>
        {view.trouble === null ? (
          <Notice level="warning">{reading.sentence}</Notice>
        ) : (
          <p className="quiet">
            {view.trouble.kind === 'not-usable'
              ? 'Shown when the shared vault is available again.'
              : 'Only members see this.'}
          </p>
        )}
      </section>
    )
  return (
    <>
      <section className={layout.card}>
        <h3>Members</h3>
        <RowList className={styles.members}>
          {reading.members.map((member) => (
            <Member key={member.recipient} member={member} />
          ))}
        </RowList>
        <FormButtons>
          <Button icon="add" onPress={() => open({ kind: 'add-member' })}>
            Add member…
          </Button>
        </FormButtons>
      </section>
      <section className={layout.card}>
        <h3>Computers</h3>
        <RowList>
          {reading.computers.map(({ node, seenAt, leads }) => (
            <Row
              key={node}
              title={<Name>{node}</Name>}
              words={
                <span className="quiet small">
                  {node === view.node ? 'This computer, seen ' : 'Seen '}
                  <Relative at={seenAt} />
                </span>
              }
            >
              {leads && <span className="small">Renews</span>}
            </Row>
          ))}
        </RowList>
      </section>
    </>
  )
}

function Member({ member }: { readonly member: MemberView }) {
  const { open } = useDialogs()
  const { dateOf, exactly } = useMoments()
  const { name, recipient, addedAt, addedBy, isAuthentic, isOwn } = member
  const day = <span title={exactly(addedAt)}>{dateOf(addedAt, addedAt, 0)}</span>
  return (
    <Row
      title={<Name>{name}</Name>}
      words={
        <span className="quiet small">
          {isOwn && 'This computer. '}
          {!isAuthentic ? (
            <span className="bad-words">
              No access: not added by a member, but written directly into the database. Remove it.
            </span>
          ) : addedBy === null ? (
            <>Created the shared vault, {day}</>
          ) : (
            <>
              Added by <Name>{addedBy}</Name>, {day}
            </>
          )}
        </span>
      }
    >
      <span className={styles.recipient}>
        <span className="mono small quiet" title={recipient}>
          {shortKey(recipient)}
        </span>
        <CopyText
          text={recipient}
          label={`Copy public key of ${name}`}
          said={`Public key of ${name} copied.`}
        />
      </span>
      {!isOwn && (
        <Button
          size={28}
          kind="quiet"
          label={`Remove ${name}`}
          onPress={() => open({ kind: 'remove-member', member })}
        >
          Remove…
        </Button>
      )}
    </Row>
  )
}

const shortKey = (recipient: string) => `${recipient.slice(0, 10)}…${recipient.slice(-6)}`
