// History is kept a year. What is older goes a little at a time, while nothing else wants the vault.
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'

const DAY: Duration = 86_400_000
const KEPT: Duration = 365 * DAY
/** After the start, which has enough to do. */
const FIRST: Duration = 60_000
const BETWEEN_PARTS: Duration = 1_000

/** Returns what stops it. A failure is told and tried again the next day: forgetting is never urgent. */
export function forgetOldHistory(
  vault: { pruneHistory(before: number): Promise<number> },
  clock: Pick<Clock, 'now' | 'after'>,
  failed: (error: unknown) => void,
): () => void {
  let isStopped = false
  let cancel = () => {}
  const plan = (delay: Duration) => {
    if (!isStopped) cancel = clock.after(delay, () => void part())
  }
  const part = async () => {
    let forgotten = 0
    try {
      forgotten = await vault.pruneHistory(clock.now() - KEPT)
    } catch (error) {
      failed(error)
    }
    plan(forgotten > 0 ? BETWEEN_PARTS : DAY)
  }
  plan(FIRST)
  return () => {
    isStopped = true
    cancel()
  }
}
