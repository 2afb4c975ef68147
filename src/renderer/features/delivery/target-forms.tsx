// The choice of a kind of delivery, and the form of the one that is chosen.
import { type ReactNode, useState } from 'react'
import { useView } from '#renderer/app/context.tsx'
import layout from '#renderer/components/layout.module.css'
import styles from './delivery-dialog.module.css'
import { targetForms } from './target-words.ts'
import { isWindows, type TargetFormProps } from './use-save-target.ts'

/** Loaded with the dialog, so that the form changes at once with the kind. */
const forms = await Promise.all(targetForms.map(async (one) => ({ ...one, Form: await one.form() })))

interface TargetFormsProps extends TargetFormProps {
  /** Above the kinds. */
  readonly legend: ReactNode
}

export function TargetForms({ legend, ...props }: TargetFormsProps) {
  const { initial } = props
  const onWindows = isWindows(useView().app.platform)
  const [chosen, choose] = useState(
    () => forms.find(({ kind }) => kind !== null && kind === initial?.kind)?.key ?? forms[0]?.key,
  )
  const Form = forms.find(({ key }) => key === chosen)?.Form
  return (
    <>
      {initial === null && (
        <fieldset className={`${layout.group} ${styles.kinds}`}>
          <legend>{legend}</legend>
          {forms.map(({ key, name: words, hint, hintOnWindows = hint }) => (
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
                <span className="quiet small">{onWindows ? hintOnWindows : hint}</span>
              </span>
            </label>
          ))}
        </fieldset>
      )}
      {Form !== undefined && <Form {...props} />}
    </>
  )
}
