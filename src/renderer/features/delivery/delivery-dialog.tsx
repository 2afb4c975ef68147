// Adds a delivery target, or changes one.
import { useState } from 'react'
import type { TargetView } from '#contract/contract.ts'
import { useView } from '#renderer/app/context.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import layout from '#renderer/components/layout.module.css'
import { Name } from '#renderer/components/name.tsx'
import { nameWithOrg } from '#renderer/features/shared/words.ts'
import styles from './delivery-dialog.module.css'
import { targetForms } from './target-words.ts'
import { useSaveTarget } from './use-save-target.ts'

interface DeliveryDialogProps {
  readonly profileId: string
  /** null: a new one. */
  readonly target: TargetView | null
  readonly onClose: () => void
}

/** Loaded with the dialog, so that the form changes at once with the kind. */
const forms = await Promise.all(targetForms.map(async (one) => ({ ...one, Form: await one.form() })))

export default function DeliveryDialog({ profileId, target, onClose }: DeliveryDialogProps) {
  const { fleet } = useView()
  const [chosen, choose] = useState(
    () => forms.find(({ kind }) => kind !== null && kind === target?.spec.kind)?.key ?? forms[0]?.key,
  )
  const saving = useSaveTarget(profileId, target?.id ?? null, onClose)
  const profile = fleet.profiles.find(({ id }) => id === profileId)
  const name = profile === undefined ? 'the service app' : nameWithOrg(profile)
  const Form = forms.find(({ key }) => key === chosen)?.Form
  const form = { saving, onClose, saveWords: target === null ? 'Add and deliver' : 'Save and deliver' }
  return (
    <Dialog title={target === null ? 'Add delivery' : 'Edit delivery'} onClose={onClose}>
      {target === null && (
        <fieldset className={`${layout.group} ${styles.kinds}`}>
          <legend>
            Deliver new tokens of <Name>{name}</Name> to
          </legend>
          {forms.map(({ key, name: words, hint }) => (
            <label key={key} className={layout.option}>
              <input
                type="radio"
                name="kind"
                aria-label={words}
                checked={chosen === key}
                onChange={() => choose(key)}
              />
              <span>
                {words}
                <span className="quiet small">{hint}</span>
              </span>
            </label>
          ))}
        </fieldset>
      )}
      {Form !== undefined && <Form {...form} initial={target?.spec ?? null} targetId={target?.id ?? null} />}
    </Dialog>
  )
}
