// What the window is shown, from everybody who knows a part of it.

import type { AppView, DeliveryView, StorageView } from '#contract/contract.ts'
import type { Instant } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { FleetView, RootCause } from '#engine/domain/view-model.ts'
import type { CoreHolder } from './engine-supervisor.ts'
import type { Settings } from './settings.ts'

export interface ViewSources {
  readonly clock: Clock
  readonly cores: () => CoreHolder
  readonly storage: () => StorageView
  readonly settings: Settings
  readonly delivery: () => DeliveryView
  readonly isLocked: () => boolean
  readonly hasTray: () => boolean
  readonly version: string
  readonly dataFolder: string
  readonly simulated: boolean
}

export interface AppViewSource {
  /** As the engine has it, or the reason why nothing runs. */
  fleet(): FleetView
  compose(): Omit<AppView, 'revision' | 'toasts' | 'goTo'>
}

export function createAppView(sources: ViewSources): AppViewSource {
  const { clock, cores, settings, isLocked } = sources
  const storage = (): StorageView => {
    const held = cores().held()
    if (held === null) return sources.storage()
    const { sentence, choices: clouds } = held
    return {
      kind: 'other-cloud',
      level: 'closed',
      sentence,
      ways: ['restore', 'quit'],
      waiting: null,
      clouds,
    }
  }
  const whyNothingRuns = () => {
    const { level, kind, sentence } = storage()
    return level === 'closed' && kind !== 'opening' ? sentence : null
  }
  const fleet = () => cores().current()?.engine.view() ?? emptyFleet(clock.now(), whyNothingRuns())
  return {
    fleet,
    compose: () => ({
      // What a locked window must not show it does not get.
      fleet: isLocked() ? emptyFleet(clock.now()) : fleet(),
      locked: isLocked(),
      connect: cores().current()?.connectState() ?? { kind: 'idle' },
      storage: storage(),
      settings: settings.view(),
      delivery: sources.delivery(),
      app: {
        version: sources.version,
        ...versions(),
        platform: process.platform,
        dataFolder: sources.dataFolder,
        simulated: sources.simulated,
        foreignCloud: settings.foreignCloud(),
        tray: sources.hasTray(),
      },
    }),
  }
}

export function versions(): { electron: string; chromium: string; node: string } {
  const { electron = '', chrome = '', node } = process.versions
  return { electron, chromium: chrome, node }
}

/** What is shown while nothing runs; `why`: a person has to do something about it. */
export function emptyFleet(now: Instant, why: string | null = null): FleetView {
  const closed: RootCause = {
    key: 'nothing-runs',
    level: 'critical',
    title: 'No token is being renewed',
    sentence: why ?? '',
    fix: { kind: 'check-storage' },
    profileIds: [],
    trackingId: null,
    since: now,
  }
  const rootCauses = why === null ? [] : [closed]
  return { now, clockSkew: 0, profiles: [], managers: [], rootCauses, allPausedUntil: null }
}
