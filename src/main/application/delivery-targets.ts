// Delivery targets: what a person chooses, saves, removes and delivers to.

import { normalize } from 'node:path'
import { isolated } from '#base/common/display-text.ts'
import { SerialQueue } from '#base/common/serial-queue.ts'
import type { Input, Replies, TargetView } from '#contract/contract.ts'
import { type DeliveryKinds, handlerOf } from '#delivery/delivery-kinds.ts'
import type { DeliveryQueue } from '#delivery/delivery-queue.ts'
import { checkEnvFile, digestOf } from '#delivery/env-file/env-file-check.ts'
import type { EnvFileWriter } from '#delivery/env-file/env-writer.ts'
import type { EnvFileRemark } from '#delivery/env-file/remark.ts'
import type { TargetState } from '#delivery/target-state.ts'
import type { DeliveryTarget } from '#engine/domain/delivery-model.ts'
import {
  type DeliverySpec,
  readTypedSpec,
  type SpecFlaw,
  type TypedSpec,
} from '#engine/domain/delivery-spec.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import { usableToken } from '#engine/domain/model.ts'
import type { DeliveryRunRows } from '#vault/repositories/delivery-runs.ts'
import type { DeliveryRows } from '#vault/repositories/delivery-targets.ts'
import type { Delivery } from './delivery.ts'
import { UserFacingError } from './errors.ts'
import { knownProfile } from './fleet-input.ts'
import { isSameSpec } from './fleet-places.ts'
import { isOwnFile } from './own-files.ts'
import { workingToken } from './usable-token.ts'

/** Each throws a `UserFacingError` or a `StoreFailure` when the answer is no; then nothing was changed. */
export interface Targets {
  chooseFile(): Promise<Replies['delivery.choose-file']>
  checkFile(input: Input<'delivery.check-file'>): Promise<Replies['delivery.check-file']>
  ofProfile(profileId: string): Replies['delivery.targets']
  runs(targetId: string): Promise<Replies['delivery.runs']>
  save(input: Input<'delivery.save'>): Promise<Replies['delivery.save']>
  /** Waits for the delivery that saving a target began; nothing is delivered twice, and no token is renewed for it. */
  delivered(targetId: string): Promise<void>
  remove(targetId: string): Promise<void>
  deliver(input: Input<'delivery.deliver'>): Promise<Replies['delivery.deliver']>
  exportEnv(profileId: string): Promise<Replies['delivery.export-env']>
}

export interface DeliveryTargetsDependencies {
  /** Throws a `UserFacingError` while nothing runs. */
  readonly engine: () => Engine
  /** null while nothing runs. */
  readonly deliveries: () => DeliveryQueue | null
  readonly change: Delivery['change']
  /** Throws a `UserFacingError` while the vault is closed. */
  readonly rows: () => DeliveryRows
  /** As `rows`. */
  readonly runs: () => DeliveryRunRows
  readonly kinds: DeliveryKinds
  readonly envFiles: EnvFileWriter
  /** The path a person chose, of a file that may be there already; null: none. */
  readonly fileToChange: (name: string) => Promise<string | null>
  readonly newId: () => string
  readonly dataFolder: string
  /** Whether a fleet delivery made it. */
  readonly isOfFleet: (targetId: string) => boolean
}

const EXPORTED_NAME = 'WEBEX_SERVICE_APP_ACCESS_TOKEN'

