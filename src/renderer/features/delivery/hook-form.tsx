// A command run after each renewal, and how it gets the token.
import { useRef, useState } from 'react'
import { SendButtons } from '#renderer/components/button.tsx'
import { Choice } from '#renderer/components/choice.tsx'
import { Field } from '#renderer/components/field.tsx'
import { Form, textOf } from '#renderer/components/form.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice } from '#renderer/components/notice.tsx'
import type { TargetFormProps } from './use-save-target.ts'

const ways = [
  ['environment', 'In the environment'],
  ['stdin', 'On standard input'],
] as const

const examples = {
  environment: 'docker exec app reload-token   # reads $WEBEX_SERVICE_APP_ACCESS_TOKEN',
  stdin: 'vault kv put secret/webex token=-',
} as const

const SHORTEST = 1
const LONGEST = 600
const USUAL = 30

export function HookForm({ initial: spec, saving, saveWords, onClose }: TargetFormProps) {
  const initial = spec?.kind === 'hook' ? spec : null
  const form = useRef<HTMLFormElement>(null)
  const [pass, setPass] = useState(initial?.pass ?? 'environment')
  const [flaws, setFlaws] = useState<{ readonly command?: string; readonly timeLimitSeconds?: string }>({})

  const send = async () => {
    const command = textOf(form.current, 'command')
    const seconds = Number(textOf(form.current, 'timeLimitSeconds'))
    const fits = Number.isInteger(seconds) && seconds >= SHORTEST && seconds <= LONGEST
    const found = {
      ...(command === '' ? { command: 'Type the command.' } : {}),
      ...(fits ? {} : { timeLimitSeconds: `Enter a whole number from ${SHORTEST} to ${LONGEST}.` }),
    }
    setFlaws(found)
    if (Object.keys(found).length > 0) return
    await saving.save({ kind: 'hook', command, pass, timeLimitSeconds: seconds })
  }
  const remark = (field: keyof typeof flaws) => {
    const refused = saving.refusal?.field?.endsWith(field) === true ? saving.refusal.message : undefined
    const sentence = flaws[field] ?? refused
    return sentence === undefined ? null : ({ level: 'error', sentence } as const)
  }

  return (
    <Form ref={form} onSend={() => void send()}>
      {saving.refusal !== null && remark('command') === null && remark('timeLimitSeconds') === null && (
        <Notice level="critical" alert>
          {saving.refusal.message}
        </Notice>
      )}
      <Field
        label="Command"
        name="command"
        mono
        initial={initial?.command ?? ''}
        placeholder={pass === 'stdin' ? 'vault kv put …' : 'docker exec …'}
        hint="Run by your system's shell as you, after each renewal. The token is never part of the command."
        remark={remark('command')}
      />
      <div className={layout.pair}>
        <Choice label="How it gets the token" name="pass" options={ways} value={pass} onChange={setPass} />
        <Field
          label="Time limit in seconds"
          name="timeLimitSeconds"
          inputMode="numeric"
          initial={String(initial === null ? USUAL : Math.round(initial.timeLimit / 1000))}
          hint="Stopped after this time, then retried."
          remark={remark('timeLimitSeconds')}
        />
      </div>
      <div>
        <p className={layout.exampleTitle}>Example</p>
        <p className={`${layout.sunken} ${layout.example} mono small break selectable`}>{examples[pass]}</p>
      </div>
      <SendButtons words={saveWords} busy={saving.busy} busyWords="Running…" onCancel={onClose} />
    </Form>
  )
}
