// Asks when all tiers of a service app are to be tested: with the next refresh, or at once for one more token.
import { isolated } from '#base/common/display-text.ts'
import { useView } from '#renderer/app/context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice } from '#renderer/components/notice.tsx'
import { useMoments } from '#renderer/features/shared/moments.ts'
import { nameWithOrg } from '#renderer/features/shared/words.ts'
import { useDrill } from './use-drill.ts'

interface DrillDialogProps {
  readonly profileId: string
  readonly onClose: () => void
}

export default function DrillDialog({ profileId, onClose }: DrillDialogProps) {
  const { fleet } = useView()
  const drill = useDrill()
  const { dateOf } = useMoments()
  const profile = fleet.profiles.find(({ id }) => id === profileId)
  if (profile === undefined) return null
  const { nextRefresh, ladder } = profile
  const start = (when: 'next-renewal' | 'now') => {
    onClose()
    void drill(profile, when)
  }
  const hasTierTwo = ladder.find(({ tier }) => tier === 2)?.canRenew === true
  return (
    <Dialog title={`Test all tiers: ${isolated(nameWithOrg(profile))}`} onClose={onClose}>
      <div className={layout.form}>
        <p>
          The refresh goes through tier 3 (the integration) and tier 2 instead of tier 1, so that you know
          they work. If they fail, tier 1 renews the token: no token is lost. The result is in the history.
        </p>
        <p>
          As after each renewal, the new token is delivered to its targets: env files are written, commands
          run. Tier 1 then has a new refresh token, and is on standby until that is used.
        </p>
        {!hasTierTwo && (
          <Notice level="warning">
            Tier 2 cannot be tried at the moment. {ladder.find(({ tier }) => tier === 2)?.sentence}
          </Notice>
        )}
        <p>
          <strong>With the next refresh</strong>
          {nextRefresh === null ? '' : `, ${dateOf(nextRefresh.at, nextRefresh.at)}`}: the renewal that is due
          then is the test, so no additional token is issued.
        </p>
        <p>
          <strong>Now</strong>: one more token, which counts against Webex’s limit of 750 live access tokens
          for this service app and customer until it expires.
        </p>
        <FormButtons>
          <span className="spring" />
          <Button onPress={onClose}>Cancel</Button>
          <Button onPress={() => start('now')}>Test now</Button>
          <Button kind="primary" onPress={() => start('next-renewal')}>
            Test with the next refresh
          </Button>
        </FormButtons>
      </div>
    </Dialog>
  )
}
