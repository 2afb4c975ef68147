// How the app starts, and how it looks.
import { SETTINGS, type SettingsView } from '#contract/settings.ts'
import { useView } from '#renderer/app/context.tsx'
import { Choice } from '#renderer/components/field.tsx'
import { Toggle } from '#renderer/components/toggle.tsx'
import { Section } from './section.tsx'
import { useSave } from './use-save.ts'

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
