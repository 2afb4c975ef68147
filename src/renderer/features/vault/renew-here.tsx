// Asks before what was moved elsewhere is renewed here again.
import { Button } from '#renderer/components/button.tsx'
import { Notice } from '#renderer/components/notice.tsx'
import styles from './closed-window.module.css'

interface RenewHereProps {
  readonly busy: boolean
  readonly onCancel: () => void
  readonly onRenew: () => void
}

export default function RenewHere({ busy, onCancel, onRenew }: RenewHereProps) {
  return (
    <>
      <Notice level="warning" title="Has the server been stopped?">
        If both renew the same tokens, each spends the refresh tokens of the other, and programs are left with
        tokens that no longer work. Stop the server for good, so that it does not start again with its
        computer.
      </Notice>
      <p>
        If it has renewed anything, the tokens here were replaced meanwhile. Then run{' '}
        <code>satm backup FILE --move</code> on the server instead, and restore that file here: it has the
        current tokens, and the server stops renewing.
      </p>
      <div className={styles.buttons}>
        <Button onPress={onCancel} disabled={busy}>
          Go back
        </Button>
        <Button kind="primary" danger onPress={onRenew} disabled={busy}>
          The server is stopped
        </Button>
      </div>
    </>
  )
}
