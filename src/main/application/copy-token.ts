// Copy: tokens, secrets and texts onto the clipboard; tokens and secrets only while the window is unlocked.
import type { Input, Replies } from '#contract/contract.ts'
import type { TokenClipboard } from '#delivery/clipboard/clipboard.ts'
import type { AppLock } from './app-lock.ts'
import type { EngineSupervisor } from './engine-supervisor.ts'
import { UserFacingError } from './errors.ts'
import { workingToken } from './usable-token.ts'

export interface Copy {
  /** An expired token is refreshed first; what cannot be refreshed is not copied. Rejects with a `UserFacingError`. */
  token(input: Input<'profile.copy-token'>): Promise<Replies['profile.copy-token']>
  /** Seconds until it is cleared; null: it stays. Throws a `UserFacingError` while the window is locked. */
  secret(text: string): number | null
  text(text: string): void
}

export function createCopy(dependencies: {
  readonly supervisor: Pick<EngineSupervisor, 'running'>
  readonly clipboard: Pick<TokenClipboard, 'copyToken' | 'copyText'>
  readonly lock: Pick<AppLock, 'isLocked'>
}): Copy {
  const { supervisor, clipboard, lock } = dependencies
  const secret = (text: string) => {
    // The window may have been locked while a refresh was under way.
    if (lock.isLocked())
      throw new UserFacingError('refused', 'The window is locked. Unlock it, then copy again.')
    return clipboard.copyToken(text)
  }
  return {
    async token({ profileId, as }) {
      const { accessToken, refreshed } = await workingToken(supervisor.running().engine, profileId, 'copy')
      return { clearsAfterSeconds: secret(SHAPES[as](accessToken.reveal())), refreshedFirst: refreshed }
    },
    secret,
    text: (text) => clipboard.copyText(text),
  }
}

const SHAPES: Record<Input<'profile.copy-token'>['as'], (token: string) => string> = {
  token: (token) => token,
  'authorization-header': (token) => `Authorization: Bearer ${token}`,
  env: (token) => `WEBEX_SERVICE_APP_ACCESS_TOKEN=${token}\n`,
}
