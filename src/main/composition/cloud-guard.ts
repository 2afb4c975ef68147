// Credentials and tokens of one Webex cloud are never sent to another, whatever setting or variable says so.
import type { Preferences } from '../desktop/preferences.ts'
import type { Fleet } from '../engine/model.ts'
import { Refusal } from '../ipc/dispatch.ts'
import { isLoopback, parseBaseUrl } from '../webex/base-url.ts'

export interface CloudGuard {
  /** Why nothing may be started over this fleet; null when it belongs to the cloud in force, which is then noted. */
  trouble(fleet: Fleet): string | null
  /** Throws a `Refusal` unless the cloud may be changed to what was typed. `fleet` is null while it cannot be known. */
  allow(typed: string, fleet: Fleet | null): void
}

export function createCloudGuard(parts: {
  readonly preferences: Preferences
  readonly baseUrl: () => string
}): CloudGuard {
  const { preferences, baseUrl } = parts
  return {
    trouble(fleet) {
      const current = baseUrl()
      const { cloudOfTokens } = preferences.values()
      if (!isEmpty(fleet) && cloudOfTokens !== null && !mayShare(cloudOfTokens, current)) {
        return `The service apps in this folder belong to ${cloudOfTokens}, but this run is set to ${current}. Nothing was started, so that no credential goes there. Start the app without SATM_WEBEX_BASE_URL and --demo, or with another folder (--user-data-dir).`
      }
      if (cloudOfTokens !== current) preferences.set({ cloudOfTokens: current })
      return null
    },
    allow(typed, fleet) {
      const parsed = parseBaseUrl(typed)
      const current = baseUrl()
      if (parsed.kind === 'invalid' || mayShare(current, parsed.baseUrl)) return
      if (fleet !== null && isEmpty(fleet)) {
        preferences.set({ cloudOfTokens: parsed.baseUrl })
        return
      }
      throw new Refusal(
        'refused',
        `The service apps in this folder belong to ${current}, and their credentials must not go anywhere else. For another cloud start the app with another folder (--user-data-dir), or remove them first.`,
        { field: 'baseUrl' },
      )
    },
  }
}

function isEmpty({ profiles, managers }: Fleet): boolean {
  return profiles.size === 0 && managers.size === 0
}

/** The simulated Webex has another port each time, and no secret of anybody's. */
function mayShare(one: string, other: string): boolean {
  return one === other || (isLoopback(new URL(one).hostname) && isLoopback(new URL(other).hostname))
}
