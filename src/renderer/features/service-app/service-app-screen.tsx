// One service app in one org: how long it lasts, what will happen next, what could still happen, what has happened.
import { lazy, Suspense } from 'react'
import type { ProfileView } from '#contract/contract.ts'
import { useOfView, useView } from '#renderer/app/context.tsx'
import { goTo } from '#renderer/app/route.ts'
import { Button } from '#renderer/components/button.tsx'
import layout from '#renderer/components/layout.module.css'
import { Name } from '#renderer/components/name.tsx'
import { Notice } from '#renderer/components/notice.tsx'
import { DeliverySection } from '#renderer/features/delivery/delivery-section.tsx'
import { AttemptsTable } from '#renderer/features/history/attempts-table.tsx'
import { allOf } from '#renderer/features/history/history-filter.ts'
import { useAttempts } from '#renderer/features/history/use-attempts.ts'
import { useActions } from '#renderer/features/shared/actions.tsx'
import { StateChip } from '#renderer/features/shared/chip.tsx'
import { ProfileMenu } from '#renderer/features/shared/profile-menu.tsx'
import { useLabel } from '#renderer/features/shared/profile-name.ts'
import { useIsWaiting } from '#renderer/features/shared/waiting.ts'
import { orgWords } from '#renderer/features/shared/words.ts'
import { Credentials } from './credentials.tsx'
import { Ladder } from './ladder.tsx'
import { Lifetimes } from './lifetimes.tsx'
import styles from './service-app-screen.module.css'
import { TestToken } from './test-token.tsx'
import { Timeline } from './timeline.tsx'
import { Trouble } from './trouble.tsx'

const DataSourcesSection = lazy(() => import('./data-sources.tsx'))

export default function ServiceAppScreen({ profileId }: { readonly profileId: string }) {
  const { fleet } = useView()
  const profile = fleet.profiles.find(({ id }) => id === profileId)
  return profile === undefined ? <Gone /> : <ProfilePage profile={profile} />
}

function Gone() {
  return (
    <div className={layout.screen}>
      <p>This service app is no longer here.</p>
      <Button icon="back" onPress={() => goTo({ screen: 'service-apps' })}>
        Back
      </Button>
    </div>
  )
}

function ProfilePage({ profile }: { readonly profile: ProfileView }) {
  const actions = useActions()
  const { name, state } = profile
  const label = useLabel(profile)
  const isWaiting = useIsWaiting(profile.id)
  return (
    <div className={layout.screen}>
      <header className={`${layout.header} ${styles.header}`}>
        <Button kind="quiet" icon="back" size={28} onPress={() => goTo({ screen: 'service-apps' })}>
          Back
        </Button>
        <div className={`${layout.title} ${styles.title}`}>
          <h1>
            <Name cut>{name}</Name>
          </h1>
          <p className="quiet">
            <Name cut>{orgWords(profile.orgName, profile.targetOrgId)}</Name>
          </p>
        </div>
        <StateChip state={state} />
        <span className="spring" />
        <div className={layout.headerButtons}>
          <Button
            icon="refresh"
            label={`Refresh ${label}`}
            disabled={profile.unreadable !== undefined || isWaiting}
            onPress={() => void actions.refresh(profile)}
          >
            {isWaiting ? 'Waiting …' : 'Refresh'}
          </Button>
          <Button
            kind="primary"
            icon="copy"
            label={`Copy token ${label}`}
            disabled={profile.accessToken === null}
            onPress={() => void actions.copy(profile, 'token')}
          >
            Copy token
          </Button>
          <ProfileMenu profile={profile} />
        </div>
      </header>
      <div className={layout.body}>
        <Trouble profile={profile} />
        {profile.unsaved && (
          <Notice level="critical" title="Not stored yet">
            The newest token is only in memory. Storing it is retried every few seconds; do not quit before.
          </Notice>
        )}
        {profile.unreadable === undefined ? (
          <Details profile={profile} />
        ) : (
          <ProfileHistory profile={profile} />
        )}
      </div>
    </div>
  )
}

function Details({ profile }: { readonly profile: ProfileView }) {
  return (
    <>
      <Lifetimes profile={profile} />
      <DeliverySection profile={profile} />
      <Suspense fallback={null}>
        <DataSourcesSection key={profile.id} profile={profile} />
      </Suspense>
      <Ladder profile={profile} />
      <ProfileHistory profile={profile} />
      <TestToken profile={profile} />
      <Credentials profile={profile} />
    </>
  )
}

function ProfileHistory({ profile }: { readonly profile: ProfileView }) {
  const renewals = useOfView(({ dataSources }) => dataSources.revision) ?? 0
  const attempts = useAttempts(allOf(profile.id), (profile.last?.at ?? 0) + renewals)
  return (
    <>
      <section className={layout.card} aria-labelledby="timeline-title">
        <h2 id="timeline-title">Timeline</h2>
        <Timeline profile={profile} />
      </section>
      <section className={layout.card} aria-labelledby="page-history-title">
        <h2 id="page-history-title">History</h2>
        <AttemptsTable attempts={attempts} withNames={false} />
      </section>
    </>
  )
}
