// A new consumer of the local endpoint: its name and reach, then its secret, which main puts on the clipboard.
import { useEffect, useRef, useState } from 'react'
import type { ProfileView } from '#contract/contract.ts'
import { useAsk, useView } from '#renderer/app/context.tsx'
import { Button, FormButtons, SendButtons } from '#renderer/components/button.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import { Field } from '#renderer/components/field.tsx'
import { Form, textOf } from '#renderer/components/form.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice } from '#renderer/components/notice.tsx'
import { ProfileChoice } from './profile-choice.tsx'

export default function ConsumerDialog({ onClose }: { readonly onClose: () => void }) {
  const { fleet } = useView()
  const ask = useAsk()
  const form = useRef<HTMLFormElement>(null)
  const [only, setOnly] = useState<ReadonlySet<string> | null>(null)
  const [refusal, setRefusal] = useState<{ readonly field: string | null; readonly sentence: string } | null>(
    null,
  )
  const [busy, setBusy] = useState(false)
  const [added, setAdded] = useState<string | null>(null)

  // Main keeps the secret for as long as it may still be copied.
  useEffect(() => () => void ask('endpoint.forget-secret', {}), [ask])

  const add = async () => {
    const name = textOf(form.current, 'consumerName')
    if (name === '') return setRefusal({ field: 'name', sentence: 'Enter a name.' })
    if (only?.size === 0) {
      return setRefusal({ field: null, sentence: 'Choose at least one service app, or all.' })
    }
    setBusy(true)
    const reply = await ask('endpoint.add-consumer', { name, profileIds: only === null ? null : [...only] })
    setBusy(false)
    if (!reply.ok) return setRefusal({ field: reply.error.field ?? null, sentence: reply.error.message })
    setAdded(name)
  }

  if (added !== null) {
    return (
      <Dialog title={`Secret of ${added}`} step="secret" onClose={onClose}>
        <ConsumerSecret profile={exampleOf(fleet.profiles, only)} onClose={onClose} />
      </Dialog>
    )
  }
  const atName = refusal?.field === 'name'
  return (
    <Dialog title="Add consumer" onClose={onClose}>
      <Form ref={form} onSend={() => void add()}>
        {refusal !== null && !atName && (
          <Notice level="critical" alert>
            {refusal.sentence}
          </Notice>
        )}
        <Field
          label="Consumer name"
          name="consumerName"
          placeholder="nightly-report"
          hint="The program that requests tokens."
          remark={atName ? { level: 'error', sentence: refusal.sentence } : null}
        />
        <ProfileChoice profiles={fleet.profiles} chosen={only} onChange={setOnly} />
        <SendButtons words="Add and copy secret" busy={busy} onCancel={onClose} />
      </Form>
    </Dialog>
  )
}

/** One of those it may ask for, as it is named in an address. */
function exampleOf(profiles: readonly ProfileView[], only: ReadonlySet<string> | null): string {
  const profile = profiles.find(({ id }) => only === null || only.has(id))
  if (profile === undefined) return 'Orders'
  const isUnique = profiles.every(({ id, name }) => id === profile.id || name !== profile.name)
  // What `encodeURIComponent` leaves may still mean something to a shell.
  return encodeURIComponent(isUnique ? profile.name : profile.id).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

interface SecretProps {
  /** In the example. */
  readonly profile: string
  readonly onClose: () => void
}

/** The secret was put on the clipboard; here it can be put there again, once this is closed never more. */
function ConsumerSecret({ profile, onClose }: SecretProps) {
  const { delivery, settings } = useView()
  const { endpoint } = delivery
  const seconds = settings.clipboardClearSeconds
  const ask = useAsk()
  const [said, setSaid] = useState<{ readonly good: boolean; readonly sentence: string } | null>(null)
  const copy = async () => {
    const reply = await ask('endpoint.copy-secret', {})
    setSaid(
      reply.ok ? { good: true, sentence: 'Copied again.' } : { good: false, sentence: reply.error.message },
    )
  }
  return (
    <div className={layout.form}>
      <Notice level="success" title="The secret is on the clipboard">
        Paste it now where the program reads it
        {seconds === 0 ? '. ' : `; the clipboard is cleared after ${seconds} s. `}
        Only a hash of it is stored: it cannot be shown again after you close this dialog.
      </Notice>
      <div>
        <p className={layout.exampleTitle}>How a program requests a token</p>
        <p className={`${layout.sunken} ${layout.example} mono small break selectable`}>
          curl -H "Authorization: Bearer $SECRET" http://127.0.0.1:{endpoint.port}/v1/token/{profile}
        </p>
      </div>
      {!endpoint.on && (
        <Notice level="information">The endpoint is off. Turn it on under Settings → Delivery.</Notice>
      )}
      <FormButtons>
        <Button icon="copy" onPress={() => void copy()}>
          Copy secret
        </Button>
        <span className={said?.good === false ? 'small bad-words' : 'small quiet'} role="status">
          {said?.sentence}
        </span>
        <span className="spring" />
        <Button kind="primary" onPress={onClose}>
          Done
        </Button>
      </FormButtons>
    </div>
  )
}
