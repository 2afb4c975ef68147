// One problem: what, how many customers, by when, who can fix it and the button that does; opened, its sentence and customers.
import { type KeyboardEvent, memo, type ReactNode, useId, useMemo, useState } from 'react'
import type { Incident, ProfileView } from '#contract/contract.ts'
import { OWNER_WORDS } from '#contract/view-changes.ts'
import { useNow, useView } from '#renderer/app/context.tsx'
import { hrefOf } from '#renderer/app/route.ts'
import { Button } from '#renderer/components/button.tsx'
import { Icon } from '#renderer/components/icon.tsx'
import { Name } from '#renderer/components/name.tsx'
import { isTypedInto, shortcutOf } from '#renderer/components/shortcut.ts'
import { FixButton, useActions } from '#renderer/features/shared/actions.tsx'
import { CopyText, TrackingId } from '#renderer/features/shared/copy-text.tsx'
import { useMoments } from '#renderer/features/shared/moments.ts'
import { deadlineWords } from '#renderer/features/shared/problems-line.tsx'
import { nameWithOrg, orgWords, plural } from '#renderer/features/shared/words.ts'
import { type FindProfiles, useFix, useTryAgain, type Way } from './fix.ts'
import styles from './problem.module.css'
import { SnoozeButton } from './snooze-button.tsx'

interface ProblemProps {
  readonly incident: Incident
  /** When the e-mail to each customer's admin was copied. */
  readonly waiting: ReadonlyMap<string, number>
  /** Another service app has the same name. */
  readonly withAppId: boolean
  readonly find: FindProfiles
}

const icons = { information: 'information', warning: 'warning', critical: 'critical' } as const

export const Problem = memo(function Problem({ incident, waiting, withAppId, find }: ProblemProps) {
  const id = useId()
  const [isOpen, open] = useState(false)
  const { key, level, title, customers, profileIds, serviceApp } = incident
  const fix = useFix(incident, find)
  const again = useTryAgain(incident)
  /** By key, while something in it has the focus. */
  const ways: Readonly<Record<string, Way | null>> = { f: fix, r: again }
  const onKeyDown = (event: KeyboardEvent) => {
    const way = ways[shortcutOf(event)] ?? null
    if (way === null || event.defaultPrevented || isTypedInto(event.target)) return
    event.preventDefault()
    way.act()
  }
  return (
    <li className={styles.problem} data-level={level} onKeyDown={onKeyDown}>
      <div className={styles.line}>
        <Icon name={icons[level]} size={1.25} />
        <div className={styles.words}>
          <h2>
            <button
              type="button"
              id={`${id}-title`}
              className={styles.title}
              aria-expanded={isOpen}
              aria-controls={isOpen ? `${id}-more` : undefined}
              aria-describedby={`${id}-facts`}
              onClick={() => open(!isOpen)}
            >
              <Icon name="down" size={0.875} />
              <span>{title}</span>
            </button>
          </h2>
          <p className={`${styles.facts} small quiet`} id={`${id}-facts`}>
            <Facts incident={incident} />
          </p>
          {withAppId && serviceApp !== null && (
            <p className={`${styles.facts} small quiet cut mono`} title={serviceApp.appId}>
              {serviceApp.appId}
            </p>
          )}
        </div>
        <div className={styles.actions}>
          {fix !== null && (
            <Button
              kind={level === 'information' ? 'secondary' : 'primary'}
              size={28}
              onPress={fix.act}
              describedBy={`${id}-title`}
            >
              {fix.words}
            </Button>
          )}
          {again !== null && (
            <Button size={28} onPress={again.act} describedBy={`${id}-title`}>
              {again.words}
            </Button>
          )}
          {profileIds.length > 0 && (
            <a
              className={styles.show}
              href={hrefOf({ screen: 'service-apps', incident: key })}
              aria-describedby={`${id}-title`}
              draggable={false}
            >
              Show {(customers === 0 ? profileIds.length : customers).toLocaleString()}
            </a>
          )}
          <SnoozeButton incident={incident} describedBy={`${id}-title`} />
        </div>
      </div>
      {isOpen && (
        <div className={`${styles.more} selectable`} id={`${id}-more`}>
          <p>{incident.sentence}</p>
          {incident.trackingId !== null && profileIds.length <= 1 && <TrackingId id={incident.trackingId} />}
          {incident.fix?.kind === 'authorise-in-control-hub' && <FixButton fix={incident.fix} />}
          {profileIds.length > 0 && <Customers incident={incident} waiting={waiting} />}
        </div>
      )}
    </li>
  )
})

/** What can be said in a few words, one after the other. */
function Facts({ incident }: { readonly incident: Incident }) {
  const { customers, deadline, owner, waiting, snoozedUntil } = incident
  const moments = useMoments()
  const deadlineText = useNow((now) =>
    deadline === null ? '' : deadlineWords(incident, deadline, now, moments.dateOf(deadline, now)),
  )
  const dates = useNow((now) =>
    [
      waiting === undefined
        ? ''
        : `${emailsWords(waiting.customers, customers)} copied ${moments.dateOf(waiting.since, now)}`,
      snoozedUntil === undefined ? '' : `snoozed until ${moments.dateOf(snoozedUntil, now)}`,
    ]
      .filter((words) => words !== '')
      .join(' · '),
  )
  return (
    <>
      {customers > 0 && <span>{plural(customers, 'customer')}</span>}
      {deadlineText !== '' && <span>{deadlineText}</span>}
      <span>{ownerWords(owner)}</span>
      {dates !== '' && <strong>{dates}</strong>}
    </>
  )
}

