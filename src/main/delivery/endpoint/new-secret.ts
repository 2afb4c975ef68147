// The secret of a consumer that was just made: there to be copied again while its dialog is open, and then gone.
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { Secret } from '#engine/domain/secret.ts'

export interface HeldSecret {
  hold(secret: Secret): void
  /** null: forgotten. */
  current(): Secret | null
  forget(): void
}

/** ms; for a dialog that was never closed. */
const LONGEST: Duration = 15 * 60_000

export function createHeldSecret(clock: Pick<Clock, 'after'>): HeldSecret {
  let held: Secret | null = null
  let cancel = () => {}
  const forget = () => {
    cancel()
    held = null
  }
  return {
    hold(secret) {
      forget()
      held = secret
      cancel = clock.after(LONGEST, forget)
    },
    current: () => held,
    forget,
  }
}
