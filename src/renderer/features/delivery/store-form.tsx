// A secret store: which one, where in it, whether its tool is there and may write, and the commands that come of it.
import { useEffect, useRef, useState } from 'react'
import { printable } from '#base/common/display-text.ts'
import type { Reply } from '#contract/contract.ts'
import {
  SECRET_STORES,
  type SecretStore,
  type SecretStoreId,
  type StoreField,
  type StoreValues,
  storeFlaws,
  storesOn,
} from '#contract/secret-stores.ts'
import { useAsk, useView } from '#renderer/app/context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { Choice } from '#renderer/components/choice.tsx'
import { Field } from '#renderer/components/field.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice } from '#renderer/components/notice.tsx'
import styles from './delivery-dialog.module.css'
import { HookForm } from './hook-form.tsx'
import { isWindows, type TargetFormProps } from './use-save-target.ts'

export function StoreForm(props: TargetFormProps) {
  const { app } = useView()
  const onWindows = isWindows(app.platform)
  const offered = storesOn(onWindows)
  const [id, setId] = useState<SecretStoreId>(offered[0] ?? 'github')
  return (
    <ChosenStoreForm key={id} id={id} offered={offered} isWindows={onWindows} onChoose={setId} {...props} />
  )
}

interface ChosenProps extends TargetFormProps {
  readonly id: SecretStoreId
  readonly offered: readonly SecretStoreId[]
  readonly isWindows: boolean
  readonly onChoose: (id: SecretStoreId) => void
}

function ChosenStoreForm({ id, offered, isWindows, onChoose, ...props }: ChosenProps) {
  const store: SecretStore = SECRET_STORES[id]
  const [values, setValues] = useState<StoreValues>(() =>
    Object.fromEntries(store.fields.map(({ name, initial = '' }) => [name, initial])),
  )
  const [shows, setShows] = useState(false)
  const check = useCheck(id, props.template)
  const flaws = storeFlaws(store, values, { isTemplate: props.template !== null, isWindows })
  const isComplete = Object.keys(flaws).length === 0
  const remarkOf = ({ name }: StoreField) => {
    const sentence = flaws[name]
    return shows && sentence !== undefined ? ({ level: 'error', sentence } as const) : null
  }
  const fields = (
    <>
      <Choice
        label="Secret store"
        name="store"
        options={offered.map((one) => [one, SECRET_STORES[one].name] as const)}
        value={id}
        onChange={onChoose}
      />
      {isWindows && <Notice level="information">{ON_WINDOWS}</Notice>}
      <Tool id={id} />
      <div className={layout.pair}>
        {store.fields.map((field) => (
          <Field
            key={field.name}
            label={field.label}
            name={field.name}
            mono
            optional={field.isOptional === true}
            initial={field.initial ?? ''}
            placeholder={field.example}
            {...(field.hint === undefined ? {} : { hint: field.hint })}
            remark={remarkOf(field)}
            onInput={(text) => setValues({ ...values, [field.name]: text.trim() })}
          />
        ))}
      </div>
      <dl className={styles.facts}>
        <dt>Sign in</dt>
        <dd className="selectable">{store.signIn}</dd>
        <dt>Least right</dt>
        <dd className="selectable">{store.leastRight}</dd>
      </dl>
      <div className={styles.check}>
        <Button
          icon="test"
          disabled={check.busy}
          onPress={() => (isComplete ? void check.run(values) : setShows(true))}
        >
          Check access
        </Button>
        {check.busy ? (
          <Button onPress={check.cancel}>Cancel check</Button>
        ) : (
          <span className="quiet small">Asks the store what you may do there. Writes nothing.</span>
        )}
      </div>
      {check.found !== null && (
        <Notice level={check.found.ok ? 'success' : 'critical'} alert>
          {check.found.sentence}
          {check.found.output !== '' && (
            <pre className={`${styles.output} mono small break`}>{printable(check.found.output)}</pre>
          )}
        </Notice>
      )}
      {store.commands(values, isWindows).readBack === null && (
        <p className="quiet small">
          Nobody can read this store's secrets, so each delivery counts as written, not verified.
        </p>
      )}
    </>
  )
  return (
    <HookForm
      {...props}
      store={{
        id,
        fields,
        commands: isComplete ? store.commands(values, isWindows) : null,
        onIncomplete: () => setShows(true),
      }}
    />
  )
}

const ON_WINDOWS =
  'The commands for Vault, OpenBao, Kubernetes and AWS need a POSIX shell, which Windows does not have. Use a hook with a script of your own for them, such as PowerShell.'

/** Whether the store's command line tool is there, and which. */
function Tool({ id }: { readonly id: SecretStoreId }) {
  const ask = useAsk()
  const [found, setFound] = useState<Reply<'delivery.store-tool'> | null>(null)
  useEffect(() => {
    let wanted = true
    void ask('delivery.store-tool', { store: id }).then((reply) => {
      if (wanted) setFound(reply)
    })
    return () => {
      wanted = false
    }
  }, [ask, id])
  const { tool } = SECRET_STORES[id]
  const problem = found === null ? null : found.ok ? found.value.problem : found.error.message
  if (problem !== null) return <Notice level="warning">{problem}</Notice>
  const version = found?.ok === true ? found.value.version : null
  return (
    <p className="quiet small" role="status">
      {version === null ? `Looking for ${tool}…` : `${tool} found: ${version}`}
    </p>
  )
}

interface Found {
  readonly ok: boolean
  readonly sentence: string
  readonly output: string
}

function useCheck(store: SecretStoreId, template: TargetFormProps['template']) {
  const ask = useAsk()
  /** Of the check whose answer is waited for; others were canceled. */
  const latest = useRef(0)
  const [busy, setBusy] = useState(false)
  const [found, setFound] = useState<Found | null>(null)
  // What runs for a dialog ends with it.
  useEffect(() => () => void ask('delivery.cancel-check', {}), [ask])
  return {
    busy,
    found,
    async run(values: StoreValues) {
      latest.current += 1
      const mine = latest.current
      setBusy(true)
      setFound(null)
      const reply = await ask('delivery.check-store', { store, values, template })
      if (mine !== latest.current) return
      setBusy(false)
      setFound(reply.ok ? reply.value : { ok: false, sentence: reply.error.message, output: '' })
    },
    cancel() {
      latest.current += 1
      setBusy(false)
      void ask('delivery.cancel-check', {})
    },
  }
}
