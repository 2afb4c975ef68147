// What the desktop is told, and a webhook for those who are not at this computer.
import { SETTINGS, type SettingsView } from '#contract/settings.ts'
import { useView } from '#renderer/app/context.tsx'
import { Choice } from '#renderer/components/field.tsx'
import { Section } from './section.tsx'
import { useSave } from './use-save.ts'
import { WebhookForm } from './webhook-form.tsx'

const words: Readonly<Record<SettingsView['notify'], string>> = {
  all: 'All: expiry, trouble and recovery',
  'needs-you': 'Only what needs you',
  none: 'None',
}

export function NotificationsSection() {
  const { settings } = useView()
  const save = useSave()
  return (
    <Section title="Notifications and webhook">
      <Choice
        label="Desktop notifications"
        name="notify"
        value={settings.notify}
        options={SETTINGS.notify.choices.map((one) => [one, words[one]] as const)}
        onChange={(notify) => void save({ notify })}
        hint="One for each root cause, none for success. What is wrong stays in sight in the window in any case."
      />
      <WebhookForm />
    </Section>
  )
}
