// What the command line may ask of the app. It goes to the engine, and whoever can open the socket could as well read the
// app's memory: the window's lock does not apply; a closed vault does.

import { references } from '#base/common/find-profile.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { Attempt, Duration, Fleet, Instant, ProfileId } from '#engine/domain/model.ts'
import { messageOrNull } from '#engine/domain/renewal-reason-messages.ts'
import { Secret } from '#engine/domain/secret.ts'
import type { TokenSupply } from '#engine/domain/token-supply.ts'
import { countStates, type FleetView, type Incident } from '#engine/domain/view-model.ts'
import {
  type BackupReply,
  type Check,
  type DeliverReply,
  type ImportReply,
  type Refreshed,
  Refused,
  type SatmReplies,
  type SharedVaultStanding,
  type StatusReply,
} from '../protocol.ts'
import { type Administration, answerAdministration } from './administration.ts'
import { answerDataSources, type DataSourceAccess } from './data-source-answers.ts'
import { findNamed, findOrRefuse, type Named, noSuchProfile, referenceOf } from './named-profile.ts'
import { refreshProfiles } from './refresh-profiles.ts'
import type { SatmRequest } from './request-parser.ts'
import { needsPerson, supplyToken } from './token-for-program.ts'

export interface SatmCore extends Named {
  readonly dataSources: DataSourceAccess
  readonly engine: Pick<
    Engine,
    'fleet' | 'view' | 'refresh' | 'blocker' | 'now' | 'test' | 'apply' | 'pauseAll'
  >
  /** Newest first; `profileId` null: of all. */
  history(query: {
    readonly profileId: ProfileId | null
    readonly limit: number
  }): Promise<readonly Attempt[]>
  /** null: it takes part in no shared vault. */
  sharedVault(): SharedVaultStanding | null
}

/** What is done beside the engine, by the window's use cases. */
export interface SatmCommands {
  /** The engine's and failing deliveries, with what is snoozed. */
  incidents(): readonly Incident[]
  /** To all targets of the profile. Rejects with `Refused`. */
  deliver(profileId: ProfileId): Promise<Omit<DeliverReply, 'reference'>>
  /** `file`: an absolute path. A dry run stores nothing. Rejects with `Refused`. */
  importFile(file: string, isDryRun: boolean): Promise<ImportReply>
  /** `file`: an absolute path. `isMove`: nothing is renewed here from then on. Rejects with `Refused`. */
  backup(file: string, passphrase: Secret, isMove: boolean): Promise<BackupReply>
  /** Shows the window; null: without a service app. */
  open(profileId: ProfileId | null): void
  /** What is wrong with the set-up, also while nothing runs. */
  examine(): Promise<readonly Check[]>
  /** Loaded when it is asked first. */
  administration(): Promise<Administration>
}

export interface SatmApp {
  readonly version: string
  readonly dataFolder: string
  /** `satm serve`: it has no window. */
  readonly isServer: boolean
  readonly tokens: TokenSupply
  /** Resolves once the vault was opened or is known to be closed. */
  ready(): Promise<void>
  /** null: nothing runs. */
  core(): SatmCore | null
  /** Nothing runs before a person has confirmed that it is renewed here. */
  holdsRenewals(): boolean
  now(): Instant
  readonly delay: (ms: Duration) => Promise<void>
  /** What is wrong and what to do, while nothing runs. */
  whyClosed(): string
  readonly commands: SatmCommands
}

