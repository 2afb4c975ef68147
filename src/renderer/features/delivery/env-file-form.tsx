// An env file: which one, under which names, and what is odd about it.
import { useRef, useState } from 'react'
import type { DeliverySpec, Input } from '#contract/contract.ts'
import { Button, SendButtons } from '#renderer/components/button.tsx'
import { Toggle } from '#renderer/components/choice.tsx'
import { Field } from '#renderer/components/field.tsx'
import { Form, textOf } from '#renderer/components/form.tsx'
import { Notice } from '#renderer/components/notice.tsx'
import styles from './delivery-dialog.module.css'
import { FileRemarks, useFileCheck } from './file-check.tsx'
import type { TargetFormProps } from './use-save-target.ts'

type Oddity = DeliverySpec<'env-file'>['confirmed'][number]

const ACCESS = 'WEBEX_SERVICE_APP_ACCESS_TOKEN'
const REFRESH = 'WEBEX_SERVICE_APP_REFRESH_TOKEN'

export function EnvFileForm(props: TargetFormProps) {
  const { initial: spec, targetId, template, saving, saveWords, onClose } = props
  const isTemplate = template !== null
  const initial = spec?.kind === 'env-file' ? spec : null
  const form = useRef<HTMLFormElement>(null)
  const path = useRef<HTMLInputElement>(null)
  const file = useFileCheck(isTemplate ? null : (initial?.path ?? null), targetId)
  const [withRefresh, setWithRefresh] = useState(initial !== null && initial.refreshTokenName !== null)
  const [confirmed, setConfirmed] = useState<ReadonlySet<Oddity>>(
    new Set(initial?.inPlace ? [...initial.confirmed, 'mounted'] : initial?.confirmed),
  )
  const [flaw, setFlaw] = useState<string | null>(null)

  const choose = async () => {
    const chosen = await file.choose()
    if (chosen === null || path.current === null) return
    path.current.value = chosen
    setFlaw(null)
  }
  const send = async () => {
    const typed = textOf(form.current, 'path')
    if (typed === '') return setFlaw('Choose a file, or type its whole path.')
    if (isTemplate) return saving.save(targetOf(typed))
    // Looked at as it is now: nothing is confirmed that nobody saw.
    const before = file.check
    const check = await file.look(typed)
    if (check === null) return
    // What was ticked was ticked for what stood there.
    if (before !== null && before.path === check.path && before.shown !== check.shown) {
      setConfirmed(new Set())
      return setFlaw(CHANGED)
    }
    const open = check.remarks.filter(({ confirm }) => confirm === null || !confirmed.has(confirm))
    if (open.length > 0) return setFlaw(open.some(({ confirm }) => confirm === null) ? NOT_THIS : CONFIRM)
    setFlaw(null)
    await saving.save(targetOf(check.path), check.shown)
  }
  const targetOf = (whole: string): Input<'delivery.save'>['target'] => ({
    kind: 'env-file',
    path: whole,
    accessTokenName: textOf(form.current, 'accessTokenName'),
    refreshTokenName: withRefresh ? textOf(form.current, 'refreshTokenName') : null,
    confirmed: (file.check?.remarks ?? [])
      .flatMap(({ confirm }) => confirm ?? [])
      .filter((oddity) => confirmed.has(oddity)),
  })
  const remark = (field: string) =>
    saving.refusal?.field?.endsWith(field) === true
      ? ({ level: 'error', sentence: saving.refusal.message } as const)
      : null
  const atField = remark('path') ?? remark('accessTokenName') ?? remark('refreshTokenName')

  return (
    <Form ref={form} onSend={() => void send()}>
      {saving.refusal !== null && atField === null && (
        <Notice level="critical" alert>
          {saving.refusal.message}
        </Notice>
      )}
      <div className={isTemplate ? undefined : styles.withButton}>
        <Field
          ref={path}
          label="File"
          name="path"
          mono
          initial={initial?.path ?? ''}
          placeholder={isTemplate ? '/srv/webex/{app}/{customer}.env' : '/home/me/project/.env'}
          hint="Created if missing. Only these variables change; everything else stays as it is."
          remark={flaw !== null ? { level: 'error', sentence: flaw } : (remark('path') ?? file.refusal)}
        />
        {!isTemplate && (
          <Button icon="folder" onPress={() => void choose()}>
            Choose file…
          </Button>
        )}
      </div>
      {file.check !== null && (
        <FileRemarks check={file.check} confirmed={confirmed} onChange={setConfirmed} />
      )}
      <Field
        label="Variable for the access token"
        name="accessTokenName"
        mono
        initial={initial?.accessTokenName ?? ACCESS}
        remark={remark('accessTokenName')}
      />
      <Toggle
        label="Write the refresh token too"
        checked={withRefresh}
        hint="Not recommended: if a program uses it, this app's copy stops working."
        onChange={setWithRefresh}
      />
      {withRefresh && (
        <Field
          label="Variable for the refresh token"
          name="refreshTokenName"
          mono
          initial={initial?.refreshTokenName ?? REFRESH}
          remark={remark('refreshTokenName')}
        />
      )}
      <SendButtons words={saveWords} busy={saving.busy} busyWords="Writing…" onCancel={onClose} />
    </Form>
  )
}

const CHANGED =
  'This file or its folder has changed since it was checked. Confirm the warnings below, then save again.'
const NOT_THIS = 'This file cannot be used: see below. Choose another one.'
const CONFIRM = 'Confirm the warnings below, or choose another file.'
