// How it looks, when it refreshes, how long a copied token stays, how it starts.
import { Choice } from '../../parts/field.tsx'
import { Toggle } from '../../parts/toggle.tsx'
import { useView } from '../../window-parts.tsx'
import { Section } from './section.tsx'
import { useSave } from './use-save.ts'

const themes = [
  ['system', 'Like the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
  ['contrast', 'High contrast'],
] as const

const shares = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9] as const
const seconds = [10, 20, 30, 60, 90, 120, 0] as const

export function PreferencesSection() {
  const { settings, app } = useView()
  const save = useSave()
  const refreshAt = nearest(shares, settings.refreshAt)
  return (
    <>
      <Section title="Refresh">
        <Choice
          label="Refresh after this part of the lifetime"
          name="refreshAt"
          value={String(refreshAt)}
          options={shares.map((share) => [String(share), shareWords(share)] as const)}
          onChange={(share) => void save({ refreshAt: Number(share) })}
          hint="A 14-day token refreshed at half its life leaves a week to notice trouble."
        />
      </Section>
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
      <Section title="Appearance and start">
        <Choice
          label="Theme"
          name="theme"
          value={settings.theme}
          options={themes}
          onChange={(theme) => void save({ theme })}
        />
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
      </Section>
    </>
  )
}

const shareWords = (share: number) => `${Math.round(share * 100)} %${share === 0.5 ? ' (recommended)' : ''}`

const nearest = (choices: readonly number[], value: number) =>
  choices.reduce((best, one) => (Math.abs(one - value) < Math.abs(best - value) ? one : best))

const withCurrent = (choices: readonly number[], value: number) =>
  choices.includes(value) ? choices : [value, ...choices]
