// One service app in one org, as a row: who, how it fares, how long it lasts, what happened last, what can be done.
import { memo } from 'react'
import type { ProfileView } from '#contract/contract.ts'
import { useOfView } from '#renderer/app/context.tsx'
import { goTo, hrefOf } from '#renderer/app/route.ts'
import { IconButton } from '#renderer/components/button.tsx'
import { Icon } from '#renderer/components/icon.tsx'
import { Name } from '#renderer/components/name.tsx'
import type { Actions } from '#renderer/features/shared/actions.tsx'
import { StateChip } from '#renderer/features/shared/chip.tsx'
import { ProfileMenu } from '#renderer/features/shared/profile-menu.tsx'
import { Countdown, LifeBar, Relative } from '#renderer/features/shared/time-left.tsx'
import { orgWords, outcomeWords } from '#renderer/features/shared/words.ts'
import styles from './profile-list.module.css'
import type { ListRow, RowPlace } from './rows.ts'

interface RowProps extends RowPlace {
  readonly row: Extract<ListRow, { kind: 'profile' }>
  readonly actions: Actions
}

/** Drawn again only when its profile or its place has changed, not whenever the list is scrolled. */
export const ProfileRow = memo(function ProfileRow({ row, actions, ...place }: RowProps) {
  const { profile, grouped } = row
  const reach = place.active ? 0 : -1
  return (
    <tr
      className={`${styles.row} ${styles.profileRow} ${grouped ? styles.grouped : ''}`}
      data-index={place.index}
      aria-rowindex={place.index + 2}
      aria-label={profile.name}
      tabIndex={reach}
      style={{ transform: `translateY(${place.start}px)` }}
      onFocus={() => place.onFocus(row.key)}
      onClick={() => goTo(pageOf(profile))}
    >
      <Cells profile={profile} actions={actions} reach={reach} />
    </tr>
  )
})

const pageOf = ({ id }: ProfileView) => ({ screen: 'service-app', profileId: id }) as const

interface CellsProps {
  readonly profile: ProfileView
  readonly actions: Actions
  /** The tab index of its buttons. */
  readonly reach: number
}

/** Not drawn again when only its place has changed: a renewal moves its row past all the others. */
const Cells = memo(function Cells({ profile, actions, reach }: CellsProps) {
  const { id, name, state } = profile
  return (
    <>
      <td className={styles.name}>
        <a
          href={hrefOf(pageOf(profile))}
          tabIndex={-1}
          draggable={false}
          onClick={(event) => event.stopPropagation()}
        >
          <Name cut>{name}</Name>
        </a>
        <Name cut className="quiet small" title={profile.targetOrgId}>
          {orgWords(profile.orgName, profile.targetOrgId)}
        </Name>
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
        <TimeLeft profile={profile} />
      </td>
      <td className={`${styles.refreshToken} small`}>
        <RefreshTokenLeft profile={profile} />
      </td>
      <td className={`${styles.last} small`}>
        <LastRefresh profile={profile} />
      </td>
      <td className={styles.buttons}>
        <IconButton
          icon="refresh"
          label={`Refresh ${name}`}
          tabIndex={reach}
          busy={state === 'refreshing'}
          disabled={profile.unreadable !== undefined}
          onPress={() => void actions.refresh(profile)}
        />
        <IconButton
          icon="copy"
          label={`Copy token ${name}`}
          tabIndex={reach}
          disabled={profile.accessToken === null}
          onPress={() => void actions.copy(profile, 'token')}
        />
        <ProfileMenu profile={profile} tabIndex={reach} />
      </td>
    </>
  )
})

function TimeLeft({ profile }: { readonly profile: ProfileView }) {
  const { accessToken, nextRefresh } = profile
  if (profile.unreadable !== undefined) return <span className="quiet">Cannot be read</span>
  if (accessToken === null) return <span className="quiet">No token yet</span>
  const { issuedAt, expiresAt } = accessToken
  if (expiresAt === null) return <span className="quiet">Not known</span>
  return (
    <>
      <Countdown until={expiresAt} label={`Time left of ${profile.name}`} />
      <LifeBar issuedAt={issuedAt} expiresAt={expiresAt} refreshAt={nextRefresh?.at ?? null} />
    </>
  )
}

function RefreshTokenLeft({
  profile: { name, refreshToken, unreadable },
}: {
  readonly profile: ProfileView
}) {
  if (unreadable !== undefined) return <span className="quiet">Not known</span>
  if (refreshToken === null) return <span className="quiet">None</span>
  if (refreshToken.dead) return <span className="bad-words">No longer accepted</span>
  if (refreshToken.expiresAt === null) return <span className="quiet">Not known</span>
  return <Countdown until={refreshToken.expiresAt} label={`Refresh token's time left of ${name}`} />
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
  const why = useOfView(
    ({ delivery }) => delivery.failing.find((one) => one.profileId === profileId)?.sentence ?? null,
  )
  if (why === null) return null
  return (
    <span className={`${styles.undelivered} small`} title={why}>
      Not delivered
    </span>
  )
}
