// Asks before what was moved elsewhere is renewed here again.
import { Button } from '#renderer/components/button.tsx'
import { Notice } from '#renderer/components/notice.tsx'
import styles from './closed-window.module.css'

interface RenewHereProps {
  /** Where it is renewed, or was to be. */
  readonly from: 'server' | 'shared-vault'
  readonly busy: boolean
  readonly onCancel: () => void
  readonly onRenew: () => void
}

const WORDS = {
  server: {
    title: 'Has the server been stopped?',
    stop: 'Stop the server for good, so that it does not start again with its computer.',
    where: 'on the server',
    command: 'satm backup FILE --move',
    done: 'The server is stopped',
  },
  'shared-vault': {
    title: 'Is the shared vault out of use?',
    stop: 'Stop each server that uses the shared vault for good, and have each computer leave it.',
    where: 'on a member',
    command: 'satm vault move-out FILE',
    done: 'It is out of use',
  },
} as const

export default function RenewHere({ from, busy, onCancel, onRenew }: RenewHereProps) {
  const { title, stop, where, command, done } = WORDS[from]
  return (
    <>
      <Notice level="warning" title={title}>
        If both renew the same tokens, each spends the refresh tokens of the other, and programs are left with
        tokens that no longer work. {stop}
      </Notice>
      <p>
        If anything was renewed there, the tokens here were replaced meanwhile. Then run{' '}
        <code>{command}</code> {where} instead, and restore that file here: it has the current tokens, and
        nothing is renewed there any more.
      </p>
      <div className={styles.buttons}>
        <Button onPress={onCancel} disabled={busy}>
          Go back
        </Button>
        <Button kind="primary" danger onPress={onRenew} disabled={busy}>
          {done}
        </Button>
      </div>
    </>
  )
}
