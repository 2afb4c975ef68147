// Restoring a backup: choose the file, give its passphrase, see what is in it, confirm. The same in the dialog and
// while the vault is closed.
import { useEffect, useRef, useState } from 'react'
import type { BackupContents, BackupSummary } from '#contract/contract.ts'
import { useAsk } from '#renderer/app/context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Form } from '#renderer/components/form.tsx'
import layout from '#renderer/components/layout.module.css'
import { Name } from '#renderer/components/name.tsx'
import { Notice, Refusal } from '#renderer/components/notice.tsx'
import { fleetWords, plural, visible } from '#renderer/features/shared/words.ts'
import { ActingList } from './acting-list.tsx'
import { usePassphraseField } from './passphrase-fields.tsx'

type Step =
  | { readonly kind: 'choose' }
  | { readonly kind: 'unlock'; readonly file: string }
  | { readonly kind: 'confirm'; readonly contents: BackupContents }

interface RestoreProps {
  /** What becomes of what is there now. */
  readonly replaces: string
  readonly onCancel: () => void
  readonly onRestored: (contents: BackupContents, kept: string | null) => void
}

export function RestoreSteps({ replaces, onCancel, onRestored }: RestoreProps) {
  const ask = useAsk()
  const [step, setStep] = useState<Step>({ kind: 'choose' })
  const [refusal, setRefusal] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const passphrase = usePassphraseField('Passphrase of the backup')

  const taken = useRef(false)

  // What was read holds secrets: main forgets it as soon as nobody is about to restore it. What was taken may be waiting
  // for the vault to open.
  useEffect(
    () => () => {
      if (!taken.current) void ask('backup.forget', {})
    },
    [ask],
  )

  const choose = async () => {
    const reply = await ask('backup.choose', {})
    setRefusal(reply.ok ? null : reply.error.message)
    if (reply.ok && reply.value !== null) setStep({ kind: 'unlock', file: reply.value.file })
  }
  const read = async () => {
    const text = passphrase.read()
    if (text === null) return
    setBusy(true)
    const reply = await ask('backup.read', { passphrase: text })
    setBusy(false)
    passphrase.clear()
    if (reply.ok) return setStep({ kind: 'confirm', contents: reply.value })
    if (reply.error.field === 'passphrase') return passphrase.refuse(reply.error.message)
    setRefusal(reply.error.message)
    setStep({ kind: 'choose' })
  }
  const restore = async (contents: BackupContents, paused: boolean) => {
    setBusy(true)
    const reply = await ask('backup.restore', { paused })
    setBusy(false)
    if (!reply.ok) return setRefusal(reply.error.message)
    taken.current = true
    onRestored(contents, reply.value.kept)
  }
  const send = () => {
    setRefusal(null)
    if (step.kind === 'choose') void choose()
    else if (step.kind === 'unlock') void read()
    else void restore(step.contents, false)
  }

  return (
    <Form onSend={send}>
      <Refusal>{refusal}</Refusal>
      {step.kind === 'choose' && <p>Choose a backup that this app wrote, on this or another computer.</p>}
      {step.kind === 'unlock' && (
        <>
          <p className="break">
            <strong>
              <Name>{step.file}</Name>
            </strong>
          </p>
          {passphrase.field}
        </>
      )}
      {step.kind === 'confirm' && <Contents contents={step.contents} replaces={replaces} />}
      <FormButtons>
        {busy && (
          <output className="quiet small">{step.kind === 'unlock' ? 'Reading…' : 'Restoring…'}</output>
        )}
        <span className="spring" />
        <Button onPress={onCancel} disabled={busy && step.kind === 'confirm'}>
          Cancel
        </Button>
        {step.kind === 'confirm' && (
          <Button disabled={busy} onPress={() => void restore(step.contents, true)}>
            Restore paused
          </Button>
        )}
        <Button kind="primary" submit disabled={busy}>
          {labels[step.kind]}
        </Button>
      </FormButtons>
    </Form>
  )
}

const labels = { choose: 'Choose backup…', unlock: 'Open backup', confirm: 'Restore' } as const

interface ContentsProps {
  readonly contents: BackupContents
  readonly replaces: string
}

function Contents({ contents, replaces }: ContentsProps) {
  const { createdAt, cloud, notTokens, leftOut, oddValues, acting } = contents
  return (
    <>
      <dl className={layout.values}>
        <dt>Backup of</dt>
        <dd>{dateOf(createdAt)}</dd>
        <dt>Contains</dt>
        <dd>{containedIn(contents)}</dd>
        <dt>Webex cloud</dt>
        <dd className="break">{visible(cloud ?? 'Not recorded')}</dd>
      </dl>
      {notTokens > 0 && (
        <Notice level="information">
          {plural(notTokens, 'entry is not a token', 'entries are not tokens')} and will not be restored. The
          service apps get new tokens.
        </Notice>
      )}
      {leftOut > 0 && (
        <Notice level="warning">
          {plural(leftOut, 'record refers', 'records refer')} to something that is not in this backup and will
          not be restored.
        </Notice>
      )}
      {oddValues > 0 && (
        <Notice level="warning">
          {plural(oddValues, 'ID or name looks', 'IDs or names look')} wrong. Restore only a backup you know,
          then check its service apps.
        </Notice>
      )}
      {acting.length > 0 && <ActingList acting={acting} />}
      <Notice level="warning">
        {replaces} If the other copy keeps running, both will invalidate each other's refresh tokens. After
        “Restore paused” nothing is renewed here until you resume it.
      </Notice>
    </>
  )
}

export function containedIn({
  serviceApps,
  customers,
  managers,
  attempts,
}: Omit<BackupSummary, 'file' | 'createdAt' | 'cloud'>): string {
  return [
    fleetWords(serviceApps, customers),
    plural(managers, 'token manager'),
    plural(attempts, 'history row'),
  ].join(', ')
}

export function dateOf(instant: number): string {
  return new Date(instant).toLocaleString('en-US', { dateStyle: 'medium', timeStyle: 'short' })
}
