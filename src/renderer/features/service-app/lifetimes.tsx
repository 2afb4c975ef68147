// The two countdowns, the next refresh with its reason, and how long all runs without anyone.
import type { ReactNode } from 'react'
import { countdown } from '#base/common/duration.ts'
import type { ProfileView } from '#contract/contract.ts'
import { rejectedAt } from '#contract/view-changes.ts'
import { useNow } from '#renderer/app/context.tsx'
import {
  Countdown,
  DateAndTime,
  LifeBar,
  Rejected,
  Relative,
  useUnattended,
} from '#renderer/features/shared/time-left.tsx'
import { originWords } from '#renderer/features/shared/words.ts'
import styles from './lifetimes.module.css'

export function Lifetimes({ profile }: { readonly profile: ProfileView }) {
  const { accessToken, refreshToken, nextRefresh, ladder } = profile
  const rejected = rejectedAt(profile)
  const tierTwo = ladder.find(({ tier }) => tier === 2)
  return (
    <div className={styles.lifetimes}>
      <Tile title="Access token">
        {accessToken === null ? (
          <p className={`${styles.figure} quiet`}>Not yet issued</p>
        ) : (
          <>
            {rejected === null ? (
              <Figure until={accessToken.expiresAt} label="Access token, time left" />
            ) : (
              <p className={styles.figure}>
                <Rejected at={rejected} />
              </p>
            )}
            {accessToken.expiresAt !== null && rejected === null && (
              <LifeBar
                issuedAt={accessToken.issuedAt}
                expiresAt={accessToken.expiresAt}
                refreshAt={nextRefresh?.at ?? null}
                state={profile.state}
              />
            )}
            {rejected !== null && (
              <p>
                Rejected by Webex <Relative at={rejected} />
              </p>
            )}
            {accessToken.expiresAt !== null && (
              <p>
                {rejected === null ? 'Expires' : 'Would expire'} <DateAndTime at={accessToken.expiresAt} />
              </p>
            )}
            <p className="quiet small">
              Issued {originWords[accessToken.origin]}, <DateAndTime at={accessToken.issuedAt} />
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
              <>
                <LifeBar
                  issuedAt={refreshToken.issuedAt}
                  expiresAt={refreshToken.expiresAt}
                  refreshAt={null}
                />
                <p>
                  Expires <DateAndTime at={refreshToken.expiresAt} />
                </p>
              </>
            )}
          </>
        )}
        {refreshToken === null || refreshToken.dead ? (
          <p className="quiet small">
            {tierTwo?.canRenew === true ? 'Tier 2 works without it.' : (tierTwo?.sentence ?? '')}
          </p>
        ) : (
          <p className="quiet small">
            First received <DateAndTime at={refreshToken.issuedAt} />
          </p>
        )}
      </Tile>
      <Tile title="Next refresh">
        {nextRefresh === null ? (
          <>
            <p className={`${styles.figure} quiet`}>None planned</p>
            <p className="quiet small">
              {profile.state === 'paused' ? 'Paused.' : 'Waiting for someone to fix it.'}
            </p>
          </>
        ) : (
          <>
            <p className={`${styles.figure} figures`}>
              <NextIn at={nextRefresh.at} />
            </p>
            <p>
              <DateAndTime at={nextRefresh.at} />
            </p>
            <p className="quiet small">{nextRefresh.why}</p>
          </>
        )}
      </Tile>
      <Tile title="Unattended until">
        <Unattended profile={profile} />
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

function Unattended({ profile }: { readonly profile: ProfileView }) {
  const { until, word, isStopped, sentence } = useUnattended(profile)
  return (
    <>
      <p className={`${styles.figure} ${isStopped ? 'bad-words' : until === null ? 'quiet' : ''}`}>
        {until === null ? word : <DateAndTime at={until} />}
      </p>
      <p className="quiet small">{sentence}</p>
    </>
  )
}
