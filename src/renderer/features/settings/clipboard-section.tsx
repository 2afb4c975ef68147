import { SETTINGS } from '#contract/settings.ts'
import { useView } from '#renderer/app/context.tsx'
import { Choice } from '#renderer/components/field.tsx'
import { Section } from './section.tsx'
import { useSave } from './use-save.ts'

const { offered, off, unit } = SETTINGS.clipboardClearSeconds

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
        options={withCurrent(offered, settings.clipboardClearSeconds).map(
          (one) => [String(one), one === off ? 'Never' : `${one} ${unit}`] as const,
        )}
        onChange={(chosen) => void save({ clipboardClearSeconds: Number(chosen) })}
        hint="Only if the clipboard still holds that token."
      />
    </Section>
  )
}

const withCurrent = (choices: readonly number[], value: number) =>
  choices.includes(value) ? choices : [value, ...choices]
