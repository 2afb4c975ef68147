// What is noted of each delivery, for who looks it up later. Whatever becomes of the note, the delivery stands as it is.
import type {
  DeliveryRun,
  DeliveryState,
  DeliveryTargetId,
  RunTrigger,
} from '#engine/domain/delivery-model.ts'
import type { Instant } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { Performed } from './delivery-handler.ts'
import type { Track } from './target-state.ts'

export interface RunParts {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly now: () => Instant
  /** May throw: then nobody can look it up. */
  readonly noteRun: (id: DeliveryTargetId, run: DeliveryRun) => void
  readonly failed: (event: 'note-run', error: unknown) => void
}

/** It has begun. What it returns is called with what came of it, notes that, and never throws. */
export function beginRun(
  { clock, now, noteRun, failed }: RunParts,
  { target, state }: Pick<Track, 'target' | 'state'>,
  fingerprint: string,
  isAsked: boolean,
): (performed: Performed) => void {
  const startedAt = now()
  const began = clock.monotonic()
  const trigger = isAsked ? 'asked' : triggerOf(state, fingerprint)
  return (performed) => {
    const duration = clock.monotonic() - began
    try {
      noteRun(target.id, { startedAt, duration, trigger, fingerprint, ...outcomeOf(performed) })
    } catch (error) {
      failed('note-run', error)
    }
  }
}

function triggerOf({ delivered, failure }: DeliveryState, fingerprint: string): RunTrigger {
  if (failure !== null) return failure.fingerprint === fingerprint ? 'retry' : 'new-token'
  return delivered === null ? 'set-up' : 'new-token'
}

function outcomeOf(performed: Performed): Pick<DeliveryRun, 'outcome' | 'exitCode' | 'sentence' | 'output'> {
  const { kind: outcome, ran } = performed
  // A command's last words stand in its output.
  if (ran !== null) return { outcome, ...ran }
  return { outcome, exitCode: null, sentence: outcome === 'failed' ? performed.sentence : null, output: null }
}
