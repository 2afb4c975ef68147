// Delivery: the delivery queue beside an engine session, and what the window is shown of it. It starts with the session,
// learns of each new token, and stops before the vault closes.
import { SerialQueue } from '#base/common/serial-queue.ts'
import type { DeliveryView } from '#contract/contract.ts'
import type { DeliveryKinds } from '#delivery/delivery-kinds.ts'
import { DeliveryQueue, type DeliveryQueueDependencies } from '#delivery/delivery-queue.ts'
import { type TargetState, whyUndelivered } from '#delivery/target-state.ts'
import type { Log } from '#desktop/log/log.ts'
import { wantsRefreshToken } from '#engine/domain/delivery-spec.ts'
import type { Engine, EngineEvent } from '#engine/domain/engine-api.ts'
import type { Attempt, Duration, FleetChange, ProfileId } from '#engine/domain/model.ts'
import { SECOND } from '#engine/domain/policy.ts'
import type { Clock } from '#engine/domain/ports.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import type { StoredTargets } from '#vault/repositories/delivery-targets.ts'
import type { UnreadableRecord } from '#vault/repositories/fleet.ts'
import type { EngineSession } from './engine-supervisor.ts'
import { deliverable } from './usable-token.ts'

export interface Delivery {
  /** null while nothing runs. */
  current(): DeliveryQueue | null
  /**
   * The one way to change targets: `look` may take a while, `write` only stores what it found. Where targets were changed
   * meanwhile it looks again; all writes come one after the other. Rejects as the two do.
   */
  change<T, R>(look: () => Promise<T>, write: (found: T) => Promise<R>): Promise<R>
  view(): Pick<DeliveryView, 'revision' | 'targets' | 'failing'>
  /** All targets that fail or are held; null: nothing runs. */
  undelivered(): { readonly revision: number | null; readonly failing: readonly TargetState[] }
  /** Starts a session with `start`, over a vault that tells of what is stored, and delivers what it renews until it stops. */
  beside(
    vault: OpenVault,
    start: (watched: OpenVault, unreadable: readonly UnreadableRecord[]) => EngineSession,
  ): Promise<EngineSession>
}

/** More are not read by anybody; the profiles say the rest. */
const MOST_FAILING = 50

type Stored = DeliveryQueueDependencies['stored']