/** Whether a copied e-mail was sent is not known here. */
function emailsWords(copied: number, customers: number): string {
  if (customers === 1) return 'e-mail'
  return copied < customers ? `${copied} of ${customers} e-mails` : `${customers} e-mails`
}

function ownerWords(owner: Incident['owner']): string {
  const words = OWNER_WORDS[owner]
  return words.startsWith('No ') ? words : `Who can fix it: ${words.charAt(0).toLowerCase()}${words.slice(1)}`
}

/** Drawn at once. */
const PAGE = 50

function Customers({ incident, waiting }: Pick<ProblemProps, 'incident' | 'waiting'>) {
  const { fleet } = useView()
  const [most, setMost] = useState(PAGE)
  const { profileIds, fix, code } = incident
  const { profiles } = fleet
  const affected = useMemo(() => {
    const wanted = new Set(profileIds)
    const end = (profile: ProfileView) => profile.accessToken?.expiresAt ?? Number.MAX_SAFE_INTEGER
    return profiles.filter(({ id }) => wanted.has(id)).sort((one, other) => end(one) - end(other))
  }, [profileIds, profiles])
  const left = affected.length - most
  const extras = EXTRAS.filter(({ isOf }) => isOf({ fix, code, affected }))
  return (
    <>
      <table className={styles.customers} aria-label="Customers">
        <thead className="small quiet">
          <tr>
            <th scope="col">Customer</th>
            <th scope="col">Token ends</th>
            {extras.map(({ head }) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {affected.slice(0, most).map((profile) => (
            <Customer
              key={profile.id}
              profile={profile}
              since={waiting.get(profile.id) ?? null}
              extras={extras}
            />
          ))}
        </tbody>
      </table>
      {left > 0 && (
        <Button size={28} onPress={() => setMost(most + PAGE)}>
          {`Show ${Math.min(left, PAGE)} more`}
        </Button>
      )}
    </>
  )
}

/** A column that not every problem has. */
interface Extra {
  readonly head: string
  readonly isOf: (
    of: Pick<Incident, 'fix' | 'code'> & { readonly affected: readonly ProfileView[] },
  ) => boolean
  readonly Cell: (props: { readonly profile: ProfileView; readonly since: number | null }) => ReactNode
}

/** Codes of the problems with deliveries. */
const DELIVERY: ReadonlySet<string> = new Set(['undelivered', 'delivery-held'])

const trackingIdOf = ({ last }: ProfileView) => (last?.outcome === 'failed' ? last.trackingId : null)

const EXTRAS: readonly Extra[] = [
  {
    head: 'Tracking ID',
    isOf: ({ affected }) => affected.some((profile) => trackingIdOf(profile) !== null),
    Cell: TrackingCell,
  },
  { head: 'Delivery', isOf: ({ code }) => DELIVERY.has(code), Cell: DeliveryCell },
  { head: 'E-mail', isOf: ({ fix }) => fix?.kind === 'authorise-in-control-hub', Cell: EmailCell },
]

interface CustomerProps {
  readonly profile: ProfileView
  readonly since: number | null
  readonly extras: readonly Extra[]
}

const Customer = memo(function Customer({ profile, since, extras }: CustomerProps) {
  const moments = useMoments()
  const { accessToken, name, orgName, targetOrgId } = profile
  const end = accessToken?.expiresAt ?? null
  const words = useNow((now) => (end === null ? '–' : moments.dateOf(end, now)))
  return (
    <tr>
      <th scope="row">
        <div className={styles.names}>
          <a
            href={hrefOf({ screen: 'service-app', profileId: profile.id })}
            title={nameWithOrg({ name, orgName })}
          >
            <Name cut>{orgWords(orgName, targetOrgId)}</Name>
          </a>
          <span className="small quiet cut">{name}</span>
        </div>
      </th>
      <td className="figures">{words}</td>
      {extras.map(({ head, Cell }) => (
        <td key={head}>
          <Cell profile={profile} since={since} />
        </td>
      ))}
    </tr>
  )
})

function TrackingCell({ profile }: { readonly profile: ProfileView }) {
  const trackingId = trackingIdOf(profile)
  if (trackingId === null) return null
  return (
    <span className={styles.tracking}>
      <span className="mono small cut" title={trackingId}>
        {trackingId}
      </span>
      <CopyText
        text={trackingId}
        label={`Copy tracking ID ${nameWithOrg(profile)}`}
        said="Tracking ID copied."
      />
    </span>
  )
}

function DeliveryCell({ profile }: { readonly profile: ProfileView }) {
  return (
    <a
      href={hrefOf({ screen: 'service-app', profileId: profile.id })}
      aria-label={`Delivery history ${nameWithOrg(profile)}`}
    >
      Delivery history
    </a>
  )
}

function EmailCell({ profile, since }: { readonly profile: ProfileView; readonly since: number | null }) {
  const moments = useMoments()
  const { copyEmails } = useActions()
  const copied = useNow((now) => (since === null ? '' : `copied ${moments.dateOf(since, now)}`))
  return (
    <>
      <Button
        size={24}
        label={`Copy e-mail ${nameWithOrg(profile)}`}
        onPress={() => void copyEmails([profile])}
      >
        Copy e-mail
      </Button>
      {copied !== '' && <span className="small quiet"> {copied}</span>}
    </>
  )
}
