// Who renews the shared vault, in the left side: one line while all is well.
import { useNow, useView } from '#renderer/app/context.tsx'
import { hrefOf } from '#renderer/app/route.ts'
import { Icon } from '#renderer/components/icon.tsx'
import { useMoments } from '#renderer/features/shared/moments.ts'
import { isUnrenewed, type JoinedView, whoRenews } from '#renderer/features/shared/who-renews.ts'
import styles from './standing-signs.module.css'

export function SharedVaultSign() {
  const { sharedVault } = useView()
  if (sharedVault.kind === 'none') return null
  if (sharedVault.kind === 'joined') return <Joined view={sharedVault} />
  return <Sign tone="calm" words="Waiting to be added" />
}

function Joined({ view }: { readonly view: JoinedView }) {
  const moments = useMoments()
  const words = useNow((now) => whoRenews(view, moments, now))
  const isOverdue = useNow((now) => isUnrenewed(view, now))
  const isCalm = view.trouble === null && !isOverdue
  return <Sign tone={isCalm ? 'calm' : 'caution'} words={words} />
}

function Sign({ tone, words }: { readonly tone: 'calm' | 'caution'; readonly words: string }) {
  return (
    <div className={styles.sign} data-tone={tone}>
      <Icon name={tone === 'calm' ? 'shield' : 'warning'} />
      <div>
        <strong>
          <a href={hrefOf({ screen: 'settings', section: 'shared-vault' })}>Shared vault</a>
        </strong>
        <p className="small break">{words}</p>
      </div>
    </div>
  )
}
