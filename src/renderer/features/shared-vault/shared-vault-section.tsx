// The shared vault in the settings: what it is, or how it stands and who belongs to it.
import { useNow, useView } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Toggle } from '#renderer/components/choice.tsx'
import layout from '#renderer/components/layout.module.css'
import { Name } from '#renderer/components/name.tsx'
import { Notice } from '#renderer/components/notice.tsx'
import { useMoments } from '#renderer/features/shared/moments.ts'
import { DateAndTime, Relative } from '#renderer/features/shared/time-left.tsx'
import { isUnrenewed, type JoinedView, whoRenews } from '#renderer/features/shared/who-renews.ts'
import { Members } from './members.tsx'
import { PublicKey } from './public-key.tsx'
import { Waiting } from './waiting.tsx'

/** `onMayLead`: saves it. */
interface SectionProps {
  readonly onMayLead: (mayLead: boolean) => void
}

export function SharedVault({ onMayLead }: SectionProps) {
  const { sharedVault } = useView()
  switch (sharedVault.kind) {
    case 'none':
      return <NotJoined />
    case 'waiting':
      return (
        <section className={layout.card}>
          <Waiting view={sharedVault} />
        </section>
      )
    case 'joined':
      return <Joined view={sharedVault} onMayLead={onMayLead} />
  }
}

function NotJoined() {
  const { open } = useDialogs()
  return (
    <section className={layout.card}>
      <p>
        Several computers can use one vault: a PostgreSQL database in which tokens and secrets are encrypted.
        One of them renews the tokens, all of them see and use them, and another one takes over when it stops.
      </p>
      <FormButtons>
        <Button onPress={() => open({ kind: 'make-shared-vault' })}>Create a shared vault…</Button>
        <Button onPress={() => open({ kind: 'join-shared-vault' })}>Join a shared vault…</Button>
      </FormButtons>
    </section>
  )
}

function Joined({ view, onMayLead }: { readonly view: JoinedView } & SectionProps) {
  const { open } = useDialogs()
  const { node, mayLead, agreedAt } = view
  return (
    <>
      <section className={layout.card}>
        <Standing view={view} />
        <dl className={layout.values}>
          <dt>This computer</dt>
          <dd>
            <Name cut>{node}</Name>
          </dd>
          <dt>Last synced</dt>
          <dd>
            {agreedAt === null ? (
              <span className="quiet">Not since the app started</span>
            ) : (
              <Relative at={agreedAt} />
            )}
          </dd>
        </dl>
        <Toggle
          label="Renew here when no other computer does"
          checked={mayLead}
          onChange={onMayLead}
          hint="After 2 minutes without one. Off: this computer never renews."
        />
      </section>
      <Members view={view} />
      <section className={layout.card}>
        <h3>Leave</h3>
        <p className="quiet">The service apps stay in the shared vault; the other members renew them.</p>
        <FormButtons>
          <Button danger onPress={() => open({ kind: 'leave-shared-vault' })}>
            Leave the shared vault…
          </Button>
        </FormButtons>
      </section>
    </>
  )
}

function Standing({ view }: { readonly view: JoinedView }) {
  const moments = useMoments()
  const title = useNow((now) => whoRenews(view, moments, now))
  const isOverdue = useNow((now) => isUnrenewed(view, now))
  const { trouble, leader, leadsHere, leaderlessSince, mayLead } = view
  if (trouble !== null && trouble.kind !== 'not-usable')
    return (
      <>
        <Notice level="warning" title={title}>
          Since <DateAndTime at={trouble.since} />. Known tokens are given out until they expire. For access,
          a member adds this computer’s key: <em>Settings → Shared vault → Add member</em>, or{' '}
          <code>satm vault add-member NAME KEY</code>.
        </Notice>
        {trouble.recipient !== null && <PublicKey recipient={trouble.recipient} />}
      </>
    )
  if (trouble !== null)
    return (
      <Notice level="warning" title={title}>
        {trouble.sentence} Unavailable since <DateAndTime at={trouble.since} />. Known tokens are given out
        until they expire.
      </Notice>
    )
  if (leader !== null)
    return (
      <Notice level="success" title={title}>
        {leadsHere ? 'The other computers follow.' : 'This computer follows.'}
      </Notice>
    )
  return (
    <Notice level={isOverdue ? 'warning' : 'information'} title={title}>
      {leaderlessSince === null ? (
        'Opening the shared vault …'
      ) : isOverdue ? (
        <>
          No computer has renewed tokens since <DateAndTime at={leaderlessSince} />. Start a server
          {mayLead ? '' : ', or let this computer renew'}.
        </>
      ) : mayLead ? (
        'A server takes over at once, this computer after 2 minutes.'
      ) : (
        'This computer waits for another one to renew.'
      )}
    </Notice>
  )
}