export function createTargets(parts: DeliveryTargetsDependencies): Targets {
  const { engine, kinds, envFiles } = parts
  const saves = new SerialQueue()
  const running = (): DeliveryQueue => {
    const deliveries = parts.deliveries()
    if (deliveries === null) throw new UserFacingError('busy', 'The app is stopping. Try again in a moment.')
    return deliveries
  }
  const known = (targetId: string): TargetState => {
    engine()
    const entry = running().targets.get(targetId)
    if (entry === undefined) throw new UserFacingError('not-found', 'This target was already removed.')
    return entry
  }

  /** A held target conflicts with no other before it is confirmed. Throws a `UserFacingError`. */
  const refuseConflict = async ({ id, profileId, spec }: Omit<DeliveryTarget, 'createdAt'>) => {
    const { profiles } = engine().fleet()
    const others = [...running().targets.all()].flatMap(({ target, state }) => {
      if (state.held || target.id === id || target.spec.kind !== spec.kind) return []
      const isSameProfile = target.profileId === profileId
      const name = profiles.get(target.profileId)?.name ?? 'Another service app'
      return [
        {
          spec: target.spec,
          isSameProfile,
          owner: isSameProfile ? 'This service app' : `“${isolated(name)}”`,
        },
      ]
    })
    const conflict = await handlerOf(kinds, spec).conflict(spec, others)
    if (conflict !== null) throw flawError(conflict)
  }

  /** Of a fleet delivery's target only what a person has to confirm of its file is its own. */
  const refuseFleet = ({ id, spec }: DeliveryTarget, next: DeliverySpec) => {
    if (parts.isOfFleet(id) && !isSameSpec(spec, next)) throw ofFleet()
  }

  const save = async ({ profileId, targetId, target: typed, shown }: Input<'delivery.save'>) => {
    knownProfile(engine().fleet(), profileId)
    const before = targetId === null ? null : known(targetId).target
    if (before !== null && (before.profileId !== profileId || before.spec.kind !== typed.kind)) {
      throw new UserFacingError('invalid', 'This is another target. Remove it and add a new one.')
    }
    const spec = await acceptedSpec(kinds, typed, before?.spec ?? null, shown ?? null)
    if (spec.kind === 'env-file' && isOwnFile(parts.dataFolder, spec.seen?.target ?? spec.path))
      throw flawError({ field: 'path', sentence: ofTheApp(spec.path) })
    if (before !== null) refuseFleet(before, spec)
    const target: DeliveryTarget = {
      id: before?.id ?? parts.newId(),
      profileId,
      spec,
      createdAt: before?.createdAt ?? engine().now(),
    }
    return parts.change(
      () => refuseConflict(target),
      async () => {
        // Checking files takes a while: what the target belongs to may be gone by now, or have become another.
        knownProfile(engine().fleet(), profileId)
        if (before !== null) refuseFleet(known(before.id).target, spec)
        // Nothing is changed while everything stops.
        const deliveries = running()
        // If everything stops meanwhile, what starts next reads it.
        await deliveries.save(target, () => parts.rows().save(target))
        return { targetId: target.id }
      },
    )
  }

  return {
    async chooseFile() {
      const path = await parts.fileToChange('.env')
      return path === null ? null : { path }
    },

    async checkFile({ path, targetId }) {
      const spec = targetId === null ? null : known(targetId).target.spec
      const before = spec?.kind === 'env-file' && spec.path === normalize(path) ? spec.seen : undefined
      const check = await checkEnvFile(path, before)
      const { path: file, exists, remarks } = check
      return {
        path: file,
        exists,
        shown: digestOf(check),
        remarks: isOwnFile(parts.dataFolder, check.target)
          ? [{ confirm: null, sentence: ofTheApp(file) }]
          : remarks.map(({ confirm, sentence }) => ({ confirm, sentence })),
      }
    },

    ofProfile(profileId) {
      knownProfile(engine().fleet(), profileId)
      const deliveries = running()
      const targets = deliveries.targets.ofProfile(profileId).map((entry) => ({
        ...viewOf(entry, deliveries),
        ...(parts.isOfFleet(entry.target.id) ? { isOfFleet: true } : {}),
      }))
      return { targets }
    },

    async runs(targetId) {
      known(targetId)
      return { runs: await parts.runs().ofTarget(targetId) }
    },

    // One at a time: two at once would not see each other's file.
    save: (input) => saves.run(() => save(input)),

    async delivered(targetId) {
      const entry = known(targetId)
      const { pair } = knownProfile(engine().fleet(), entry.target.profileId)
      if (usableToken(pair, engine().now()) !== null) await running().deliver([entry], false)
    },

    async remove(targetId) {
      const { spec } = await parts.change(
        async () => known(targetId).target,
        async (target) => {
          if (parts.isOfFleet(targetId)) throw ofFleet()
          await parts.rows().remove(targetId)
          parts.deliveries()?.remove(targetId)
          return target
        },
      )
      await handlerOf(kinds, spec).forget(spec)
    },

    async deliver({ profileId, targetId }) {
      knownProfile(engine().fleet(), profileId)
      const only = targetId === null ? null : known(targetId)
      if (only?.state.held === true) await refuseConflict(only.target)
      const targets = () =>
        targetId === null ? running().targets.ofProfile(profileId) : [ownTarget(known(targetId), profileId)]
      if (targets().length === 0) return { delivered: 0, unverified: 0, of: 0 }
      const { refreshed } = await workingToken(engine(), profileId)
      // After a renewal each target is delivered to anyway: nothing may run twice.
      const meant = targets()
      // Whoever delivers to all of them has not read the one that came with a backup.
      const read = targetId === null ? meant.filter(({ state }) => !state.held) : meant
      const outcome = await running().deliver(read, !refreshed)
      const there = read.filter((_, n) => outcome[n])
      const unverified = there.filter((entry) => running().standing(entry) === 'unverified')
      return { delivered: there.length, unverified: unverified.length, of: meant.length }
    },

    async exportEnv(profileId) {
      knownProfile(engine().fleet(), profileId)
      const path = await parts.fileToChange('.env')
      if (path === null) return null
      const { remarks } = await checkEnvFile(path)
      const [remark] = remarks
      if (remark !== undefined) throw new UserFacingError('refused', exportRefused(remark))
      const { accessToken } = await workingToken(engine(), profileId)
      const values = [{ name: EXPORTED_NAME, value: accessToken }]
      const writing = await envFiles.write(path, values, { confirmed: [] })
      if (writing.kind === 'refused') throw new UserFacingError('refused', exportRefused(writing.remark))
      if (writing.kind === 'failed') throw new UserFacingError('refused', writing.sentence)
      return { path }
    },
  }
}

