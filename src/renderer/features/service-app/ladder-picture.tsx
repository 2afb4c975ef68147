// The three tiers as rungs: which can be used, which is spent, and why.
import type { TierView } from '#contract/contract.ts'
import { Icon } from '#renderer/components/icon.tsx'
import { Relative } from '#renderer/features/shared/time-left.tsx'
import { tierNames, tierStateWords } from '#renderer/features/shared/words.ts'
import styles from './ladder-picture.module.css'

const marks = { ready: 'check', failing: 'close', spent: 'close', unknown: null } as const

export function LadderPicture({ ladder }: { readonly ladder: readonly TierView[] }) {
  return (
    <ol className={styles.ladder}>
      {ladder.map((rung) => {
        const mark = marks[rung.state]
        return (
          <li key={rung.tier} className={styles.rung} data-state={rung.state}>
            <span className={styles.mark} aria-hidden="true">
              {mark === null ? rung.tier : <Icon name={mark} size={0.875} />}
            </span>
            <div className={styles.words}>
              <h3>
                Tier {rung.tier}: {tierNames[rung.tier]}
              </h3>
              <p className="quiet">{rung.sentence}</p>
            </div>
            <div className={styles.state}>
              <span className={styles.stateWords}>{tierStateWords[rung.state]}</span>
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
        )
      })}
    </ol>
  )
}
