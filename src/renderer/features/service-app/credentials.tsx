// The four values: three to read and copy, the secret only to replace.
import type { ProfileView } from '#contract/contract.ts'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button } from '#renderer/components/button.tsx'
import layout from '#renderer/components/layout.module.css'
import { CopyValue } from '#renderer/features/shared/copy-text.tsx'

export function Credentials({ profile }: { readonly profile: ProfileView }) {
  const { open } = useDialogs()
  const { accessToken } = profile
  return (
    <section className={layout.card} aria-labelledby="credentials-title">
      <header className={layout.cardHeader}>
        <h2 id="credentials-title">Credentials</h2>
        <span className="spring" />
        <Button icon="add" onPress={() => open({ kind: 'add', likeProfileId: profile.id })}>
          Add customer…
        </Button>
        <Button icon="edit" onPress={() => open({ kind: 'edit', profileId: profile.id, field: null })}>
          Edit
        </Button>
      </header>
      <dl className={layout.values}>
        <CopyValue term="App ID" label="Copy App ID" text={profile.appId} />
        <CopyValue term="Client ID" label="Copy Client ID" text={profile.clientId} />
        <dt>Client secret</dt>
        <dd>
          <span aria-hidden="true">••••••••••••</span>
          <span className="quiet small">Stored encrypted; it can be replaced, not shown</span>
        </dd>
        <CopyValue term="Target org ID" label="Copy Target org ID" text={profile.targetOrgId} />
        {accessToken !== null && (
          <>
            <dt>Token fingerprint</dt>
            <dd>
              <span className="mono">{accessToken.fingerprint}</span>
              <span className="quiet small">The first 8 digits of its SHA-256</span>
            </dd>
          </>
        )}
      </dl>
    </section>
  )
}
