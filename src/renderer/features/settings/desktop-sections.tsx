// How the app behaves on the desktop: start and appearance, and the clipboard.
import { SETTINGS, type SettingsView } from '#contract/settings.ts'
import { useView } from '#renderer/app/context.tsx'
import { Choice, Toggle } from '#renderer/components/choice.tsx'

import { Section, useSave } from './section.tsx'

const themes: Readonly<Record<SettingsView['theme'], string>> = {
  system: 'Like the system',
  light: 'Light',
  dark: 'Dark',
  contrast: 'High contrast',
}

export function StartSection() {
  const { settings, app } = useView()
  const save = useSave()
  return (
    <Section title="Start and appearance">
      <Toggle
        label="Start at login"
        checked={settings.startAtLogin}
        onChange={(startAtLogin) => void save({ startAtLogin })}
      />
      <Toggle
        label="Start in the tray"
        checked={settings.startInTray}
        disabled={!app.tray}
        onChange={(startInTray) => void save({ startInTray })}
        {...(app.tray ? {} : { hint: 'This desktop has no tray; closing the window minimizes it.' })}
      />
      <Choice
        label="Theme"
        name="theme"
        value={settings.theme}
        options={SETTINGS.theme.choices.map((theme) => [theme, themes[theme]] as const)}
        onChange={(theme) => void save({ theme })}
      />
    </Section>
  )
}

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
