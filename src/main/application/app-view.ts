// App view: what the window is shown, composed from every part that knows some of it.
import type {
  AppView,
  DeliveryView,
  ProxyView,
  SharedVaultView,
  StorageView,
  UpdatesView,
} from '#contract/contract.ts'
import { NO_PROBLEMS } from '#contract/problems.ts'
import type { Instant } from '#engine/domain/model.ts'
import type { FleetView, Incident } from '#engine/domain/view-model.ts'
import { NOTHING_RUNS } from '#engine/view/incidents.ts'
import type { AppLock } from './app-lock.ts'
import { dataSourceTotals } from './data-sources.ts'
import type { EngineSupervisor } from './engine-supervisor.ts'
import type { Problems } from './problems.ts'
import type { Settings } from './settings.ts'
import type { VaultAccess } from './vault-access.ts'

export interface AppViewSource {
  /** As the engine has it, with all its problems, or the reason why nothing runs. */
  fleet(): FleetView
  compose(): Omit<AppView, 'revision' | 'toasts' | 'goTo'>
}

/** What is shown of the fleet, or of why nothing runs. */
export function createFleetSource(dependencies: {
  readonly supervisor: Pick<EngineSupervisor, 'engineToShow' | 'held' | 'now'>
  readonly vaultAccess: Pick<VaultAccess, 'view'>
  readonly problems: Pick<Problems, 'over'>
}): { storage(): StorageView; fleet(): FleetView } {
  const { supervisor, vaultAccess, problems } = dependencies
  const storage = (): StorageView => {
    const held = supervisor.held()
    if (held === null) return vaultAccess.view()
    const { kind, sentence, ways, choices: clouds } = held
    return { kind, level: 'closed', sentence, ways, waiting: null, clouds }
  }
  const whyNothingRuns = () => {
    const { level, kind, sentence } = storage()
    if (level !== 'closed' || kind === 'opening') return null
    return { title: supervisor.held()?.title ?? 'No token is being renewed', sentence }
  }
  let last: FleetView | null = null
  const fleet = () => {
    const why = whyNothingRuns()
    const current = supervisor.engineToShow()?.view() ?? null
    // Between two sessions over one vault, as while a record is repaired, nothing is gone.
    last = current ?? (why === null ? last : null)
    return problems.over(last ?? emptyFleet(supervisor.now(), why))
  }
  return { storage, fleet }
}

export function createAppView(dependencies: {
  readonly supervisor: Pick<EngineSupervisor, 'current' | 'engineToShow' | 'held' | 'now'>
  readonly vaultAccess: Pick<VaultAccess, 'view'>
  readonly settings: Settings
  readonly proxy: () => ProxyView
  readonly delivery: () => DeliveryView
  readonly problems: Pick<Problems, 'over' | 'totals'>
  readonly sharedVault: () => SharedVaultView
  readonly updates: () => UpdatesView | null
  readonly lock: Pick<AppLock, 'isLocked'>
  readonly app: {
    readonly version: string
    readonly dataFolder: string
    readonly simulated: boolean
    readonly hasTray: () => boolean
    readonly idleCountsFrom: () => AppView['app']['idleCountsFrom']
  }
}): AppViewSource {
  const { supervisor, vaultAccess, settings, proxy, delivery, problems, updates, lock, app } = dependencies
  const { storage, fleet } = createFleetSource(dependencies)
  return {
    fleet,
    compose: () => ({
      // What a locked window must not show it does not get.
      fleet: lock.isLocked() ? emptyFleet(supervisor.now()) : fleet(),
      problems: lock.isLocked() ? NO_PROBLEMS : problems.totals(),
      locked: lock.isLocked(),
      connect: lock.isLocked()
        ? { kind: 'idle' }
        : (supervisor.current()?.connect.state() ?? { kind: 'idle' }),
      // Only an open vault can be unlocked, whatever holds its renewals.
      storage: lock.isLocked() ? vaultAccess.view() : storage(),
      settings: settings.view(),
      proxy: lock.isLocked() ? { ...proxy(), signIn: null } : proxy(),
      delivery: lock.isLocked() ? withoutNames(delivery()) : delivery(),
      dataSources: dataSourceTotals(supervisor.current()?.engine.dataSources ?? null, supervisor.now()),
      sharedVault: lock.isLocked() ? { kind: 'none' } : dependencies.sharedVault(),
      updates: updates(),
      app: {
        version: app.version,
        ...versions(),
        supportEndedAt: endOfSupport(versions().electron, supervisor.now()),
        platform: process.platform,
        dataFolder: app.dataFolder,
        simulated: app.simulated,
        foreignCloud: settings.foreignCloud(),
        tray: app.hasTray(),
        idleCountsFrom: app.idleCountsFrom(),
      },
    }),
  }
}

export function versions(): { electron: string; chromium: string; node: string } {
  const { electron = '', chrome = '', node } = process.versions
  return { electron, chromium: chrome, node }
}

/**
 * When each major of Electron gets its last fixes: the day on which the third after it is released, since the latest three
 * are supported (Electron's docs/tutorial/electron-timelines.md; the dates are those of releases.electronjs.org/schedule).
 * An older major ended before the first here; of a newer one that is not here nothing is known.
 */
const LAST_FIXES: Readonly<Record<string, string>> = {
  33: '2025-04-29',
  34: '2025-06-24',
  35: '2025-09-02',
  36: '2025-10-28',
  37: '2026-01-13',
  38: '2026-03-10',
  39: '2026-05-05',
  40: '2026-06-30',
  41: '2026-08-25',
  42: '2026-10-20',
  43: '2027-01-05',
  44: '2027-03-02',
}

const OLDEST = Math.min(...Object.keys(LAST_FIXES).map(Number))

/** null: it is supported, or nothing is known of it. */
export function endOfSupport(electron: string, now: Instant): Instant | null {
  const major = electron.split('.', 1)[0] ?? ''
  const date = LAST_FIXES[/^\d+$/.test(major) ? Math.max(OLDEST, Number(major)) : '']
  // Noon: the same date in every time zone, where the window shows it.
  const end = date === undefined ? Number.POSITIVE_INFINITY : Date.parse(`${date}T12:00:00Z`)
  return end <= now ? end : null
}

/** Neither who gets tokens nor where alerts go. */
function withoutNames(view: DeliveryView): DeliveryView {
  const endpoint = { ...view.endpoint, consumers: [] }
  return { ...view, targets: 0, failing: [], endpoint, webhook: { url: null, held: false, last: null } }
}

/** What is shown while nothing runs; `why`: a person has to do something about it. */
function emptyFleet(now: Instant, why: Pick<Incident, 'title' | 'sentence'> | null = null): FleetView {
  const closed: Incident = {
    key: NOTHING_RUNS,
    code: NOTHING_RUNS,
    level: 'critical',
    title: why?.title ?? '',
    sentence: why?.sentence ?? '',
    fix: { kind: 'check-storage' },
    owner: 'you',
    serviceApp: null,
    profileIds: [],
    customers: 0,
    deadline: null,
    trackingId: null,
    since: now,
  }
  const incidents = why === null ? [] : [closed]
  return { now, clockSkew: 0, profiles: [], managers: [], incidents, allPausedUntil: null }
}
