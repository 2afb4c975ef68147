// Cloud binding: credentials and tokens of one Webex cloud are never sent to another. The vault records its cloud, and
// nothing runs before that record and the cloud in force agree.
import { isLoopback } from '#base/node/loopback.ts'
import type { Preferences } from '#desktop/preferences/preferences.ts'
import type { Fleet } from '#engine/domain/model.ts'
import { StoreFailure } from '#engine/domain/ports.ts'
import { WEBEX_BASE_URLS } from '#engine/domain/settings.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import type { CloudRow, StoredCloud } from '#vault/repositories/cloud.ts'
import type { LoadedFleet } from '#vault/repositories/fleet.ts'
import { canonicalBaseUrl, isWebexsOwn, parseBaseUrl } from '#webex/base-url.ts'
import { mismatchSentence, unknownSentence } from './cloud-messages.ts'
import { UserFacingError } from './errors.ts'
import type { Hold } from './renewal-hold.ts'
import type { Settings } from './settings.ts'

type Guarded = Pick<OpenVault, 'cloud'>

export interface CloudGuard {
  /** null: the fleet belongs to the cloud in force, which the vault then records. */
  trouble(vault: Guarded, loaded: Pick<LoadedFleet, 'fleet' | 'unreadable'>): Promise<Hold | null>
  /**
   * Rejects with a `UserFacingError` unless the cloud may be changed to what was typed. An empty vault belongs to that one
   * from then on: what is added to it while the setting is being changed cannot go to another.
   */
  allow(typed: string, vault: Guarded | null, fleet: Fleet | null): Promise<void>
  /** After the setting was changed, or was not: an empty vault follows it. */
  follow(vault: Guarded | null, fleet: Fleet | null): Promise<void>
  /** Does what the person chose; rejects with a `UserFacingError` for what is not among the choices. */
  choose(baseUrl: string, vault: Guarded, trouble: Hold | null): Promise<void>
}

