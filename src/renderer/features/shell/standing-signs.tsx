// Signs that are always shown: a cloud that is not Webex, weak storage, a wrong clock, a pause of everything.
import { inOneUnit } from '#base/common/duration.ts'
import type { FleetView, ProfileView, UpdatesView } from '#contract/contract.ts'
import { useAsk, useView } from '#renderer/app/context.tsx'
import { hrefOf } from '#renderer/app/route.ts'
import { Button } from '#renderer/components/button.tsx'
import { Icon } from '#renderer/components/icon.tsx'
import { Countdown } from '#renderer/features/shared/time-left.tsx'
import { plural } from '#renderer/features/shared/words.ts'
import { SharedVaultSign } from './shared-vault-sign.tsx'
import styles from './standing-signs.module.css'

/** Of all, when no other is left; one that was paused alone is resumed in its own row. */
function countPaused({ profiles, allPausedUntil }: FleetView): number {
  const isPaused = ({ state, fix }: ProfileView) => state === 'paused' || fix?.kind === 'resume'
  return allPausedUntil === null && profiles.every(isPaused) ? profiles.length : 0
}

export function StandingSigns() {
  const { app, fleet, settings, storage, updates } = useView()
  const ask = useAsk()
  const pausedHere = countPaused(fleet)
  return (
    <div className={styles.signs}>
      <SharedVaultSign />
      {fleet.allPausedUntil !== null && (
        <div className={styles.sign} data-tone="idle">
          <Icon name="pause" />
          <div>
            <strong>All paused</strong>
            <p className="small">
              for <Countdown until={fleet.allPausedUntil} label="Pause, time left" />
            </p>
            <Button size={24} onPress={() => void ask('fleet.pause', { minutes: null })}>
              Resume all
            </Button>
          </div>
        </div>
      )}
      {pausedHere > 1 && (
        <div className={styles.sign} data-tone="idle">
          <Icon name="pause" />
          <div>
            <strong>{plural(pausedHere, 'customer')} paused</strong>
            <p className="small">Their tokens are not renewed.</p>
            <Button
              size={24}
              onPress={() => void ask('fleet.set-paused', { profileIds: null, paused: false })}
            >
              Resume all
            </Button>
          </div>
        </div>
      )}
      {app.simulated ? (
        <div className={styles.sign} data-tone="calm">
          <Icon name="test" />
          <div>
            <strong>Simulated</strong>
            <p className="small">Not the real Webex.</p>
            <p className="small mono break">{settings.baseUrl}</p>
          </div>
        </div>
      ) : (
        app.foreignCloud && (
          <div className={styles.sign} data-tone="caution">
            <Icon name="warning" />
            <div>
              <strong>Custom Webex address</strong>
              <p className="small mono break">{settings.baseUrl}</p>
            </div>
          </div>
        )
      )}
      {app.supportEndedAt !== null && !app.simulated && (
        <div className={styles.sign} data-tone="idle">
          <Icon name="information" />
          <div>
            <strong>Electron is out of support</strong>
            <p className="small">
              No more security fixes.{' '}
              <a href={hrefOf({ screen: 'settings', section: 'about' })}>What to do</a>
            </p>
          </div>
        </div>
      )}
      {updates !== null && updates.version !== null && (
        <UpdateSign updates={updates} version={updates.version} />
      )}
      {storage.level === 'weak' && (
        <div className={styles.sign} data-tone="caution">
          <Icon name="shield" />
          <div>
            <strong>Weak storage</strong>
            <p className="small" title={storage.sentence}>
              Stored tokens are not protected.{' '}
              <a href={hrefOf({ screen: 'settings', section: 'security' })}>Why</a>
            </p>
          </div>
        </div>
      )}
      {fleet.clockSkew !== 0 && (
        <div className={styles.sign} data-tone="caution">
          <Icon name="warning" />
          <div>
            <strong>This computer's clock is wrong</strong>
            <p className="small">
              {inOneUnit(fleet.clockSkew)} {fleet.clockSkew > 0 ? 'behind' : 'ahead of'} Webex. The times
              shown are corrected.
            </p>
          </div>
        </div>
      )}
    </div>
  )
}

const updateTitles: Readonly<Record<UpdatesView['step'], string | null>> = {
  none: null,
  newest: null,
  checking: 'Update available',
  available: 'Update available',
  downloading: 'Downloading update',
  downloaded: 'Update ready to install',
  installing: 'Installing update',
  installed: 'Update installed',
}

interface UpdateSignProps {
  readonly updates: UpdatesView
  readonly version: string
}

function UpdateSign({ updates: { step, percent }, version }: UpdateSignProps) {
  const title = updateTitles[step]
  if (title === null) return null
  return (
    <div className={styles.sign} data-tone="calm">
      <Icon name="information" />
      <div>
        <strong>{title}</strong>
        <p className="small figures">
          Version {version}
          {step === 'downloading' && `, ${percent} %`}
          {step === 'installed' && ' starts when the app restarts'}.{' '}
          <a href={hrefOf({ screen: 'settings', section: 'about' })}>Show</a>
        </p>
      </div>
    </div>
  )
}
