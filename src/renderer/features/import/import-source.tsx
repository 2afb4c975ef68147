import { useId, useRef, useState } from 'react'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import fieldStyles from '#renderer/components/field.module.css'
import { Form } from '#renderer/components/form.tsx'
import layout from '#renderer/components/layout.module.css'
import { Refusal } from '#renderer/components/notice.tsx'
import styles from './import-source.module.css'

export interface StepProps {
  readonly refusal: string | null
  readonly busy: boolean
  readonly onClose: () => void
}

interface SourceProps extends StepProps {
  readonly onChoose: () => Promise<void>
  readonly onPaste: (text: string) => Promise<void>
  readonly onTemplate: () => Promise<void>
}

/** Where it comes from. What is pasted lives in the field alone and is gone once it was sent. */
export function ImportSource({ refusal, onClose, onChoose, onPaste, onTemplate }: SourceProps) {
  const id = useId()
  const field = useRef<HTMLTextAreaElement>(null)
  const [empty, setEmpty] = useState(true)
  const [busy, setBusy] = useState(false)

  const during = async (work: () => Promise<void>) => {
    setBusy(true)
    await work()
    setBusy(false)
  }
  const paste = async () => {
    const text = field.current?.value ?? ''
    if (text.trim() === '') return
    await during(() => onPaste(text))
    if (field.current !== null) field.current.value = ''
    setEmpty(true)
  }

  return (
    <Form onSend={() => void paste()}>
      <Refusal>{refusal}</Refusal>
      <dl className={`${layout.sunken} ${styles.kinds}`}>
        <dt>CSV or JSON</dt>
        <dd>
          Many orgs at once. Columns{' '}
          <span className="mono">name, appId, clientId, clientSecret, targetOrgId</span>; optional{' '}
          <span className="mono">orgName, accessToken, refreshToken</span>.
        </dd>
        <dt>List of orgs</dt>
        <dd>
          Only IDs and names, such as the response of <span className="mono">GET /organizations</span>. You
          choose the service app once.
        </dd>
        <dt>token-config.json</dt>
        <dd>One service app, and its token manager if none is connected yet.</dd>
        <dt>Variables</dt>
        <dd>
          A <span className="mono">.env</span> file or a PowerShell, cmd or shell script: tokens or
          credentials of a service app and its token manager.
        </dd>
      </dl>
      <div className={styles.file}>
        <Button kind="primary" icon="open" disabled={busy} onPress={() => void during(onChoose)}>
          Choose file…
        </Button>
        <Button disabled={busy} onPress={() => void during(onTemplate)}>
          Save CSV template…
        </Button>
        <span className="quiet small">
          Up to 50 MB and 10,000 rows. You can check everything before the import.
        </span>
      </div>
      <div className={fieldStyles.field}>
        <label htmlFor={id}>Or paste its content</label>
        <textarea
          ref={field}
          id={id}
          rows={5}
          className={`${styles.paste} mono`}
          autoComplete="off"
          spellCheck={false}
          onInput={(event) => setEmpty(event.currentTarget.value.trim() === '')}
        />
      </div>
      <FormButtons>
        {busy && <output className="quiet small">Reading…</output>}
        <span className="spring" />
        <Button onPress={onClose}>Cancel</Button>
        <Button submit disabled={busy || empty}>
          Check pasted text
        </Button>
      </FormButtons>
    </Form>
  )
}