/** Throws a `UserFacingError` that names the field. */
async function acceptedSpec(
  kinds: DeliveryKinds,
  typed: TypedSpec,
  before: DeliverySpec | null,
  shown: string | null,
): Promise<DeliverySpec> {
  const reading = readTypedSpec(typed)
  const accepted =
    reading.kind === 'read'
      ? await handlerOf(kinds, reading.spec).accept(reading.spec, before, shown)
      : reading
  if (accepted.kind === 'flawed') throw flawError(accepted.flaw)
  return accepted.spec
}

const ofTheApp = (file: string) => `${file} is one of the app’s own files. Choose another one.`

function ofFleet(): UserFacingError {
  const sentence =
    'This delivery belongs to a fleet delivery. Change or remove that under Settings → Delivery.'
  return new UserFacingError('refused', sentence)
}

function flawError({ field, sentence }: SpecFlaw): UserFacingError {
  return new UserFacingError('invalid', sentence, { field })
}

function viewOf(entry: TargetState, deliveries: DeliveryQueue): TargetView {
  const { target, state } = entry
  const { delivered } = state
  return {
    id: target.id,
    profileId: target.profileId,
    spec: target.spec,
    state: deliveries.standing(entry),
    delivered: delivered === null ? null : { at: delivered.at, fingerprint: delivered.fingerprint },
    failure: state.failure,
  }
}

function ownTarget(entry: TargetState, profileId: string): TargetState {
  if (entry.target.profileId === profileId) return entry
  throw new UserFacingError('not-found', 'This target belongs to another service app.')
}

function exportRefused({ confirm, sentence }: EnvFileRemark): string {
  if (confirm === null) return sentence
  return `${sentence} To write there anyway, add the file under Delivery, where you can confirm it.`
}
