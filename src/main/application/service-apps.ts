// Service apps: add, edit, remove, pause, refresh and test, one at a time or all at once.
import type { Input, Replies } from '#contract/contract.ts'
import type { BulkEnd, Verdict } from '#engine/domain/engine-api.ts'
import type { Attempt, ProfileId } from '#engine/domain/model.ts'
import type { EngineSupervisor } from './engine-supervisor.ts'
import { UserFacingError } from './errors.ts'
import { type IdClock, knownProfile } from './fleet-input.ts'
import type { PastedValues } from './pasted-values.ts'
import { storeRepair } from './record-repair.ts'
import { planAddition, planEdit, planRepair, refuseUnreadable } from './service-app-plan.ts'

/** Each throws a `UserFacingError` or a `StoreFailure` when the answer is no; then nothing was changed. */
export interface ServiceApps {
  /** `attempt`: the first token's, when one was asked for. */
  add(input: Input<'service-app.add'>): Promise<Replies['service-app.add']>
  edit(input: Input<'service-app.edit'>): Promise<void>
  remove(profileId: ProfileId): Promise<void>
  setPaused(profileId: ProfileId, paused: boolean): Promise<void>
  /** In one transaction; null: all there are. */
  setAllPaused(profileIds: readonly ProfileId[] | null, paused: boolean): Promise<void>
  otherCopyStopped(): Promise<{ readonly started: number }>
  refresh(profileId: ProfileId): Promise<Attempt>
  /** Test of all tiers; an attempt only where it was to be done at once. */
  drill(profileId: ProfileId, when: Input<'profile.drill'>['when']): Promise<Attempt | null>
  test(profileId: ProfileId): Promise<Verdict>
  refreshAllDue(): Replies['fleet.refresh-due']
  /** Of many, those that are gone are left out. */
  refreshMany(profileIds: readonly ProfileId[]): Replies['fleet.refresh']
  testMany(profileIds: readonly ProfileId[]): Promise<Replies['fleet.test']>
  removeMany(profileIds: readonly ProfileId[]): Promise<void>
  cancelRefresh(): void
  refreshAllEnded(): Promise<BulkEnd>
  /** Resumes with null. */
  pauseAll(minutes: number | null): void
}

export function createServiceApps(dependencies: {
  readonly supervisor: Pick<EngineSupervisor, 'running' | 'vault' | 'whileStopped'>
  readonly pasted: Pick<PastedValues, 'secret' | 'manager'>
  /** A person asks for requests. */
  readonly retrySignIn: () => void
  readonly idClock: IdClock
}): ServiceApps {
  const { supervisor, pasted, retrySignIn, idClock } = dependencies
  const runningEngine = () => supervisor.running().engine
  /** The engine, once it is sure that the profile is there. */
  const engineFor = (profileId: ProfileId) => {
    const { engine, unreadable } = supervisor.running()
    const lost = unreadable.profiles.find(({ id }) => id === profileId)
    if (lost?.sentence != null) throw new UserFacingError('refused', lost.sentence)
    knownProfile(engine.fleet(), profileId)
    return engine
  }

  return {
    async add({ pasted: ids, ...typed }) {
      const { engine, unreadable } = supervisor.running()
      const input = {
        ...typed,
        clientSecret: pasted.secret(typed.clientSecret, 'clientSecret', ids),
        accessToken: pasted.secret(typed.accessToken, 'accessToken', ids),
        refreshToken: pasted.secret(typed.refreshToken, 'refreshToken', ids),
        tokenManager:
          typed.tokenManager?.kind === 'pasted' ? pasted.manager(typed.tokenManager.id) : typed.tokenManager,
      }
      refuseUnreadable(unreadable, input)
      const profileId = idClock.newId()
      await engine.apply((fleet) => planAddition(fleet, input, profileId, idClock, unreadable.profiles))
      const attempt = input.issueToken ? await engine.refresh(profileId, 'added') : null
      return { profileId, attempt }
    },
    async edit({ pasted: ids, ...typed }) {
      const { engine, unreadable } = supervisor.running()
      const input = {
        ...typed,
        clientSecret: pasted.secret(typed.clientSecret, 'clientSecret', ids),
        refreshToken: pasted.secret(typed.refreshToken, 'refreshToken', ids),
      }
      if (unreadable.profile(input.profileId) === undefined)
        return engine.apply((fleet) => planEdit(fleet, input, idClock, unreadable.profiles))
      await storeRepair(supervisor, planRepair(engine.fleet(), unreadable, input, idClock))
    },
    async remove(profileId) {
      const removal = { kind: 'profile-removed', profileId } as const
      if (supervisor.running().unreadable.profile(profileId) !== undefined)
        return storeRepair(supervisor, [removal])
      await engineFor(profileId).apply([removal])
    },
    async setPaused(profileId, paused) {
      await engineFor(profileId).apply((fleet) => [
        { kind: 'profile-saved', profile: { ...knownProfile(fleet, profileId), paused } },
      ])
    },
    async setAllPaused(profileIds, paused) {
      const engine = runningEngine()
      const { profiles } = engine.fleet()
      const wanted =
        profileIds === null ? [...profiles.values()] : profileIds.flatMap((id) => profiles.get(id) ?? [])
      await engine.apply(
        wanted
          .filter((profile) => profile.paused !== paused)
          .map((profile) => ({ kind: 'profile-saved', profile: { ...profile, paused } })),
      )
    },
    otherCopyStopped: async () => ({ started: await runningEngine().otherCopyStopped() }),
    async refresh(profileId) {
      retrySignIn()
      return engineFor(profileId).refresh(profileId, 'manual')
    },
    async drill(profileId, when) {
      const engine = engineFor(profileId)
      if (when !== 'now') {
        await engine.requestDrill(profileId, when === 'next-renewal')
        return null
      }
      retrySignIn()
      return engine.drillNow(profileId)
    },
    async test(profileId) {
      retrySignIn()
      return engineFor(profileId).test(profileId)
    },
    refreshAllDue() {
      retrySignIn()
      return { started: runningEngine().refreshAllDue() }
    },
    refreshMany(profileIds) {
      retrySignIn()
      return { started: runningEngine().refreshAll(profileIds) }
    },
    async testMany(profileIds) {
      retrySignIn()
      const engine = runningEngine()
      const { profiles } = engine.fleet()
      const known = profileIds.filter((id) => profiles.has(id))
      const verdicts = await Promise.all(known.map((id) => engine.test(id)))
      return { accepted: verdicts.filter(isAccepted).length }
    },
    async removeMany(profileIds) {
      const { engine, unreadable } = supervisor.running()
      const removals = profileIds.map((profileId) => ({ kind: 'profile-removed', profileId }) as const)
      const lost = removals.filter(({ profileId }) => unreadable.profile(profileId) !== undefined)
      await engine.apply(({ profiles }) => removals.filter(({ profileId }) => profiles.has(profileId)))
      if (lost.length > 0) await storeRepair(supervisor, lost)
    },
    cancelRefresh: () => runningEngine().cancelRefresh(),
    refreshAllEnded: async () => runningEngine().refreshAllEnded(),
    pauseAll: (minutes) =>
      runningEngine().pauseAll(minutes === null ? null : idClock.now() + minutes * 60_000),
  }
}

/** Webex knows the token, whatever the service app may do with it. */
const isAccepted = ({ result }: Verdict) => result === 'valid' || result === 'valid-without-right'
