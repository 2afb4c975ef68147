// The three tiers as rungs, what comes next where one fails, and the test of all of them.
import { Fragment, useEffect, useState } from 'react'
import type { ProfileView, ShownAttempt, Tier, TierView } from '#contract/contract.ts'
import { useAsk } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { Icon, type IconName } from '#renderer/components/icon.tsx'
import layout from '#renderer/components/layout.module.css'
import { allOf } from '#renderer/features/history/history-filter.ts'
import { useMoments } from '#renderer/features/shared/moments.ts'
import { Relative } from '#renderer/features/shared/time-left.tsx'
import { tierNames, tierStateMeanings, tierStateWords } from '#renderer/features/shared/words.ts'
import styles from './ladder.module.css'
import { useDrill } from './use-drill.ts'

export function Ladder({ profile }: { readonly profile: ProfileView }) {
  const { open } = useDialogs()
  return (
    <section className={layout.card} aria-labelledby="ladder-title">
      <header className={layout.cardHeader}>
        <h2 id="ladder-title">Renewal</h2>
        <Button
          icon="test"
          disabled={profile.accessToken === null}
          onPress={() => open({ kind: 'drill', profileId: profile.id })}
        >
          Test all tiers
        </Button>
      </header>
      <Drill profile={profile} />
      <Rungs ladder={profile.ladder} />
    </section>
  )
}

function Rungs({ ladder }: { readonly ladder: readonly TierView[] }) {
  return (
    <ol className={styles.ladder}>
      {ladder.map((rung) => (
        <li key={rung.tier} className={styles.rung} data-state={rung.state}>
          <Mark state={rung.state} />
          <div className={styles.words}>
            <h3>
              Tier {rung.tier}: {tierNames[rung.tier]}
            </h3>
            <p className="quiet">{rung.sentence}</p>
            <p className={`${styles.next} small`}>
              <Icon name="down" size={0.75} />
              {nextWords(rung, ladder)}
            </p>
          </div>
          <div className={styles.state}>
            <span className={styles.stateWords} title={tierStateMeanings[rung.state]}>
              {tierStateWords[rung.state]}
            </span>
            <span className="quiet small">
              {rung.lastUsedAt === null ? (
                rung.isUnused ? (
                  'Not used yet'
                ) : (
                  'No recent use'
                )
              ) : (
                <>
                  Last used <Relative at={rung.lastUsedAt} />
                </>
              )}
            </span>
          </div>
        </li>
      ))}
    </ol>
  )
}

const marks: Readonly<Record<TierView['state'], IconName | null>> = {
  ready: 'check',
  failing: 'warning',
  spent: 'close',
  unknown: null,
}

function Mark({ state }: Pick<TierView, 'state'>) {
  const mark = marks[state]
  return (
    <span className={styles.mark} aria-hidden="true">
      {mark === null ? '?' : <Icon name={mark} size={0.875} />}
    </span>
  )
}

/** What follows where this tier fails, or in its place; each tier speaks of those beside it, never of all. */
function nextWords({ tier, state }: TierView, ladder: readonly TierView[]): string {
  const canRenew = (wanted: Tier) => ladder.find((rung) => rung.tier === wanted)?.canRenew === true
  const isSpent = state === 'spent'
  switch (tier) {
    case 1:
      if (isSpent)
        return canRenew(2)
          ? 'Instead: tier 2 requests new tokens.'
          : 'Tier 2 cannot replace it at the moment.'
      return canRenew(2)
        ? 'If it fails: tier 2 requests a new token.'
        : 'If it fails: tier 2 cannot replace it at the moment.'
    case 2:
      if (!canRenew(2)) {
        return canRenew(1)
          ? 'Tier 1 works without it.'
          : 'Neither tier 1 nor tier 2 can renew this token. Tier 3 only renews the integration.'
      }
      return canRenew(3)
        ? "If Webex rejects the integration's token: tier 3 renews that, then tier 2 is tried again."
        : "If Webex rejects the token manager's token: nothing renews that one."
    case 3:
      return isSpent
        ? "Nothing renews the token manager's token."
        : 'If it fails: reconnect the integration. Refresh tokens keep working meanwhile.'
  }
}

/** What is requested, and what the last test came to. */
function Drill({ profile }: { readonly profile: ProfileView }) {
  const { dateOf } = useMoments()
  const drill = useDrill()
  const last = useLastDrill(profile)
  const { drill: request, nextRefresh, name } = profile
  if (request === undefined && last === null) return null
  return (
    <div className={`${layout.sunken} ${styles.drill}`}>
      {request !== undefined && (
        <p className={styles.request}>
          {request.by === 'schedule' ? 'Monthly test of all tiers' : 'Test of all tiers'}{' '}
          {request.isNext && nextRefresh !== null
            ? `with the next refresh, ${dateOf(nextRefresh.at, nextRefresh.at)}.`
            : 'requested. It waits until tier 2 can be tried and a refresh is due.'}{' '}
          <Button
            kind="quiet"
            size={28}
            label={`Cancel test of all tiers ${name}`}
            onPress={() => void drill(profile, 'never')}
          >
            Cancel
          </Button>
        </p>
      )}
      {last !== null && <LastDrill attempt={last} />}
    </div>
  )
}

function LastDrill({ attempt }: { readonly attempt: ShownAttempt }) {
  const { exactly } = useMoments()
  return (
    <p>
      Last test{' '}
      <span title={exactly(attempt.startedAt)}>
        <Relative at={attempt.startedAt} />
      </span>
      :{' '}
      {([3, 2, 1] as const).map((tier, i) => (
        <Fragment key={tier}>
          {i > 0 && ', '}
          <span className={styles.result}>{resultWords(attempt, tier)}</span>
        </Fragment>
      ))}
      .
    </p>
  )
}

/** Of the newest call of a tier. */
function resultWords({ calls }: ShownAttempt, tier: Tier): string {
  const call = calls.findLast((one) => one.tier === tier)
  if (call === undefined) return `tier ${tier} ${tier === 1 ? 'not needed' : 'not called'}`
  return call.result === 'ok' || call.result === 'unchanged'
    ? `tier ${tier} works`
    : `tier ${tier} failed (${call.resultName})`
}

function useLastDrill({ id, last }: ProfileView): ShownAttempt | null {
  const ask = useAsk()
  const news = last?.at ?? 0
  const [found, setFound] = useState<ShownAttempt | null>(null)
  useEffect(() => {
    let isWanted = news >= 0
    void ask('history.page', { ...allOf(id), cause: 'reason:drill', cursor: null, limit: 1 }).then(
      (reply) => {
        if (isWanted && reply.ok) setFound(reply.value.attempts[0] ?? null)
      },
    )
    return () => {
      isWanted = false
    }
  }, [ask, id, news])
  return found
}
