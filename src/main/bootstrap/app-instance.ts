// App instance: constructs what this run of the app begins with: its demo, its preferences and settings, and how it is started
// again at login or by satm.
import { app } from 'electron'
import { type AppInstance, launchCommandOf } from '#application/satm-access.ts'
import { createSettings, fixedCloud, type Settings } from '#application/settings.ts'
import { openPreferences, type Preferences } from '#desktop/preferences/preferences.ts'
import { createLoginItem, type LoginItem } from '#desktop/system/login-item.ts'
import { systemDelay } from '#desktop/system/system-clock.ts'
import type { Demo } from './demo-fleet.ts'
import type { Begun } from './launch-options.ts'

interface Instance {
  readonly preferences: Preferences
  /** null: real data. */
  readonly demo: Demo | null
  readonly instance: AppInstance
  readonly loginItem: LoginItem
  readonly settings: Settings
}

export async function createAppInstance({ launch, clock }: Begun): Promise<Instance> {
  const preferences = openPreferences(launch.dataFolder)
  const demo = await demoOf({ launch, clock })
  const instance: AppInstance = {
    dataFolder: app.getPath('userData'),
    version: app.getVersion(),
    appPath: app.getAppPath(),
    packaged: app.isPackaged,
    kind: demo === null ? 'app' : 'demo',
  }
  const { execPath: executable, argv, env } = process
  const loginItem = createLoginItem(
    launchCommandOf({ ...instance, executable, argv, env }),
    instance.dataFolder,
  )
  const settings = createSettings(preferences, fixedCloud(demo?.baseUrl ?? null, launch.baseUrl), loginItem)
  return { preferences, demo, instance, loginItem, settings }
}

/** Only a demo loads the simulated Webex; that of a shared vault runs beside it. */
async function demoOf({ launch, clock }: Pick<Begun, 'launch' | 'clock'>): Promise<Demo | null> {
  if (launch.demo === null) return null
  if (launch.demo.shared !== null)
    return { baseUrl: launch.baseUrl ?? '', changes: [], close: async () => undefined }
  return (await import('./demo-fleet.ts')).startDemo(launch.demo, { clock, delay: systemDelay })
}
