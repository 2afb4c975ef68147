// One service app in one org, as a row: who, how it fares, how long it lasts, what happened last, what can be done.
import { memo, type ReactNode } from 'react'
import type { ProfileView } from '#contract/contract.ts'
import { rejectedAt } from '#contract/view-changes.ts'
import { useOfView } from '#renderer/app/context.tsx'
import { hrefOf } from '#renderer/app/route.ts'
import { IconButton } from '#renderer/components/button.tsx'
import { Icon } from '#renderer/components/icon.tsx'
import { Name } from '#renderer/components/name.tsx'
import type { Actions } from '#renderer/features/shared/actions.tsx'
import { StateChip } from '#renderer/features/shared/chip.tsx'
import { ProfileMenuButton } from '#renderer/features/shared/profile-menu.tsx'
import { labelOf } from '#renderer/features/shared/profile-name.ts'
import { Countdown, LifeBar, Rejected, Relative, ShortDate } from '#renderer/features/shared/time-left.tsx'
import { useIsWaiting } from '#renderer/features/shared/waiting.ts'
import { orgWords, outcomeWords } from '#renderer/features/shared/words.ts'
import type { Group, ProfileRow as ProfileRowData } from './entries.ts'
import styles from './profile-list.module.css'
import { RowCheck } from './row-check.tsx'
import { type RowPlace, undeliveredOf } from './rows.ts'

interface RowProps extends RowPlace {
  readonly row: ProfileRowData
  readonly selected: boolean
  readonly actions: Actions
}

/** Drawn again only when its profile or its place has changed, not whenever the list is scrolled. */
export const ProfileRow = memo(function ProfileRow({ row, selected, actions, events, ...place }: RowProps) {
  const { profile, group } = row
  const label = labelOf(profile, row.isNamesake)
  const reach = place.active ? 0 : -1
  return (
    <tr
      className={`${styles.row} ${styles.profileRow} ${group === null ? '' : styles.grouped}`}
      data-index={place.index}
      aria-rowindex={place.index + 2}
      data-selected={selected || undefined}
      aria-label={label}
      tabIndex={reach}
      style={{ transform: `translateY(${place.start}px)` }}
      onFocus={() => events.focus(row.key)}
      onClick={(event) => events.press(row, event)}
      onContextMenu={(event) => {
        event.preventDefault()
        events.menu(row, event.currentTarget, { x: event.clientX, y: event.clientY })
      }}
    >
      <td>
        <RowCheck
          label={`Select ${label}`}
          share={selected ? 'all' : 'none'}
          tabIndex={reach}
          onPress={(event) => events.check(row, event)}
        />
      </td>
      <Cells profile={profile} group={group} label={label} actions={actions} reach={reach} />
    </tr>
  )
})

const pageOf = ({ id }: ProfileView) => ({ screen: 'service-app', profileId: id }) as const

interface CellsProps {
  readonly profile: ProfileView
  readonly group: Group
  readonly label: string
  readonly actions: Actions
  /** The tab index of its buttons. */
  readonly reach: number
}

/** Not drawn again when only its place has changed: a renewal moves its row past all the others. */
const Cells = memo(function Cells({ profile, group, label, actions, reach }: CellsProps) {
  const { id, state } = profile
  const isWaiting = useIsWaiting(id)
  return (
    <>
      <td className={styles.first}>
        <CustomerName profile={profile} group={group} />
      </td>
      <td>
        <AppName profile={profile} group={group} />
      </td>
      <td>
        <StateChip state={state} />
        {profile.unsaved && (
          <span
            className={`${styles.unsaved} small`}
            title="The newest token is only in memory: it could not be stored yet."
          >
            Unsaved
          </span>
        )}
        <UndeliveredSign profileId={id} />
      </td>
      <td className={styles.timeLeft}>
        <TimeLeft profile={profile} label={label} />
      </td>
      <td className={`${styles.refreshToken} small`}>
        <RefreshTokenLeft profile={profile} label={label} />
      </td>
      <td className={`${styles.last} small`}>
        <LastRefresh profile={profile} />
      </td>
      <td className={styles.buttons}>
        <IconButton
          icon="refresh"
          label={`Refresh ${label}`}
          tabIndex={reach}
          busy={state === 'refreshing' || isWaiting}
          disabled={profile.unreadable !== undefined}
          onPress={() => void actions.refresh(profile)}
        />
        <IconButton
          icon="copy"
          label={`Copy token ${label}`}
          tabIndex={reach}
          disabled={profile.accessToken === null}
          onPress={() => void actions.copy(profile, 'token')}
        />
        <ProfileMenuButton profile={profile} label={label} tabIndex={reach} />
      </td>
    </>
  )
})

