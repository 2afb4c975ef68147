import { Choice } from '../../parts/field.tsx'
import { useView } from '../../window-parts.tsx'
import { Section } from './section.tsx'
import { useSave } from './use-save.ts'

const seconds = [10, 20, 30, 60, 90, 120, 0] as const

/** How long a copied token stays. */
export function ClipboardSection() {
  const { settings } = useView()
  const save = useSave()
  return (
    <Section title="Clipboard">
      <Choice
        label="Clear a copied token after"
        name="clipboardClearSeconds"
        value={String(settings.clipboardClearSeconds)}
        options={withCurrent(seconds, settings.clipboardClearSeconds).map(
          (one) => [String(one), one === 0 ? 'Never' : `${one} seconds`] as const,
        )}
        onChange={(chosen) => void save({ clipboardClearSeconds: Number(chosen) })}
        hint="Only if the clipboard still holds that token."
      />
    </Section>
  )
}

const withCurrent = (choices: readonly number[], value: number) =>
  choices.includes(value) ? choices : [value, ...choices]
