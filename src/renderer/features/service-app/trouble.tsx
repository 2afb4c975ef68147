// What is wrong with a profile: the sentence, who can fix it, the button, and the tracking id for support.
import type { ProfileView } from '#contract/contract.ts'
import { Button } from '#renderer/components/button.tsx'
import { Notice } from '#renderer/components/notice.tsx'
import { FixButton, useActions } from '#renderer/features/shared/actions.tsx'
import { TrackingId } from '#renderer/features/shared/copy-text.tsx'
import { whoMendsByFix } from '#renderer/features/shared/explain.ts'

export function Trouble({ profile }: { readonly profile: ProfileView }) {
  const { copyEmails } = useActions()
  const { state, sentence, fix, last } = profile
  if (sentence === null || state === 'healthy') return null
  const grave = state === 'needs-attention' || state === 'expired'
  const trackingId = last?.outcome === 'failed' ? last.trackingId : null

  return (
    <Notice
      level={grave ? 'critical' : state === 'retrying' ? 'warning' : 'information'}
      action={
        fix !== null && (
          <>
            <FixButton fix={fix} primary />
            {fix.kind === 'authorise-in-control-hub' && (
              <Button size={28} onPress={() => void copyEmails([profile])}>
                Copy e-mail to the admin
              </Button>
            )}
          </>
        )
      }
    >
      <p>{sentence}</p>
      {fix !== null && grave && (
        <p className="small">
          <strong>Who can fix it:</strong> {whoMendsByFix(fix)}.
        </p>
      )}
      {trackingId !== null && <TrackingId id={trackingId} />}
    </Notice>
  )
}
