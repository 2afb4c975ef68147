// The first look: three steps, each saying whether it is done; or the simulated Webex to play with.
import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { Icon } from '#renderer/components/icon.tsx'
import styles from './empty-list.module.css'

export function EmptyList() {
  const { app, fleet } = useView()
  const { open } = useDialogs()
  const ask = useAsk()
  const toaster = useToaster()
  const connected = fleet.managers.length > 0

  const trySimulated = async () => {
    const reply = await ask('app.try-simulated', {})
    if (!reply.ok) toaster.say({ level: 'critical', text: reply.error.message })
  }

  return (
    <div className={styles.empty}>
      <p className={styles.lead}>
        Three steps, then the access tokens of your service apps are renewed automatically.
      </p>
      <ol className={styles.steps}>
        <li>
          <StepPicture step="connect" />
          <h2>1. Connect the token manager integration</h2>
          <p className="quiet">
            An ordinary Webex integration, authorized once. It issues tokens for all your service apps.
          </p>
          {connected ? (
            <p className={styles.done}>
              <Icon name="good" /> Connected
            </p>
          ) : (
            <Button onPress={() => open({ kind: 'connect', managerId: null })}>Connect…</Button>
          )}
        </li>
        <li>
          <StepPicture step="add" />
          <h2>2. Add a service app</h2>
          <p className="quiet">
            Four values from the developer portal, or your token-config.json pasted as it is.
          </p>
          <Button onPress={() => open({ kind: 'add', likeProfileId: null })}>Add…</Button>
        </li>
        <li>
          <StepPicture step="token" />
          <h2>3. Use its token</h2>
          <p className="quiet">
            The first token is issued at once and renewed long before it expires. Copy it whenever you need
            it.
          </p>
        </li>
      </ol>
      <p className={`${styles.other} quiet`}>
        Moving from another computer?
        <Button kind="quiet" onPress={() => open({ kind: 'restore' })}>
          Restore a backup
        </Button>
      </p>
      {!app.simulated && (
        <p className={`${styles.other} quiet`}>
          Just exploring?
          <Button kind="quiet" onPress={() => void trySimulated()}>
            Try with simulated Webex
          </Button>
        </p>
      )}
    </div>
  )
}

function StepPicture({ step }: { readonly step: 'connect' | 'add' | 'token' }) {
  return (
    <svg className={styles.picture} viewBox="0 0 160 88" aria-hidden="true">
      {drawings[step]}
    </svg>
  )
}

const drawings = {
  connect: (
    <>
      <rect x="14" y="20" width="52" height="48" rx="8" className={styles.box} />
      <rect x="94" y="20" width="52" height="48" rx="8" className={styles.box} />
      <rect x="24" y="32" width="32" height="5" rx="2.5" className={styles.text} />
      <rect x="24" y="42" width="22" height="5" rx="2.5" className={styles.text} />
      <path d="M66 44h28" className={styles.stroke} />
      <circle cx="80" cy="44" r="9" className={styles.accent} />
      <path d="M76 44l3 3 5-6" className={styles.check} />
      <path d="M120 34a10 10 0 1 0 10 10" className={styles.stroke} />
      <path d="M120 38v6l4 3" className={styles.stroke} />
    </>
  ),
  add: (
    <>
      <rect x="30" y="12" width="100" height="64" rx="8" className={styles.box} />
      <rect x="42" y="25" width="54" height="6" rx="3" className={styles.text} />
      <rect x="42" y="38" width="76" height="6" rx="3" className={styles.text} />
      <rect x="42" y="51" width="66" height="6" rx="3" className={styles.text} />
      <circle cx="126" cy="70" r="12" className={styles.accent} />
      <path d="M126 64v12M120 70h12" className={styles.check} />
    </>
  ),
  token: (
    <>
      <rect x="18" y="36" width="124" height="16" rx="8" className={styles.box} />
      <rect x="18" y="36" width="86" height="16" rx="8" className={styles.accent} />
      <path d="M74 28v32" className={styles.stroke} />
      <path d="M66 20a9 9 0 0 1 16 0M82 14v6h-6" className={styles.stroke} />
    </>
  ),
}
