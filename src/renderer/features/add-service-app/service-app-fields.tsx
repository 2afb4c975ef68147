// The fields of a service app, the same for adding and editing, with remarks while they are typed.
import { type RefObject, useState } from 'react'
import type { Probe, SecretField } from '#contract/contract.ts'
import { Choice } from '#renderer/components/choice.tsx'
import { Field } from '#renderer/components/field.tsx'
import { textOf } from '#renderer/components/form.tsx'
import layout from '#renderer/components/layout.module.css'
import { PASTED_SECRET, type Pasted } from '#renderer/features/shared/pasted-values.tsx'
import type { FieldName, Remarks, TypedServiceApp } from './field-remarks.ts'

const probes: readonly (readonly [Probe['kind'], string])[] = [
  ['data-sources', 'Data sources'],
  ['meetings', 'Meetings'],
  ['messaging', 'Messaging'],
  ['contact-center', 'Contact Center'],
  ['custom', 'Custom path'],
]

interface InitialValues {
  readonly name?: string
  readonly appId?: string
  readonly clientId?: string
  readonly targetOrgId?: string
  readonly orgName?: string
  readonly probe?: Probe
}

interface FieldsProps {
  readonly initial: InitialValues
  readonly remarks: Remarks
  /** There is a secret already, which stays unless another one is typed: how that is said. null: there is none. */
  readonly secretKept: { readonly placeholder: string; readonly hint: string } | null
  readonly withAccessToken: boolean
  /** Secrets that were pasted: main has them, and the fields are empty. */
  readonly pasted: Pasted['ids']
}

export function ServiceAppFields({ initial, remarks, secretKept, withAccessToken, pasted }: FieldsProps) {
  const [probe, setProbe] = useState<Probe['kind']>(initial.probe?.kind ?? 'data-sources')
  const remark = (field: FieldName) => ({ remark: remarks[field] ?? null, name: field, hasRemarks: true })
  const secret = (field: SecretField & FieldName) => ({
    ...remark(field),
    secret: true,
    ...(pasted[field] === undefined ? {} : PASTED_SECRET),
  })
  return (
    <>
      <div className={layout.pair}>
        <Field label="Name" {...remark('name')} initial={initial.name ?? ''} hint="Shown in the list." />
        <Field
          label="Customer"
          {...remark('orgName')}
          optional
          initial={initial.orgName ?? ''}
          hint="Shown instead of the org ID."
        />
      </div>
      <Field label="App ID" {...remark('appId')} mono initial={initial.appId ?? ''} />
      <Field
        label="Client ID"
        {...remark('clientId')}
        mono
        initial={initial.clientId ?? ''}
        hint="The service app's, not the integration's."
      />
      <Field label="Client secret" {...secretKept} {...secret('clientSecret')} />
      <Field
        label="Target org ID"
        {...remark('targetOrgId')}
        mono
        initial={initial.targetOrgId ?? ''}
        hint="The org whose full admin authorized the service app in Control Hub."
      />
      <fieldset className={layout.group}>
        <legend>{withAccessToken ? 'Tokens you already have' : 'Replace the refresh token'}</legend>
        <p className="quiet small">
          {withAccessToken
            ? 'Not required: the token manager issues the first tokens.'
            : 'Only if you have a newer one from elsewhere.'}
        </p>
        {withAccessToken && <Field label="Access token" {...secret('accessToken')} optional />}
        <Field label="Refresh token" {...secret('refreshToken')} optional />
      </fieldset>
      <div className={layout.pair}>
        <Choice
          label="Test the token with"
          name="probe"
          options={probes}
          value={probe}
          onChange={setProbe}
          hint="A harmless request that proves the token works."
        />
        {probe === 'custom' && (
          <Field
            label="Path"
            name="probePath"
            mono
            initial={initial.probe?.kind === 'custom' ? initial.probe.path : '/'}
            hint="Begins with /. It is requested with GET."
          />
        )}
      </div>
    </>
  )
}

export function typedIn(form: RefObject<HTMLFormElement | null>): TypedServiceApp {
  const text = (name: string) => textOf(form.current, name)
  return {
    name: text('name'),
    appId: text('appId'),
    clientId: text('clientId'),
    clientSecret: text('clientSecret'),
    targetOrgId: text('targetOrgId'),
    orgName: text('orgName'),
    accessToken: text('accessToken').replace(/^Bearer\s+/i, ''),
    refreshToken: text('refreshToken'),
  }
}

export function probeIn(form: RefObject<HTMLFormElement | null>): Probe {
  const field = form.current?.elements.namedItem('probe')
  const kind = field instanceof HTMLSelectElement ? field.value : 'data-sources'
  switch (kind) {
    case 'custom':
      return { kind, path: textOf(form.current, 'probePath') }
    case 'meetings':
    case 'messaging':
    case 'contact-center':
      return { kind }
    default:
      return { kind: 'data-sources' }
  }
}

/** An empty optional field is null to main. */
export const orNull = (text: string): string | null => (text === '' ? null : text)

export function focusField(form: RefObject<HTMLFormElement | null>, name: string): void {
  const field = form.current?.elements.namedItem(name)
  if (field instanceof HTMLElement) field.focus()
}
