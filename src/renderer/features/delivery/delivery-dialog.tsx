// Adds a delivery target, or changes one: an env file or a hook.
import { useState } from 'react'
import type { TargetView } from '#contract/contract.ts'
import { useView } from '#renderer/app/context.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import layout from '#renderer/components/layout.module.css'
import styles from './delivery-dialog.module.css'
import { EnvFileForm } from './env-file-form.tsx'
import { HookForm } from './hook-form.tsx'
import { useSaveTarget } from './use-save-target.ts'

interface DeliveryDialogProps {
  readonly profileId: string
  /** null: a new one. */
  readonly target: TargetView | null
  readonly onClose: () => void
}

const kinds = [
  ['env-file', 'Env file', 'Variables in a file that programs read, such as .env.'],
  ['hook', 'Hook', 'A command of yours that is run with the new token.'],
] as const

export default function DeliveryDialog({ profileId, target, onClose }: DeliveryDialogProps) {
  const { fleet } = useView()
  const [kind, setKind] = useState(target?.spec.kind ?? 'env-file')
  const saving = useSaveTarget(profileId, target?.id ?? null, onClose)
  const name = fleet.profiles.find(({ id }) => id === profileId)?.name ?? 'the service app'
  const spec = target?.spec ?? null
  const form = { saving, onClose, saveWords: target === null ? 'Add and deliver' : 'Save and deliver' }
  return (
    <Dialog title={target === null ? 'Add delivery' : 'Edit delivery'} onClose={onClose}>
      {target === null && (
        <fieldset className={`${layout.group} ${styles.kinds}`}>
          <legend>What gets each new token of {name}</legend>
          {kinds.map(([one, words, hint]) => (
            <label key={one} className={layout.option}>
              <input
                type="radio"
                name="kind"
                aria-label={words}
                checked={kind === one}
                onChange={() => setKind(one)}
              />
              <span>
                {words}
                <span className="quiet small">{hint}</span>
              </span>
            </label>
          ))}
        </fieldset>
      )}
      {kind === 'env-file' ? (
        <EnvFileForm {...form} initial={spec?.kind === 'env-file' ? spec : null} />
      ) : (
        <HookForm {...form} initial={spec?.kind === 'hook' ? spec : null} />
      )}
    </Dialog>
  )
}
