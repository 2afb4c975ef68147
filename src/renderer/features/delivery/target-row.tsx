import { useId, useState } from 'react'
import { printable } from '#base/common/display-text.ts'
import type { ProfileView, TargetView } from '#contract/contract.ts'
import { useNow } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import buttonStyles from '#renderer/components/button.module.css'
import { Button, IconButton } from '#renderer/components/button.tsx'
import { Icon } from '#renderer/components/icon.tsx'
import layout from '#renderer/components/layout.module.css'
import { Path } from '#renderer/components/name.tsx'
import { useActions } from '#renderer/features/shared/actions.tsx'
import { Chip } from '#renderer/features/shared/chip.tsx'
import { relative, useMoments } from '#renderer/features/shared/moments.ts'
import { Relative } from '#renderer/features/shared/time-left.tsx'
import { visible } from '#renderer/features/shared/words.ts'
import styles from './target-row.module.css'
import { historyOf, TargetRuns } from './target-runs.tsx'
import { placeOf, shortPlaceOf, targetStateWords, targetTones, whatOf, wordsOf } from './target-words.ts'

interface TargetRowProps {
  readonly target: TargetView
  readonly profile: ProfileView
}

/** One target: what is delivered where, its state, and what can be done. */
export function TargetRow({ target, profile }: TargetRowProps) {
  const { exactly } = useMoments()
  const { deliver } = useActions()
  const { open } = useDialogs()
  const [showsRuns, setShowsRuns] = useState(false)
  const runsId = useId()
  const { spec, state, delivered, failure } = target
  const words = wordsOf(spec)
  const place = placeOf(target)
  const after = words.after(spec)
  const short = shortPlaceOf(target)
  return (
    <li className={styles.target}>
      <Icon name={words.icon} size={1.25} />
      <div className={layout.rowWords}>
        <span className={styles.place}>
          <strong>{words.name(spec)}</strong>
          {state === 'held' ? (
            <span className="mono whole selectable">{visible(place)}</span>
          ) : (
            <span className="mono cut selectable" title={place}>
              <Path>{words.runsCommand ? short : place}</Path>
            </span>
          )}
        </span>
        <span className="quiet small cut" title={whatOf(target)}>
          {target.isOfFleet === true && 'Fleet delivery · '}
          {whatOf(target)}
        </span>
      </div>
      <div className={styles.state}>
        <Chip tone={targetTones[state]}>{targetStateWords[state]}</Chip>
        <span className="quiet small">
          {delivered === null ? (
            'Never delivered'
          ) : (
            <>
              <span title={exactly(delivered.at)}>
                <Relative at={delivered.at} />
              </span>{' '}
              <span className="mono" title="Fingerprint of the token that is there">
                {delivered.fingerprint}
              </span>
            </>
          )}
        </span>
      </div>
      <div className={styles.buttons}>
        <button
          type="button"
          className={buttonStyles.iconButton}
          aria-label={historyOf(target)}
          title={historyOf(target)}
          aria-expanded={showsRuns}
          aria-controls={showsRuns ? runsId : undefined}
          onClick={() => setShowsRuns(!showsRuns)}
        >
          <Icon name="history" />
        </button>
        {state !== 'held' && (
          <IconButton
            icon="deliver"
            label={`Deliver now to ${short}`}
            disabled={profile.accessToken === null}
            onPress={() => void deliver(profile, target)}
          />
        )}
        <IconButton
          icon="edit"
          label={`Edit delivery to ${short}`}
          onPress={() => open({ kind: 'edit-delivery', target })}
        />
        {target.isOfFleet !== true && (
          <IconButton
            icon="remove"
            label={`Remove delivery to ${short}`}
            onPress={() => open({ kind: 'remove-delivery', target })}
          />
        )}
      </div>
      {state === 'held' && (
        <div className={`${styles.held} small`}>
          {after !== null && (
            <span>
              Then runs <span className="mono whole selectable">{visible(after)}</span>
            </span>
          )}
          <span>{words.whenHeld}</span>
          <Button
            size={28}
            label={`Confirm and deliver to ${short}`}
            disabled={profile.accessToken === null}
            onPress={() => void deliver(profile, target)}
          >
            Confirm and deliver
          </Button>
        </div>
      )}
      {state === 'unverified' && (
        <p className={`${styles.doubt} quiet small`}>
          <Icon name="information" size={0.875} />
          <span className="selectable">{printable(words.whyUnverified(spec))}</span>
        </p>
      )}
      {failure !== null && (
        <p className={`${styles.failure} small`}>
          <Icon name="warning" size={0.875} />
          <span className="selectable">
            {printable(failure.sentence)}{' '}
            <span className="quiet">
              Failed <Relative at={failure.at} />
              {failure.failures > 1 ? `, ${failure.failures} times in a row` : ''};{' '}
              {failure.retryAt === null ? (
                'retried after the next renewal.'
              ) : (
                <NextTry at={failure.retryAt} />
              )}
            </span>
          </span>
        </p>
      )}
      {showsRuns && <TargetRuns id={runsId} target={target} />}
    </li>
  )
}

/** ms. Nearer than this a time is not worth reading. */
const ANY_MOMENT = 10_000

function NextTry({ at }: { readonly at: number }) {
  return useNow((now) => `next try ${at - now < ANY_MOMENT ? 'any moment' : relative(at, now)}.`)
}
