// Settings change: stores what a person changed, and applies it to the cloud's guard, the engine and the desktop.
import type { PreferenceValues } from '#desktop/preferences/preferences.ts'
import type { CloudGuard } from './cloud-binding.ts'
import type { EngineSupervisor } from './engine-supervisor.ts'
import type { Settings } from './settings.ts'

export function createSettingsChange(dependencies: {
  readonly settings: Settings
  readonly guard: Pick<CloudGuard, 'allow' | 'follow'>
  readonly supervisor: Pick<EngineSupervisor, 'current' | 'vault' | 'startIfHeld'>
  readonly applyTheme: (theme: PreferenceValues['theme']) => void
  readonly setStartAtLogin: (on: boolean) => void
  readonly changed: () => void
}): Pick<Settings, 'save'> {
  const { settings, guard, supervisor, applyTheme, setStartAtLogin, changed } = dependencies
  const fleet = () => supervisor.current()?.engine.fleet() ?? null
  return {
    save(patch) {
      if (patch.baseUrl !== undefined) guard.allow(patch.baseUrl, supervisor.vault(), fleet())
      try {
        settings.save(patch)
      } finally {
        // What could not be written holds for this run all the same.
        if (patch.baseUrl !== undefined) {
          guard.follow(supervisor.vault(), fleet())
          supervisor.startIfHeld()
        }
        applyTheme(settings.values().theme)
        if (patch.startAtLogin !== undefined) setStartAtLogin(patch.startAtLogin)
        supervisor.current()?.engine.configure(settings.engine())
        changed()
      }
    },
  }
}
