// While the app is locked the window gets the empty view and may ask for nothing but the lock to be opened.

import { UserFacingError } from '#application/errors.ts'
import type { RequestName } from '#contract/contract.ts'
import type { Handlers } from './dispatcher.ts'

const ALSO_LOCKED: ReadonlySet<RequestName> = new Set(['view.get', 'view.push', 'lock.open', 'app.quit'])

export function behindLock(handlers: Handlers, isLocked: () => boolean): Handlers {
  const guarded = Object.entries(handlers).map(([name, handler]) => [
    name,
    (input: never) => {
      if (isLocked() && !ALSO_LOCKED.has(name as RequestName)) {
        throw new UserFacingError('refused', 'The app is locked. Enter the passphrase.')
      }
      return handler(input)
    },
  ])
  return Object.fromEntries(guarded) as Handlers
}
