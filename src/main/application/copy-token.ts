// What a request of the window sets in motion where it concerns more than one part.
import type { Input } from '#contract/contract.ts'
import type { TokenClipboard } from '#delivery/clipboard/clipboard.ts'
import { openAuthorizationUrl, openFolder, openLink } from '#desktop/system/links.ts'
import { setStartAtLogin } from '#desktop/system/login-item.ts'
import { applyTheme } from '#desktop/window/appearance.ts'
import type { CloudGuard } from './cloud-binding.ts'
import type { CoreHolder } from './engine-supervisor.ts'
import { UserFacingError } from './errors.ts'
import type { Settings } from './settings.ts'

export function savedSettings(parts: {
  readonly settings: Settings
  readonly guard: CloudGuard
  readonly cores: () => CoreHolder
  readonly changed: () => void
}): { save(patch: Input<'settings.save'>): Promise<void> } {
  const { settings, guard, cores, changed } = parts
  return {
    async save(patch) {
      const fleet = () => cores().current()?.engine.fleet() ?? null
      const save = () => {
        try {
          settings.save(patch)
        } finally {
          // What could not be written holds for this run all the same.
          applyTheme(settings.values().theme)
          if (patch.startAtLogin !== undefined) setStartAtLogin(patch.startAtLogin)
          cores().current()?.engine.configure(settings.engine())
          changed()
        }
      }
      const { baseUrl } = patch
      if (baseUrl === undefined) return save()
      await cores().changeCloud(async () => {
        await guard.allow(baseUrl, cores().vault(), fleet())
        try {
          save()
        } finally {
          await guard.follow(cores().vault(), fleet())
        }
      })
    },
  }
}

/** What the person chose where nothing runs because of the cloud. */
export function cloudChooser(parts: {
  readonly guard: CloudGuard
  readonly cores: () => CoreHolder
}): (baseUrl: string) => Promise<void> {
  const { guard, cores } = parts
  return (baseUrl) =>
    cores().changeCloud(async () => {
      const vault = cores().vault()
      if (vault === null) throw new UserFacingError('storage', 'The vault is not open. Open it first.')
      await guard.choose(baseUrl, vault, cores().held())
    })
}

export interface TokenCopy {
  /** Seconds until it is cleared; null: it stays. Throws a `UserFacingError` while the window is locked. */
  token(text: string): number | null
  text(text: string): void
}

export function copiesWhileUnlocked(clipboard: TokenClipboard, isLocked: () => boolean): TokenCopy {
  return {
    token(text) {
      // A refresh may have come before it, and the lock meanwhile.
      if (isLocked())
        throw new UserFacingError('refused', 'The window is locked. Unlock it, then copy again.')
      return clipboard.copyToken(text)
    },
    text: clipboard.copyText,
  }
}

/** `simulatedBaseUrl`: whose page with all credentials stands for the developer portal. */
export function linkOpener(
  dataFolder: string,
  simulatedBaseUrl: string | null,
): (link: Input<'app.open-link'>['link']) => Promise<void> {
  return (link) => {
    if (link === 'data-folder') return openFolder(dataFolder)
    if (link !== 'developer-portal' || simulatedBaseUrl === null) return openLink(link)
    const { origin } = new URL(simulatedBaseUrl)
    return openAuthorizationUrl(`${origin}/`, origin)
  }
}
