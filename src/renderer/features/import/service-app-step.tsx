// The service app of a list that does not name it, entered once for all rows.
import { useEffect, useRef, useState } from 'react'
import type { ImportDryRun, Input, LackingField, ProfileView } from '#contract/contract.ts'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Choice } from '#renderer/components/choice.tsx'
import { Field } from '#renderer/components/field.tsx'
import { Form, textOf } from '#renderer/components/form.tsx'
import { Refusal } from '#renderer/components/notice.tsx'
import { byName, nameWithOrg, plural } from '#renderer/features/shared/words.ts'
import { Found } from './found-names.tsx'
import type { StepProps } from './import-source.tsx'

type Completion = Pick<Input<'import.complete'>, 'serviceApp' | 'targetOrgId'>

interface ServiceAppProps extends StepProps {
  readonly dryRun: Extract<ImportDryRun, { kind: 'profiles' }>
  readonly profiles: readonly ProfileView[]
  /** What the last try lacked. */
  readonly wrongField: string | null
  readonly onBack: () => void
  readonly onContinue: (completion: Completion) => void
}

/** In the order in which they are asked. */
const LABELS: Readonly<Record<LackingField, string>> = {
  clientId: 'Client ID',
  clientSecret: 'Client secret',
  appId: 'App ID',
  targetOrgId: 'Target org ID',
}

export function ServiceAppStep(props: ServiceAppProps) {
  const { dryRun, profiles, refusal, wrongField, busy, onBack, onClose, onContinue } = props
  const { lacking, comingIn, refused } = dryRun
  const form = useRef<HTMLFormElement>(null)
  const stored = storedApps(profiles)
  const isAppLacking = lacking.some((field) => field !== 'targetOrgId')
  const [chosen, setChosen] = useState('')
  const fields = (Object.keys(LABELS) as LackingField[]).filter(
    (field) => lacking.includes(field) && (chosen === '' || field === 'targetOrgId'),
  )

  useEffect(() => {
    const field = wrongField === null ? null : form.current?.elements.namedItem(wrongField)
    if (field instanceof HTMLElement) field.focus()
  }, [wrongField])

  const send = () => {
    const typed = (field: LackingField) => textOf(form.current, field) || null
    const serviceApp: Completion['serviceApp'] =
      chosen === ''
        ? {
            kind: 'typed',
            appId: typed('appId'),
            clientId: typed('clientId'),
            clientSecret: typed('clientSecret'),
          }
        : { kind: 'stored', profileId: chosen }
    onContinue({ serviceApp: isAppLacking ? serviceApp : null, targetOrgId: typed('targetOrgId') })
  }

  return (
    <Form ref={form} onSend={() => !busy && send()}>
      <Refusal>{refusal}</Refusal>
      <p>
        {lacking.includes('clientId')
          ? `${plural(comingIn + refused, 'customer')} found, without their service app.`
          : `${plural(comingIn + refused, 'customer')} found. Missing: ${lacking.map((field) => LABELS[field]).join(', ')}.`}
      </p>
      {isAppLacking && stored.length > 0 && (
        <Choice
          label="Service app of these customers"
          name="serviceApp"
          value={chosen}
          options={[['', 'Other (enter it below)'], ...stored]}
          onChange={setChosen}
          hint="Used for every row."
        />
      )}
      {fields.map((field) => (
        <Field
          key={field}
          name={field}
          label={LABELS[field]}
          mono
          secret={field === 'clientSecret'}
          optional={field === 'appId' && lacking.includes('clientId')}
          {...(field === 'appId' && { hint: 'Usually derived from the client ID.' })}
          {...(field === 'targetOrgId' && {
            hint: 'The org whose full admin authorized the service app in Control Hub.',
          })}
        />
      ))}
      <Found found={dryRun.found} tokenManager={dryRun.tokenManager} />
      <FormButtons>
        <Button kind="quiet" icon="back" onPress={onBack} disabled={busy}>
          Other file
        </Button>
        <span className="spring" />
        <Button onPress={onClose}>Cancel</Button>
        <Button kind="primary" submit disabled={busy}>
          Continue
        </Button>
      </FormButtons>
    </Form>
  )
}

/** One row of each service app stands for it, by its ID. */
function storedApps(profiles: readonly ProfileView[]): readonly (readonly [string, string])[] {
  const byApp = new Map<string, ProfileView>()
  for (const profile of profiles) {
    if (profile.unreadable === undefined && !byApp.has(profile.appId)) byApp.set(profile.appId, profile)
  }
  return [...byApp.values()].sort(byName).map((one) => [one.id, `Same as ${nameWithOrg(one)}`] as const)
}
