// Appearance and start: the theme, and when and where the app starts.
import { SETTINGS, type SettingsView } from '#contract/settings.ts'
import { useView } from '#renderer/app/context.tsx'
import { Choice, Toggle } from '#renderer/components/choice.tsx'
import { Card } from './card.tsx'
import { useSave } from './saving.tsx'

const themes: Readonly<Record<SettingsView['theme'], string>> = {
  system: 'System',
  light: 'Light',
  dark: 'Dark',
  contrast: 'High contrast',
}

export function AppearanceSection() {
  const { settings, app } = useView()
  const save = useSave()
  return (
    <>
      <Card title="Appearance">
        <Choice
          label="Theme"
          name="theme"
          value={settings.theme}
          options={SETTINGS.theme.choices.map((theme) => [theme, themes[theme]] as const)}
          onChange={(theme) => save('Theme', { theme })}
        />
      </Card>
      <Card title="Start">
        <Toggle
          label="Start at login"
          checked={settings.startAtLogin}
          onChange={(startAtLogin) => save('Start at login', { startAtLogin })}
        />
        <Toggle
          label="Start in the tray"
          checked={settings.startInTray}
          disabled={!app.tray}
          onChange={(startInTray) => save('Start in the tray', { startInTray })}
          {...(app.tray ? {} : { hint: 'This desktop has no tray. Closing the window minimizes it.' })}
        />
      </Card>
    </>
  )
}