/** Rejects with `Refused` when the answer is no. */
export async function answer(
  app: SatmApp,
  request: SatmRequest,
  progress: (refreshed: Refreshed) => void,
): Promise<SatmReplies[keyof SatmReplies]> {
  await app.ready()
  if (request.kind === 'doctor') {
    const { version, isServer } = app
    return { version, isServer, checks: await app.commands.examine() }
  }
  if (request.kind === 'open' && app.isServer) throw new Refused('failed', NO_WINDOW)
  if (request.kind === 'open' && request.profile === null) return opened(app, null)
  const core = app.core()
  if (core === null) {
    const isAboutHeld = request.kind === 'held' || request.kind === 'confirm'
    if (isAboutHeld && app.holdsRenewals()) {
      const administration = await app.commands.administration()
      if (request.kind === 'held') return { now: app.now(), held: await administration.held() }
      return { results: await administration.confirm(request.ids) }
    }
    throw new Refused('closed', app.whyClosed())
  }
  const { engine } = core
  switch (request.kind) {
    case 'list':
      return listProfiles(engine)
    case 'status':
      return request.profile === null ? wholeStatus(app, core) : oneStatus(app, core, request.profile)
    case 'token': {
      const { token, expiresAt } = await supplyToken(
        engine,
        app.tokens,
        findOrRefuse(core, request.profile),
        request.minTtl,
      )
      return { now: engine.now(), token: token.reveal(), expiresAt }
    }
    case 'refresh':
      return refreshProfiles(core, request.profile, app.delay, progress)
    case 'data-sources':
      return answerDataSources(core.dataSources, findOrRefuse(core, request.profile).id, request, engine.now)
    case 'history': {
      const profileId = request.profile === null ? null : findNamed(core, request.profile).id
      const attempts = await core.history({ profileId, limit: request.limit })
      return { now: engine.now(), attempts: attempts.map((each) => listedAttempt(each, engine.fleet())) }
    }
    case 'test':
      return testProfile(core, request.profile)
    case 'pause':
      return pauseProfile(core, request.profile, request.paused)
    case 'pause-all': {
      const until = request.duration === null ? null : engine.now() + request.duration
      await engine.pauseAll(until)
      return { now: engine.now(), until }
    }
    case 'deliver': {
      const { id } = findOrRefuse(core, request.profile)
      return { reference: referenceOf(core, id), ...(await app.commands.deliver(id)) }
    }
    case 'open':
      return opened(app, request.profile === null ? null : findNamed(core, request.profile).id)
    case 'import':
      return app.commands.importFile(request.file, request.isDryRun)
    case 'backup':
      return app.commands.backup(request.file, new Secret(request.passphrase), request.isMove)
    default:
      return answerAdministration(await app.commands.administration(), core, request)
  }
}

const NO_WINDOW =
  'A server (satm serve) owns this data folder, and it has no window. See its state with satm status.'

function opened({ commands }: SatmApp, profileId: ProfileId | null): SatmReplies['open'] {
  commands.open(profileId)
  return { profileId }
}

function listProfiles(engine: SatmCore['engine']): SatmReplies['list'] {
  const { now, profiles } = engine.view()
  const known = references(profiles)
  return {
    now,
    profiles: profiles.map((profile) => ({
      id: profile.id,
      name: profile.name,
      reference: known.get(profile.id) ?? profile.id,
      appId: profile.appId,
      orgId: profile.targetOrgId,
      orgName: profile.orgName,
      state: profile.state,
      sentence: profile.sentence,
      expiresAt: profile.accessToken?.expiresAt ?? null,
      nextRefreshAt: profile.nextRefresh?.at ?? null,
      lastOutcome: profile.last?.outcome ?? null,
    })),
  }
}

function listedAttempt(attempt: Attempt, { profiles }: Fleet): SatmReplies['history']['attempts'][number] {
  const { subject, reason } = attempt
  const profile = subject.kind === 'profile' ? profiles.get(subject.profileId) : undefined
  return { ...attempt, reasonMessage: messageOrNull(reason), orgName: profile?.orgName ?? null }
}

function wholeStatus({ version, dataFolder, commands }: SatmApp, core: SatmCore): StatusReply {
  const view: FleetView = core.engine.view()
  const { now, profiles, managers, allPausedUntil } = view
  const states = countStates(profiles)
  const incidents = commands.incidents()
  const sharedVault = core.sharedVault()
  return { kind: 'all', now, version, dataFolder, states, managers, incidents, allPausedUntil, sharedVault }
}

function oneStatus({ commands }: SatmApp, core: SatmCore, asked: string): StatusReply {
  const { engine } = core
  const { id } = findNamed(core, asked)
  const { now, profiles } = engine.view()
  const profile = profiles.find((one) => one.id === id)
  if (profile === undefined) throw noSuchProfile(asked)
  const incidents = commands.incidents().filter(({ profileIds }) => profileIds.includes(id))
  return { kind: 'profile', now, profile, incidents }
}

async function testProfile(core: SatmCore, asked: string): Promise<SatmReplies['test']> {
  const { id } = findOrRefuse(core, asked)
  const { result, sentence, trackingId } = await core.engine.test(id)
  const reference = referenceOf(core, id)
  return { reference, result, sentence, trackingId, needsPerson: needsPerson(core.engine, id) }
}

async function pauseProfile(core: SatmCore, asked: string, paused: boolean): Promise<SatmReplies['pause']> {
  const { id } = findOrRefuse(core, asked)
  let isChanged = false
  await core.engine.apply(({ profiles }) => {
    const profile = profiles.get(id)
    isChanged = profile !== undefined && profile.paused !== paused
    return profile === undefined || !isChanged
      ? []
      : [{ kind: 'profile-saved', profile: { ...profile, paused } }]
  })
  return { reference: referenceOf(core, id), paused, isChanged }
}
