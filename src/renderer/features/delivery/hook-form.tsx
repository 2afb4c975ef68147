// A command run after each renewal, how it gets the token, and the command that reads back what is stored.
import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { SecretStoreId, StoreCommands } from '#contract/secret-stores.ts'
import { Button, SendButtons } from '#renderer/components/button.tsx'
import { Choice } from '#renderer/components/choice.tsx'
import { Field } from '#renderer/components/field.tsx'
import { Form, putText, textOf } from '#renderer/components/form.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice } from '#renderer/components/notice.tsx'
import type { TargetFormProps } from './use-save-target.ts'

const ways = [
  ['environment', 'In the environment'],
  ['stdin', 'On standard input'],
] as const

const examples = {
  environment: 'docker exec --env WEBEX_SERVICE_APP_ACCESS_TOKEN app reload-token',
  stdin: 'podman secret create --replace webex-token -',
} as const

const SHORTEST = 1
const LONGEST = 600
const USUAL = 30
/** Commands of stores are long. */
const LINES = 4

interface HookFormProps extends TargetFormProps {
  /** What the fields of a new target in a secret store come to. */
  readonly store?: StoreDraft
}

export interface StoreDraft {
  readonly id: SecretStoreId
  readonly fields: ReactNode
  /** null: the fields are not complete. */
  readonly commands: StoreCommands | null
  /** Shows which fields are not. */
  readonly onIncomplete: () => void
}

type Flawed = 'command' | 'readBack' | 'timeLimitSeconds'

export function HookForm({ initial: spec, store, saving, saveWords, onClose }: HookFormProps) {
  const initial = spec?.kind === 'hook' ? spec : null
  const form = useRef<HTMLFormElement>(null)
  const [pass, setPass] = useState(store === undefined ? (initial?.pass ?? 'environment') : 'stdin')
  const [flaws, setFlaws] = useState<Partial<Record<Flawed, string>>>({})
  const [isEdited, setEdited] = useState(false)
  const storeId = store?.id ?? initial?.store
  const lines = storeId === undefined ? {} : { lines: LINES }
  const command = store?.commands?.command ?? ''
  const readBack = store?.commands?.readBack ?? ''
  const isStore = store !== undefined

  useEffect(() => {
    if (!isStore || isEdited) return
    putText(form, 'command', command)
    putText(form, 'readBack', readBack)
  }, [isStore, isEdited, command, readBack])

  const send = async () => {
    if (store?.commands === null && !isEdited) return store.onIncomplete()
    const typed = { command: textOf(form.current, 'command'), readBack: textOf(form.current, 'readBack') }
    const seconds = Number(textOf(form.current, 'timeLimitSeconds'))
    const fits = Number.isInteger(seconds) && seconds >= SHORTEST && seconds <= LONGEST
    const found = {
      ...(typed.command === '' ? { command: 'Type the command.' } : {}),
      ...(fits ? {} : { timeLimitSeconds: `Enter a whole number from ${SHORTEST} to ${LONGEST}.` }),
    }
    setFlaws(found)
    if (Object.keys(found).length > 0) return
    await saving.save({
      kind: 'hook',
      command: typed.command,
      pass,
      timeLimitSeconds: seconds,
      ...(typed.readBack === '' ? {} : { readBack: typed.readBack }),
      ...(storeId === undefined ? {} : { store: storeId }),
    })
  }
  const remark = (field: Flawed) => {
    const refused = saving.refusal?.field?.endsWith(field) === true ? saving.refusal.message : undefined
    const sentence = flaws[field] ?? refused
    return sentence === undefined ? null : ({ level: 'error', sentence } as const)
  }
  const atField = remark('command') ?? remark('readBack') ?? remark('timeLimitSeconds')
  const timeLimit = (
    <Field
      label="Time limit in seconds"
      name="timeLimitSeconds"
      inputMode="numeric"
      initial={String(initial === null ? USUAL : Math.round(initial.timeLimit / 1000))}
      hint="Stopped after this time, then retried."
      remark={remark('timeLimitSeconds')}
    />
  )

  return (
    <Form ref={form} onSend={() => void send()}>
      {saving.refusal !== null && atField === null && (
        <Notice level="critical" alert>
          {saving.refusal.message}
        </Notice>
      )}
      {store?.fields}
      <Field
        label="Command"
        name="command"
        mono
        {...lines}
        initial={initial?.command ?? ''}
        placeholder={
          isStore
            ? 'Fill in the fields above.'
            : pass === 'stdin'
              ? 'podman secret create …'
              : 'docker exec …'
        }
        hint="Run by your system's shell as you, after each renewal. The token is never part of the command."
        remark={remark('command')}
        onInput={() => setEdited(true)}
      />
      {(!isStore || readBack !== '' || isEdited || store.commands === null) && (
        <Field
          label="Read-back command"
          name="readBack"
          mono
          optional
          {...lines}
          initial={initial?.readBack ?? ''}
          hint="Prints the stored token. “Delivered” then means that it was compared with the new one."
          remark={remark('readBack')}
          onInput={() => setEdited(true)}
        />
      )}
      {isStore && isEdited && (
        <p className="small">
          You changed the commands, so the fields above no longer change them.{' '}
          <Button size={28} onPress={() => setEdited(false)}>
            Use the fields again
          </Button>
        </p>
      )}
      {storeId === undefined ? (
        <div className={layout.pair}>
          <Choice label="How it gets the token" name="pass" options={ways} value={pass} onChange={setPass} />
          {timeLimit}
        </div>
      ) : (
        timeLimit
      )}
      {storeId === undefined && (
        <div>
          <p className={layout.exampleTitle}>Example</p>
          <p className={`${layout.sunken} ${layout.example} mono small break selectable`}>{examples[pass]}</p>
        </div>
      )}
      <SendButtons words={saveWords} busy={saving.busy} busyWords="Running…" onCancel={onClose} />
    </Form>
  )
}
