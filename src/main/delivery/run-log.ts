// Run log: one record of each delivery. A record that cannot be stored does not make the delivery a failure.
import type {
  DeliveryRun,
  DeliveryState,
  DeliveryTargetId,
  RunTrigger,
} from '#engine/domain/delivery-model.ts'
import type { Instant } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { Performed } from './delivery-handler.ts'
import type { TargetState } from './target-state.ts'

export interface RunLogDependencies {
  readonly clock: Pick<Clock, 'monotonic'>
  readonly now: () => Instant
  /** May reject: then this run is not listed. */
  readonly noteRun: (id: DeliveryTargetId, run: DeliveryRun) => Promise<void>
  readonly failed: (event: 'note-run', error: unknown) => void
}

/** Called when a delivery begins. The returned function takes its result, stores the record and never rejects. */
export function beginRun(
  { clock, now, noteRun, failed }: RunLogDependencies,
  { target, state }: Pick<TargetState, 'target' | 'state'>,
  fingerprint: string,
  isAsked: boolean,
): (performed: Performed) => Promise<void> {
  const startedAt = now()
  const began = clock.monotonic()
  const trigger = isAsked ? 'asked' : triggerOf(state, fingerprint)
  return async (performed) => {
    const duration = clock.monotonic() - began
    try {
      await noteRun(target.id, { startedAt, duration, trigger, fingerprint, ...outcomeOf(performed) })
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
  // The last lines of a command are in its output already.
  if (ran !== null) return { outcome, ...ran }
  return { outcome, exitCode: null, sentence: outcome === 'failed' ? performed.sentence : null, output: null }
}
