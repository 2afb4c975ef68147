// Settings change: stores what a person changed, and applies it to the cloud's guard, the engine and the desktop.
import type { Input } from '#contract/contract.ts'
import type { PreferenceValues } from '#desktop/preferences/preference-values.ts'
import type { CloudGuard } from './cloud-binding.ts'
import type { EngineSupervisor } from './engine-supervisor.ts'
import type { Settings } from './settings.ts'

/** Rejects with a `UserFacingError`; what could not be written holds for this run all the same. */
export interface SettingsChange {
  save(patch: Input<'settings.save'>): Promise<void>
}

export function createSettingsChange(dependencies: {
  readonly settings: Settings
  readonly guard: Pick<CloudGuard, 'allow' | 'follow'>
  readonly supervisor: Pick<EngineSupervisor, 'current' | 'vault' | 'changeCloud'>
  readonly applyTheme: (theme: PreferenceValues['theme']) => void
  readonly changed: () => void
}): SettingsChange {
  const { settings, guard, supervisor, applyTheme, changed } = dependencies
  const fleet = () => supervisor.current()?.engine.fleet() ?? null
  const save = (patch: Input<'settings.save'>) => {
    try {
      settings.save(patch)
    } finally {
      applyTheme(settings.values().theme)
      supervisor.current()?.engine.configure(settings.engine())
      changed()
    }
  }
  return {
    async save(patch) {
      const { baseUrl } = patch
      if (baseUrl === undefined) return save(patch)
      await supervisor.changeCloud(async () => {
        await guard.allow(baseUrl, supervisor.vault(), fleet())
        try {
          save(patch)
        } finally {
          await guard.follow(supervisor.vault(), fleet())
        }
      })
    },
  }
}
