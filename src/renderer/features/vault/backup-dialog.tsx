// Writes everything into one encrypted file, as a copy or for a server that renews it from then on.
import { useState } from 'react'
import type { BackupWritten } from '#contract/contract.ts'
import { useAsk } from '#renderer/app/context.tsx'
import { Button, FormButtons, SendButtons } from '#renderer/components/button.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import { Form } from '#renderer/components/form.tsx'
import layout from '#renderer/components/layout.module.css'
import { Path } from '#renderer/components/name.tsx'
import { Notice, Refusal } from '#renderer/components/notice.tsx'
import { plural } from '#renderer/features/shared/words.ts'
import { useNewPassphrase } from './passphrase-fields.tsx'
import { containedIn } from './restore-steps.tsx'

interface BackupProps {
  readonly isMove: boolean
  readonly onClose: () => void
}

export default function BackupDialog({ isMove, onClose }: BackupProps) {
  const ask = useAsk()
  const next = useNewPassphrase(
    'Passphrase of the backup',
    'Required to restore the backup. It cannot be recovered.',
    'backup',
  )
  const [refusal, setRefusal] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const [written, setWritten] = useState<BackupWritten | null>(null)

  const send = async () => {
    const passphrase = next.read()
    if (passphrase === null) return
    setBusy(true)
    const reply = await ask(isMove ? 'backup.move' : 'backup.write', { passphrase })
    setBusy(false)
    setRefusal(reply.ok ? null : reply.error.message)
    if (!reply.ok || reply.value === null) return
    next.clear()
    // What was moved is not shown here any more, and the window says so.
    if (isMove) onClose()
    else setWritten(reply.value)
  }

  if (written !== null) return <Done written={written} onClose={onClose} />
  return (
    <Dialog title={isMove ? 'Move to a server' : 'Back up'} onClose={onClose}>
      <Form onSend={() => void send()}>
        <Refusal>{refusal}</Refusal>
        {isMove ? (
          <Notice level="warning" title="From then on nothing is renewed here">
            Everything is written into one encrypted file for a server. Once it is verified, this computer
            stops renewing, delivering and giving out tokens.
          </Notice>
        ) : (
          <p>
            One file with all service apps, secrets, tokens and the whole history, encrypted with its own
            passphrase. It can be restored on another computer.
          </p>
        )}
        {next.fields}
        {isMove && (
          <p className="quiet">
            On the server, <code>satm serve --restore FILE</code> takes the file over. Deliveries, consumers
            and, with <code>satm confirm renewals</code>, the renewals are confirmed there. Settings and fleet
            deliveries are not in the file. You can move back at any time.
          </p>
        )}
        <SendButtons
          words={isMove ? 'Choose file and move…' : 'Choose file and back up…'}
          busy={busy}
          busyWords={isMove ? 'Moving…' : 'Writing…'}
          onCancel={onClose}
        />
      </Form>
    </Dialog>
  )
}

interface DoneProps {
  readonly written: BackupWritten
  readonly onClose: () => void
}

function Done({ written, onClose }: DoneProps) {
  return (
    <Dialog title="Back up" step="done" onClose={onClose}>
      <div className={layout.form}>
        <Notice level="success" title="Backup written">
          <p>{containedIn(written)}.</p>
          <p className="mono small break">
            <Path>{written.path}</Path>
          </p>
        </Notice>
        {written.leftOut > 0 && (
          <Notice level="warning">
            {plural(written.leftOut, 'record')} could not be read, or{' '}
            {written.leftOut === 1 ? 'refers' : 'refer'} to one that could not be read, and{' '}
            {written.leftOut === 1 ? 'is' : 'are'} not in it.
          </Notice>
        )}
        <p className="quiet">
          An old backup contains tokens that have been replaced since. Its service apps can still be restored:
          the token manager issues new tokens.
        </p>
        <FormButtons>
          <span className="spring" />
          <Button kind="primary" onPress={onClose}>
            Done
          </Button>
        </FormButtons>
      </div>
    </Dialog>
  )
}