export function createCloudGuard(dependencies: {
  readonly preferences: Preferences
  readonly settings: Pick<Settings, 'baseUrl' | 'cloudSource' | 'save'>
  /** The cloud of a vault of an older version was recorded. */
  readonly recorded: (baseUrl: string) => void
  /** Missing: no, there is a window. */
  readonly isServer?: boolean
}): CloudGuard {
  const { preferences, settings, recorded, isServer = false } = dependencies
  const isFixed = () => settings.cloudSource() === 'demo' || settings.cloudSource() === 'variable'
  /** A fleet that is only in memory counts as well. */
  const isUnused = (fleet: Fleet | null) => fleet !== null && isEmpty({ fleet, unreadable: [] })

  /** What an older version wrote into the preferences. */
  const noted = (): string | null => canonicalBaseUrl(preferences.values().cloudOfTokens)

  /** True when it is recorded. What cannot be written now is written at the next start. */
  const record = async ({ cloud }: Guarded, ...what: Parameters<CloudRow['record']>): Promise<boolean> => {
    try {
      return await cloud.record(...what)
    } catch (error) {
      if (error instanceof StoreFailure) return false
      throw error
    }
  }

  const inForce = () => ({ current: settings.baseUrl(), source: settings.cloudSource(), isServer })

  const mismatch = (baseUrl: string, restored: boolean): Hold => ({
    ...OTHER_CLOUD,
    sentence: mismatchSentence({ baseUrl, restored, ...inForce() }),
    // Whoever made a backup chose its address.
    choices: isFixed() ? [] : [{ does: 'use', baseUrl, recommended: !restored }],
  })

  const unknown = (why: Extract<StoredCloud, { kind: 'unknown' }>['why']): Hold => {
    const { current, source } = inForce()
    const note = why === 'never-recorded' ? noted() : null
    const choices = new Set<string>()
    if (note !== null && !isFixed()) choices.add(note)
    // A demo's cloud is never that of stored service apps.
    if (source !== 'demo' && source !== 'invalid-setting') choices.add(current)
    if (!isFixed()) choices.add(WEBEX_BASE_URLS.commercial).add(WEBEX_BASE_URLS.government)
    return {
      ...OTHER_CLOUD,
      sentence: unknownSentence({ why, note, ...inForce() }),
      choices: Array.from(choices, (url) => ({
        does: 'confirm',
        baseUrl: url,
        recommended: isWebexsOwn(url),
      })),
    }
  }

  return {
    async trouble(vault, loaded) {
      const current = settings.baseUrl()
      if (isEmpty(loaded)) {
        await record(vault, current, 'where-empty')
        return null
      }
      const stored = await recordedIn(vault)
      if (stored.kind === 'known') {
        return mayShare(stored.baseUrl, current) ? null : mismatch(stored.baseUrl, stored.restored)
      }
      const note = noted()
      const agree = note !== null && mayShare(note, current) && needsNoQuestion(note)
      if (stored.why !== 'never-recorded' || !agree) return unknown(stored.why)
      if (await record(vault, current, 'where-never-recorded')) {
        preferences.set({ cloudOfTokens: null })
        recorded(current)
      }
      return null
    },
    async allow(typed, vault, fleet) {
      const parsed = parseBaseUrl(typed)
      const current = settings.baseUrl()
      if (parsed.kind === 'invalid' || mayShare(current, parsed.baseUrl)) return
      if (isUnused(fleet) && (await vault?.cloud.record(parsed.baseUrl, 'where-empty'))) return
      const stored = vault === null ? null : await recordedIn(vault)
      if (stored?.kind === 'known' && mayShare(stored.baseUrl, parsed.baseUrl)) return
      const theirs = stored?.kind === 'known' ? stored.baseUrl : 'one Webex cloud'
      throw new UserFacingError(
        'refused',
        `The service apps in this folder belong to ${theirs}, and their credentials must not be sent to another. For another cloud, start the app with another folder (--user-data-dir), or remove them first.`,
        { field: 'baseUrl' },
      )
    },
    async follow(vault, fleet) {
      if (vault !== null && isUnused(fleet)) await record(vault, settings.baseUrl(), 'where-empty')
    },
    async choose(baseUrl, vault, trouble) {
      const choice = trouble?.choices.find((one) => one.baseUrl === baseUrl)
      if (choice === undefined) {
        throw new UserFacingError('refused', 'That cloud can no longer be chosen. Choose another one.')
      }
      if (choice.does === 'confirm') {
        if (!(await record(vault, baseUrl))) {
          throw new UserFacingError(
            'storage',
            'The cloud could not be recorded. Check the disk and try again.',
          )
        }
        if (preferences.values().cloudOfTokens !== null) preferences.set({ cloudOfTokens: null })
      }
      if (!isFixed() && baseUrl !== settings.baseUrl()) settings.save({ baseUrl })
    },
  }
}

const OTHER_CLOUD = {
  kind: 'other-cloud',
  title: 'No token is being renewed',
  ways: ['restore', 'quit'],
} as const

/** A record that cannot be read counts: its secrets belong to some cloud. */
function isEmpty({ fleet, unreadable }: Pick<LoadedFleet, 'fleet' | 'unreadable'>): boolean {
  const { serviceApps, profiles, managers } = fleet
  return serviceApps.size + profiles.size + managers.size + unreadable.length === 0
}

/** A backup may have any text in the place of its cloud. */
async function recordedIn({ cloud }: Guarded): Promise<StoredCloud> {
  const stored = await cloud.load()
  if (stored.kind === 'unknown') return stored
  const baseUrl = canonicalBaseUrl(stored.baseUrl)
  return baseUrl === null
    ? { kind: 'unknown', why: stored.restored ? 'restored' : 'altered' }
    : { ...stored, baseUrl }
}

/**
 * The settings file, and the absence of the vault's record, prove nothing: whoever can write both could name any host. So
 * the person is asked unless credentials go to Webex itself, or do not leave this computer.
 */
function needsNoQuestion(baseUrl: string): boolean {
  return isWebexsOwn(baseUrl) || isLoopback(new URL(baseUrl).hostname)
}

/** The simulated Webex has another port each time, and no real secret. */
function mayShare(one: string, other: string): boolean {
  return one === other || (isLoopback(new URL(one).hostname) && isLoopback(new URL(other).hostname))
}
