// What stays in sight wherever one is: a cloud that is not Webex, weak storage, a wrong clock, a pause of everything.
import { inOneUnit } from '#base/common/duration.ts'
import { useAsk, useView } from '#renderer/app/context.tsx'
import { hrefOf } from '#renderer/app/route.ts'
import { Button } from '#renderer/components/button.tsx'
import { Icon } from '#renderer/components/icon.tsx'
import { Countdown } from '#renderer/features/shared/time-left.tsx'
import { Undelivered } from '#renderer/features/shared/undelivered.tsx'

export function StandingSigns() {
  const { app, fleet, settings, storage } = useView()
  const ask = useAsk()
  return (
    <div className="standing-signs">
      {fleet.allPausedUntil !== null && (
        <div className="sign idle">
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
      {app.simulated ? (
        <div className="sign calm">
          <Icon name="test" />
          <div>
            <strong>Simulated</strong>
            <p className="small">This is not the real Webex.</p>
            <p className="small mono break">{settings.baseUrl}</p>
          </div>
        </div>
      ) : (
        app.foreignCloud && (
          <div className="sign caution">
            <Icon name="warning" />
            <div>
              <strong>Not Webex's own cloud</strong>
              <p className="small mono break">{settings.baseUrl}</p>
            </div>
          </div>
        )
      )}
      <Undelivered />
      {storage.level === 'weak' && (
        <div className="sign caution">
          <Icon name="shield" />
          <div>
            <strong>Weak storage</strong>
            <p className="small" title={storage.sentence}>
              Stored tokens are not protected. <a href={hrefOf({ screen: 'settings' })}>Why</a>
            </p>
          </div>
        </div>
      )}
      {fleet.clockSkew !== 0 && (
        <div className="sign caution">
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