interface NameProps {
  readonly profile: ProfileView
  readonly group: Group
}

/** What the group above does not say leads to the page. */
function CustomerName({ profile, group }: NameProps) {
  const { orgName, targetOrgId } = profile
  const style = `${styles.lines} ${orgName === null ? styles.orgId : ''} ${group === 'customer' ? styles.repeated : ''}`
  const name = (
    <Name className={style} title={orgName === null ? targetOrgId : `${orgName} · ${targetOrgId}`}>
      {orgWords(orgName, targetOrgId)}
    </Name>
  )
  return group === 'service-app' ? <PageLink profile={profile}>{name}</PageLink> : name
}

function AppName({ profile, group }: NameProps) {
  const isRepeated = group === 'service-app'
  const name = (
    <Name className={`${styles.lines} ${isRepeated ? styles.repeated : ''}`} title={profile.name}>
      {profile.name}
    </Name>
  )
  return isRepeated ? name : <PageLink profile={profile}>{name}</PageLink>
}

function PageLink({ profile, children }: { readonly profile: ProfileView; readonly children: ReactNode }) {
  return (
    <a
      className={styles.link}
      href={hrefOf(pageOf(profile))}
      tabIndex={-1}
      draggable={false}
      // With Shift or Ctrl it is selected; Chromium would open a window.
      onClick={(event) => {
        if (event.shiftKey || event.ctrlKey || event.metaKey) event.preventDefault()
        else event.stopPropagation()
      }}
    >
      {children}
    </a>
  )
}

function TimeLeft({ profile, label }: { readonly profile: ProfileView; readonly label: string }) {
  const { accessToken, nextRefresh } = profile
  if (profile.unreadable !== undefined) return <span className="quiet">Cannot be read</span>
  if (accessToken === null) return <span className="quiet">No token yet</span>
  const { issuedAt, expiresAt } = accessToken
  const rejected = rejectedAt(profile)
  if (rejected !== null) return <Rejected at={rejected} />
  if (expiresAt === null) return <span className="quiet">Not known</span>
  return (
    <>
      <span className={styles.when}>
        <Countdown until={expiresAt} label={`Time left of ${label}`} />
        <span className="quiet small">
          <ShortDate at={expiresAt} />
        </span>
      </span>
      <LifeBar
        issuedAt={issuedAt}
        expiresAt={expiresAt}
        refreshAt={nextRefresh?.at ?? null}
        state={profile.state}
      />
    </>
  )
}

function RefreshTokenLeft({
  profile: { refreshToken, unreadable },
  label,
}: {
  readonly profile: ProfileView
  readonly label: string
}) {
  if (unreadable !== undefined) return <span className="quiet">Not known</span>
  if (refreshToken === null) return <span className="quiet">None</span>
  if (refreshToken.dead) return <span className="bad-words">No longer accepted</span>
  if (refreshToken.expiresAt === null) return <span className="quiet">Not known</span>
  return <Countdown until={refreshToken.expiresAt} label={`Refresh token's time left of ${label}`} />
}

function LastRefresh({ profile: { last, sentence, state } }: { readonly profile: ProfileView }) {
  if (last === null) return <span className="quiet">Never</span>
  const why = state === 'healthy' ? null : (sentence ?? last.sentence)
  return (
    <div className={styles.outcome} title={why ?? undefined}>
      <span className={last.outcome === 'failed' ? 'bad-words' : undefined}>
        {last.outcome === 'failed' ? <Icon name="warning" size={0.75} /> : null}
        {outcomeWords[last.outcome]}
        {last.tier === null ? '' : ` by tier ${last.tier}`}
      </span>
      <span className="quiet cut">{why ?? <Relative at={last.at} />}</span>
    </div>
  )
}

/** A quiet word on a row whose token does not get where it should; why, in the tooltip. */
function UndeliveredSign({ profileId }: { readonly profileId: string }) {
  const why = useOfView(({ fleet }) => undeliveredOf(fleet).get(profileId) ?? null)
  if (why === null) return null
  return (
    <span className={`${styles.undelivered} small`} title={why}>
      Not delivered
    </span>
  )
}
