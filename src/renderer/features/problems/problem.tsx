// One problem: what, how many customers, by when, who can fix it and the button that does; opened, its sentence and customers.
import { type KeyboardEvent, memo, useId, useMemo, useState } from 'react'
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
  /** Since when each customer's admin is waited for. */
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
            <Button kind="primary" size={28} onPress={fix.act} describedBy={`${id}-title`}>
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
    deadline === null ? '' : deadlineWords(deadline, customers, now, moments.dateOf(deadline, now)),
  )
  const dates = useNow((now) =>
    [
      waiting === undefined
        ? ''
        : `waiting for ${waiting.customers < customers ? `${waiting.customers} of them` : customers === 1 ? 'the customer' : 'the customers'} since ${moments.dateOf(waiting.since, now)}`,
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

function ownerWords(owner: Incident['owner']): string {
  const words = OWNER_WORDS[owner]
  return words.startsWith('No ') ? words : `Who can fix it: ${words.charAt(0).toLowerCase()}${words.slice(1)}`
}

/** Drawn at once. */
const PAGE = 50

function Customers({ incident, waiting }: Pick<ProblemProps, 'incident' | 'waiting'>) {
  const { fleet } = useView()
  const [most, setMost] = useState(PAGE)
  const { profileIds, fix } = incident
  const { profiles } = fleet
  const affected = useMemo(() => {
    const wanted = new Set(profileIds)
    const end = (profile: ProfileView) => profile.accessToken?.expiresAt ?? Number.MAX_SAFE_INTEGER
    return profiles.filter(({ id }) => wanted.has(id)).sort((one, other) => end(one) - end(other))
  }, [profileIds, profiles])
  const left = affected.length - most
  return (
    <>
      <table className={styles.customers} aria-label="Customers">
        <thead className="small quiet">
          <tr>
            <th scope="col">Customer</th>
            <th scope="col">Token ends</th>
            <th scope="col">Tracking ID</th>
            {fix?.kind === 'authorise-in-control-hub' && <th scope="col">E-mail</th>}
          </tr>
        </thead>
        <tbody>
          {affected.slice(0, most).map((profile) => (
            <Customer
              key={profile.id}
              profile={profile}
              since={waiting.get(profile.id) ?? null}
              withEmail={fix?.kind === 'authorise-in-control-hub'}
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

interface CustomerProps {
  readonly profile: ProfileView
  readonly since: number | null
  readonly withEmail: boolean
}

const Customer = memo(function Customer({ profile, since, withEmail }: CustomerProps) {
  const moments = useMoments()
  const { copyEmails } = useActions()
  const { accessToken, last, name, orgName, targetOrgId } = profile
  const end = accessToken?.expiresAt ?? null
  const words = useNow((now) => (end === null ? '–' : moments.dateOf(end, now)))
  const waited = useNow((now) => (since === null ? '' : `copied ${moments.dateOf(since, now)}`))
  const trackingId = last?.outcome === 'failed' ? last.trackingId : null
  return (
    <tr>
      <th scope="row">
        <a
          href={hrefOf({ screen: 'service-app', profileId: profile.id })}
          title={nameWithOrg({ name, orgName })}
        >
          <Name cut>{orgWords(orgName, targetOrgId)}</Name>
        </a>
        <span className="small quiet cut">{name}</span>
      </th>
      <td className="figures">{words}</td>
      <td>
        {trackingId !== null && (
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
        )}
      </td>
      {withEmail && (
        <td>
          <Button
            size={24}
            label={`Copy e-mail ${nameWithOrg(profile)}`}
            onPress={() => void copyEmails([profile])}
          >
            Copy e-mail
          </Button>
          {waited !== '' && <span className="small quiet"> {waited}</span>}
        </td>
      )}
    </tr>
  )
})
