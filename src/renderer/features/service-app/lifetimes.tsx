// The two countdowns, the next refresh with its reason, and how long all runs without anyone.
import type { ReactNode } from 'react'
import { countdown } from '#base/common/duration.ts'
import type { ProfileView } from '#contract/contract.ts'
import { useNow } from '#renderer/app/context.tsx'
import { useMoments } from '#renderer/features/shared/moments.ts'
import { Countdown, LifeBar } from '#renderer/features/shared/time-left.tsx'
import { originWords } from '#renderer/features/shared/words.ts'
import styles from './lifetimes.module.css'

export function Lifetimes({ profile }: { readonly profile: ProfileView }) {
  const { accessToken, refreshToken, nextRefresh, unattendedUntil, isUnattended, ladder } = profile
  const tierTwo = ladder.find(({ tier }) => tier === 2)
  return (
    <div className={styles.lifetimes}>
      <Tile title="Access token">
        {accessToken === null ? (
          <p className={`${styles.figure} quiet`}>Not yet issued</p>
        ) : (
          <>
            <Figure until={accessToken.expiresAt} label="Access token, time left" />
            {accessToken.expiresAt !== null && (
              <LifeBar
                issuedAt={accessToken.issuedAt}
                expiresAt={accessToken.expiresAt}
                refreshAt={nextRefresh?.at ?? null}
                state={profile.state}
              />
            )}
            <p className="quiet small">
              Issued {originWords[accessToken.origin]}, <Day at={accessToken.issuedAt} />
            </p>
          </>
        )}
      </Tile>
      <Tile title="Refresh token">
        {refreshToken === null ? (
          <p className={`${styles.figure} quiet`}>None</p>
        ) : refreshToken.dead ? (
          <p className={`${styles.figure} bad-words`}>No longer accepted</p>
        ) : (
          <>
            <Figure until={refreshToken.expiresAt} label="Refresh token, time left" />
            {refreshToken.expiresAt !== null && (
              <LifeBar issuedAt={refreshToken.issuedAt} expiresAt={refreshToken.expiresAt} refreshAt={null} />
            )}
          </>
        )}
        <p className="quiet small">
          {refreshToken?.expiresAt == null || refreshToken.dead ? (
            tierTwo?.canRenew === true ? (
              'Tier 2 works without it.'
            ) : (
              (tierTwo?.sentence ?? '')
            )
          ) : (
            <>
              Lasts until <Day at={refreshToken.expiresAt} />
            </>
          )}
        </p>
      </Tile>
      <Tile title="Next refresh">
        {nextRefresh === null ? (
          <>
            <p className={`${styles.figure} quiet`}>None planned</p>
            <p className="quiet small">
              {profile.state === 'paused' ? 'It is paused.' : 'Waiting for someone to fix it.'}
            </p>
          </>
        ) : (
          <>
            <p className={`${styles.figure} figures`}>
              <NextIn at={nextRefresh.at} />
            </p>
            <p className="quiet small">
              <Day at={nextRefresh.at} />: {nextRefresh.why}
            </p>
          </>
        )}
      </Tile>
      <Tile title="Unattended until">
        {!isUnattended ? (
          <>
            <p className={`${styles.figure} bad-words`}>Now</p>
            <p className="quiet small">
              {profile.state === 'paused'
                ? 'Nothing renews it while it is paused.'
                : 'No tier can renew it without help.'}
            </p>
          </>
        ) : unattendedUntil === null ? (
          <>
            <p className={`${styles.figure} quiet`}>Not known</p>
            <p className="quiet small">Webex did not say when the refresh token ends.</p>
          </>
        ) : (
          <>
            <p className={styles.figure}>
              <Day at={unattendedUntil} />
            </p>
            <p className="quiet small">If nobody intervenes, renewal stops on this day.</p>
          </>
        )}
      </Tile>
    </div>
  )
}

function Tile({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={styles.tile}>
      <h2 className="quiet small">{title}</h2>
      {children}
    </section>
  )
}

function Figure({ until, label }: { readonly until: number | null; readonly label: string }) {
  return (
    <p className={styles.figure}>
      {until === null ? <span className="quiet">Not known</span> : <Countdown until={until} label={label} />}
    </p>
  )
}

function NextIn({ at }: { readonly at: number }) {
  return useNow((now) => (at > now ? `in ${countdown(at - now)}` : 'now'))
}

function Day({ at }: { readonly at: number }) {
  const { dateOf, exactly } = useMoments()
  const words = useNow((now) => dateOf(at, now))
  return <span title={exactly(at)}>{words}</span>
}
