// Beside the list: what the page of a service app says at its top, while the list stays in use.
import type { ReactNode } from 'react'
import { countdown } from '#base/common/duration.ts'
import type { ProfileView } from '#contract/contract.ts'
import { rejectedAt } from '#contract/view-changes.ts'
import { useNow } from '#renderer/app/context.tsx'
import { goTo } from '#renderer/app/route.ts'
import { Button, IconButton } from '#renderer/components/button.tsx'
import { Name } from '#renderer/components/name.tsx'
import { FixButton, useActions } from '#renderer/features/shared/actions.tsx'
import { StateChip } from '#renderer/features/shared/chip.tsx'
import {
  Countdown,
  DateAndTime,
  LifeBar,
  Rejected,
  Relative,
  useUnattended,
} from '#renderer/features/shared/time-left.tsx'
import { useIsWaiting } from '#renderer/features/shared/waiting.ts'
import { orgWords } from '#renderer/features/shared/words.ts'
import styles from './preview-panel.module.css'

interface PanelProps {
  readonly profile: ProfileView
  readonly onClose: () => void
}

export default function PreviewPanel({ profile, onClose }: PanelProps) {
  const actions = useActions()
  const { id, name, state, sentence, fix, accessToken, nextRefresh, unreadable } = profile
  const isWaiting = useIsWaiting(id)
  return (
    <aside className={styles.panel} aria-label="Preview">
      <header>
        <div>
          <h2>
            <Name cut>{name}</Name>
          </h2>
          <Name cut className={styles.customer} title={profile.targetOrgId}>
            {orgWords(profile.orgName, profile.targetOrgId)}
          </Name>
        </div>
        <IconButton icon="close" label="Close preview" onPress={onClose} />
      </header>
      <div className={styles.buttons}>
        <Button kind="primary" size={28} onPress={() => goTo({ screen: 'service-app', profileId: id })}>
          Open
        </Button>
        <Button
          size={28}
          icon="copy"
          disabled={accessToken === null}
          onPress={() => void actions.copy(profile, 'token')}
        >
          Copy token
        </Button>
        <Button
          size={28}
          icon="refresh"
          disabled={unreadable !== undefined || isWaiting}
          onPress={() => void actions.refresh(profile)}
        >
          {isWaiting ? 'Waiting …' : 'Refresh'}
        </Button>
      </div>
      <div className={styles.state}>
        <StateChip state={state} />
        {sentence !== null && state !== 'healthy' && <p>{sentence}</p>}
        {fix !== null && state !== 'healthy' && <FixButton fix={fix} />}
      </div>
      <dl>
        <Value title="Access token">
          <AccessToken profile={profile} />
        </Value>
        <Value title="Refresh token">
          <RefreshToken profile={profile} />
        </Value>
        <Value title="Next refresh">
          {nextRefresh === null ? (
            <span className="quiet">None planned</span>
          ) : (
            <NextRefresh {...nextRefresh} />
          )}
        </Value>
        <Value title="Last test">
          <LastTest profile={profile} />
        </Value>
        <Value title="Unattended until">
          <UnattendedUntil profile={profile} />
        </Value>
      </dl>
    </aside>
  )
}

function Value({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt className="quiet small">{title}</dt>
      <dd>{children}</dd>
    </div>
  )
}

const NOT_KNOWN = <span className="quiet">Not known</span>

function AccessToken({ profile }: { readonly profile: ProfileView }) {
  const { accessToken, nextRefresh, state } = profile
  if (accessToken === null) return <span className="quiet">Not yet issued</span>
  const rejected = rejectedAt(profile)
  if (rejected !== null) return <Rejected at={rejected} />
  const { issuedAt, expiresAt } = accessToken
  if (expiresAt === null) return NOT_KNOWN
  return (
    <>
      <strong>
        <Countdown until={expiresAt} label="Access token, time left" />
      </strong>
      <LifeBar issuedAt={issuedAt} expiresAt={expiresAt} refreshAt={nextRefresh?.at ?? null} state={state} />
      <Ends at={expiresAt} />
    </>
  )
}

function RefreshToken({ profile: { refreshToken } }: { readonly profile: ProfileView }) {
  if (refreshToken === null) return <span className="quiet">None</span>
  if (refreshToken.dead) return <span className="bad-words">No longer accepted</span>
  if (refreshToken.expiresAt === null) return NOT_KNOWN
  return (
    <>
      <strong>
        <Countdown until={refreshToken.expiresAt} label="Refresh token, time left" />
      </strong>
      <Ends at={refreshToken.expiresAt} />
    </>
  )
}

const tested: Readonly<Record<NonNullable<ProfileView['lastTest']>['result'], string>> = {
  valid: 'Accepted',
  'valid-without-right': 'Accepted, but without access to the test endpoint',
  expired: 'Expired',
  invalid: 'Not accepted',
  unknown: 'No result',
}

function LastTest({ profile: { lastTest } }: { readonly profile: ProfileView }) {
  if (lastTest === undefined) return <span className="quiet">Not tested since the start</span>
  return (
    <span>
      {tested[lastTest.result]}, <Relative at={lastTest.at} />
    </span>
  )
}

function UnattendedUntil({ profile }: { readonly profile: ProfileView }) {
  const { until, word, isStopped, sentence } = useUnattended(profile)
  return (
    <>
      <span className={isStopped ? 'bad-words' : until === null ? 'quiet' : undefined}>
        {until === null ? word : <DateAndTime at={until} />}
      </span>
      <span className="quiet small">{sentence}</span>
    </>
  )
}

function NextRefresh({ at, why }: NonNullable<ProfileView['nextRefresh']>) {
  const words = useNow((now) => (at > now ? `in ${countdown(at - now)}` : 'now'))
  return (
    <>
      <strong className="figures">{words}</strong>
      <span className="quiet small">
        <DateAndTime at={at} />: {why}
      </span>
    </>
  )
}

function Ends({ at }: { readonly at: number }) {
  return (
    <span className="quiet small">
      Expires <DateAndTime at={at} />
    </span>
  )
}
