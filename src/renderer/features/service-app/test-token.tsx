// Proves the token by the profile's own probe, and says what that proves.
import { useState } from 'react'
import type { Probe, ProfileView, Verdict } from '#contract/contract.ts'
import { useAsk } from '#renderer/app/context.tsx'
import { Button } from '#renderer/components/button.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice } from '#renderer/components/notice.tsx'
import { TrackingId } from '#renderer/features/shared/copy-text.tsx'

const levels = {
  valid: 'success',
  'valid-without-right': 'information',
  expired: 'critical',
  invalid: 'critical',
  unknown: 'warning',
} as const

export function TestToken({ profile }: { readonly profile: ProfileView }) {
  const ask = useAsk()
  const [busy, setBusy] = useState(false)
  const [verdict, setVerdict] = useState<Verdict | null>(null)
  const [refusal, setRefusal] = useState<string | null>(null)

  const test = async () => {
    setBusy(true)
    const reply = await ask('profile.test', { profileId: profile.id })
    setBusy(false)
    setVerdict(reply.ok ? reply.value : null)
    setRefusal(reply.ok ? null : reply.error.message)
  }

  return (
    <section className={layout.card} aria-labelledby="test-title">
      <header className={layout.cardHeader}>
        <div>
          <h2 id="test-title">Test</h2>
          <p className="quiet">
            Requests {asked(profile.probe)} from Webex with this token. It changes nothing at Webex; if Webex
            rejects the token, a new one is requested.
          </p>
        </div>
        <Button icon="test" disabled={busy || profile.accessToken === null} onPress={() => void test()}>
          Test token
        </Button>
      </header>
      <div role="status">
        {verdict !== null && (
          <Notice level={levels[verdict.result]}>
            <p>
              {verdict.sentence}
              {verdict.status !== null && <span className="quiet"> (HTTP {verdict.status})</span>}
            </p>
            {verdict.trackingId !== null && <TrackingId id={verdict.trackingId} />}
          </Notice>
        )}
        {refusal !== null && <Notice level="critical">{refusal}</Notice>}
      </div>
    </section>
  )
}

function asked(probe: Probe): string {
  switch (probe.kind) {
    case 'data-sources':
      return 'its data source schemas'
    case 'meetings':
      return 'one meeting'
    case 'messaging':
      return 'one space'
    case 'contact-center':
      return 'its Contact Center'
    case 'custom':
      return probe.path
  }
}
