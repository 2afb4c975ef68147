// Diagnostics: versions, states and times for "Copy diagnostics". Only the log lines below them have names.
import type { AppView } from '#contract/contract.ts'
import type { RefusedCertificate } from '#desktop/system/refused-certificate.ts'
import type { ManagerView, ProfileView } from '#engine/domain/view-model.ts'

export interface System {
  /** The operating system's own version. */
  readonly release: string
  readonly arch: string
}

/**
 * `refusedCertificate`: the last one of this run. No key may look like that of a secret, since the log would redact its
 * value.
 */
export function describeApp(
  view: AppView,
  system: System,
  refusedCertificate: RefusedCertificate | null = null,
): Readonly<Record<string, unknown>> {
  const { app, storage, settings, connect, fleet } = view
  const { baseUrl, redirectPort, refreshAt, clipboardClearSeconds } = settings
  return {
    version: app.version,
    electron: app.electron,
    chromium: app.chromium,
    node: app.node,
    system: { platform: app.platform, ...system, tray: app.tray },
    storage: {
      kind: storage.kind,
      level: storage.level,
      backend: 'backend' in storage ? storage.backend : null,
    },
    cloud: { baseUrl, simulated: app.simulated, foreign: app.foreignCloud },
    settings: { redirectPort, refreshAt, clipboardClearSeconds },
    connect: connect.kind,
    refusedCertificate,
    fleet: {
      profiles: counted(fleet.profiles),
      unsaved: [...fleet.profiles, ...fleet.managers].filter(({ unsaved }) => unsaved).length,
      managers: fleet.managers.map(managerLine),
      causes: fleet.incidents.map(({ key, level, since, profileIds, trackingId }) => ({
        cause: key.split(':')[0],
        level,
        since: time(since),
        profiles: profileIds.length,
        trackingId,
      })),
      pausedUntil: time(fleet.allPausedUntil),
      clockSkewMs: fleet.clockSkew,
    },
  }
}

function counted(profiles: readonly ProfileView[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {}
  for (const { state } of profiles) counts[state] = (counts[state] ?? 0) + 1
  return counts
}

function managerLine(manager: ManagerView) {
  const { kind, state, isDefault, fallbackId, isReplaced, accessToken, refreshToken, nextRefresh } = manager
  return {
    kind,
    state,
    isDefault,
    hasFallback: fallbackId !== null,
    isReplaced,
    accessEnds: time(accessToken?.expiresAt),
    refreshEnds: time(refreshToken?.expiresAt),
    nextRefresh: time(nextRefresh?.at),
  }
}

function time(instant: number | null | undefined): string | null {
  return instant == null ? null : new Date(instant).toISOString()
}