export function createDelivery(dependencies: {
  readonly clock: Clock
  readonly kinds: DeliveryKinds
  readonly log: Pick<Log, 'warn'>
  readonly changed: () => void
  /** Deliveries begin, or which profiles there are and what they are called has changed. */
  readonly profilesChanged: () => void
}): Delivery {
  const { clock, kinds, log, profilesChanged } = dependencies
  const writes = new SerialQueue()
  let current: DeliveryQueue | null = null
  let revision = 0
  const changed = () => {
    revision += 1
    dependencies.changed()
  }
  const setCurrent = (next: DeliveryQueue | null) => {
    current = next
    changed()
  }

  /** Tokens are renewed whatever is the matter with their targets. */
  const load = async ({ deliveries }: OpenVault): Promise<StoredTargets> => {
    try {
      return await deliveries.load()
    } catch (error) {
      log.warn('delivery.load-failed', { error })
      return { targets: [], unreadable: [] }
    }
  }

  const newQueue = (stored: Stored, vault: OpenVault, engine: Engine) =>
    new DeliveryQueue({
      clock,
      now: () => engine.now(),
      stored,
      async note(id, state, spec) {
        // Should the app be killed before a pair is stored, its older one must not be brought over it at the next start.
        // What goes unnoted is at worst delivered once more.
        if (!engine.hasUnsaved()) await vault.deliveries.note(id, state, spec)
      },
      noteRun: (id, run) => vault.deliveryRuns.add(id, run),
      tokenOf: ({ profileId, spec }) =>
        deliverable(engine.fleet().profiles.get(profileId), wantsRefreshToken(spec)),
      isRejected: askedOnce(engine, clock),
      kinds,
      changed,
      failed: (event, error) => log.warn(`delivery.${event}-failed`, { error }),
    })

  return {
    current: () => current,
    async change(look, write) {
      for (;;) {
        const before = current
        const revision = before?.targets.revision
        const found = await look()
        const turn = await writes.run(async () => {
          const isSame = current === before && current?.targets.revision === revision
          return isSame ? { written: await write(found) } : null
        })
        if (turn !== null) return turn.written
      }
    },
    view: () => ({ revision, targets: current?.targets.size ?? 0, failing: failingOf(current) }),
    undelivered: () => ({
      revision: current?.targets.failingRevision ?? null,
      failing: current?.targets.failing(Number.POSITIVE_INFINITY) ?? [],
    }),
    async beside(vault, start) {
      let queue: DeliveryQueue | null = null
      /** Profiles something was stored of; the engine takes that over right after. */
      const touched = new Set<ProfileId>()
      let haveChanged = false

      const noteStored = (changes: readonly FleetChange[]) => {
        for (const change of changes) {
          if (change.kind === 'profile-removed') {
            queue?.removeProfile(change.profileId)
            // What it had of a fleet delivery may be another's now.
            haveChanged = true
          } else if (change.kind === 'profile-saved') {
            touched.add(change.profile.id)
            haveChanged = true
          } else if (change.kind === 'profile-pair') touched.add(change.profileId)
        }
      }
      const { targets, unreadable } = await load(vault)
      const watched = {
        ...vault,
        async commit(changes: readonly FleetChange[], attempts: readonly Attempt[]) {
          await vault.commit(changes, attempts)
          noteStored(changes)
        },
      }
      const session = start(watched, unreadable)
      const heard = (event: EngineEvent) => {
        if (event.kind === 'attempt') {
          const { subject, outcome } = event.attempt
          // Also of a pair that could not be stored yet: programs need the token that works.
          if (subject.kind === 'profile' && outcome !== 'failed') queue?.tokenChanged(subject.profileId)
          return
        }
        if (event.kind === 'followed') return noteStored(event.changes)
        for (const profileId of touched) queue?.tokenChanged(profileId)
        touched.clear()
        if (haveChanged) profilesChanged()
        haveChanged = false
      }
      let unsubscribe = () => {}
      /** Before the engine does anything, so that nothing it removes or renews is missed. */
      const prepare = (stored: Stored) => {
        const prepared = newQueue(stored, vault, session.engine)
        queue = prepared
        unsubscribe = session.engine.subscribe(heard)
        setCurrent(prepared)
        return prepared
      }

      return {
        ...session,
        begin() {
          session.begin()
          prepare(targets).start()
          profilesChanged()
        },
        async stop() {
          // First the session: what it stores last is still delivered.
          await session.stop()
          unsubscribe()
          await queue?.stop()
          queue = null
          setCurrent(null)
        },
        async resume() {
          const prepared = prepare((await load(vault)).targets)
          await session.resume()
          prepared.start()
          profilesChanged()
        },
      }
    },
  }
}

interface Asked {
  readonly fingerprint: string
  rejected: boolean | Promise<boolean>
  /** Monotonic, ms. */
  answeredAt: number
}

/**
 * How long a rejection is known: targets of one token that begin one after the other ask once. Shorter than the wait before
 * the first retry, which asks again.
 */
const REJECTION_KNOWN: Duration = 5 * SECOND

/**
 * Once for each token that is not rejected, however many targets it has; of one that is, again after `REJECTION_KNOWN`, and for
 * a person who asked after the answer.
 */
function askedOnce(engine: Engine, clock: Pick<Clock, 'monotonic'>): DeliveryQueueDependencies['isRejected'] {
  const asked = new Map<ProfileId, Asked>()
  return ({ profileId, fingerprint }, since) => {
    const before = asked.get(profileId)
    if (before?.fingerprint === fingerprint) {
      const knownFrom = since ?? clock.monotonic() - REJECTION_KNOWN
      const isStale = before.rejected === true && before.answeredAt <= knownFrom
      if (!isStale) return before.rejected
    }
    // It was removed meanwhile, or the engine was stopped.
    const rejected = engine.isRejected(profileId).catch(() => false)
    const entry: Asked = { fingerprint, rejected, answeredAt: Number.POSITIVE_INFINITY }
    asked.set(profileId, entry)
    void rejected.then((is) => {
      entry.answeredAt = clock.monotonic()
      entry.rejected = is
    })
    return rejected
  }
}

function failingOf(deliveries: DeliveryQueue | null): DeliveryView['failing'] {
  return (deliveries?.targets.failing(MOST_FAILING) ?? []).map((entry) => ({
    profileId: entry.target.profileId,
    targetId: entry.target.id,
    sentence: whyUndelivered(entry) ?? '',
  }))
}
