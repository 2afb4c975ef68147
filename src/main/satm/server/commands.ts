// Commands: how each request of the command line is answered, from the running core. Programs run unattended, so the
// window's lock does not apply; a closed vault does.

import { assertNever } from '#base/common/assert-never.ts'
import { findProfile, references } from '#base/common/find-profile.ts'
import { quoted } from '#contract/value-rules.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { Attempt, Duration, Profile, ProfileId } from '#engine/domain/model.ts'
import { messageOrNull } from '#engine/domain/renewal-reason-messages.ts'
import type { TokenSupply } from '#engine/domain/token-supply.ts'
import { countStates, type FleetView, type ProfileView } from '#engine/domain/view-model.ts'
import { type Refreshed, Refused, type SatmReplies, type StatusReply } from '../protocol.ts'
import { answerDataSources, type DataSourceAccess } from './data-source-answers.ts'
import type { SatmRequest } from './request-parser.ts'
import { needsPerson, supplyToken } from './token-for-program.ts'

export interface SatmCore {
  readonly engine: Pick<Engine, 'fleet' | 'view' | 'refresh' | 'blocker' | 'now'>
  /** Those in the view that are stored and cannot be read. */
  readonly unreadable: readonly ProfileView[]
  readonly dataSources: DataSourceAccess
  /** Newest first; `profileId` null: of all. */
  history(query: {
    readonly profileId: ProfileId | null
    readonly limit: number
  }): Promise<readonly Attempt[]>
}

export interface SatmApp {
  readonly version: string
  readonly dataFolder: string
  readonly tokens: TokenSupply
  /** Resolves once the vault was opened or is known to be closed. */
  ready(): Promise<void>
  /** null: nothing runs. */
  core(): SatmCore | null
  readonly delay: (ms: Duration) => Promise<void>
  /** What is wrong and what to do, while nothing runs. */
  whyClosed(): string
}

/** Shown in place of the engine's rejection, which is internal. */
const NOT_BEGUN = {
  outcome: 'failed',
  tier: null,
  sentence: 'Not refreshed: it was canceled or removed in the app, or the app is quitting. Try again.',
  trackingId: null,
} as const

/** Rejects with `Refused` when the answer is no. */
export async function answer(
  app: SatmApp,
  request: SatmRequest,
  progress: (refreshed: Refreshed) => void,
): Promise<SatmReplies[keyof SatmReplies]> {
  await app.ready()
  const core = app.core()
  if (core === null) throw new Refused('closed', app.whyClosed())
  const { engine } = core
  switch (request.kind) {
    case 'list':
      return listProfiles(engine)
    case 'status':
      return request.profile === null ? wholeStatus(app, engine.view()) : oneStatus(core, request.profile)
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
      return refreshProfiles(app, core, request.profile, progress)
    case 'data-sources':
      return answerDataSources(core.dataSources, findOrRefuse(core, request.profile).id, request, engine.now)
    case 'history': {
      const profileId = request.profile === null ? null : findNamed(core, request.profile).id
      const attempts = await core.history({ profileId, limit: request.limit })
      return {
        now: engine.now(),
        attempts: attempts.map((each) => ({ ...each, reasonMessage: messageOrNull(each.reason) })),
      }
    }
    default:
      return assertNever(request)
  }
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

function wholeStatus({ version, dataFolder }: SatmApp, view: FleetView): StatusReply {
  const { now, profiles, managers, incidents, allPausedUntil } = view
  const states = countStates(profiles)
  return { kind: 'all', now, version, dataFolder, states, managers, incidents, allPausedUntil }
}

function oneStatus(core: SatmCore, asked: string): StatusReply {
  const { engine } = core
  const { id } = findNamed(core, asked)
  const { now, profiles } = engine.view()
  const profile = profiles.find((one) => one.id === id)
  if (profile === undefined) throw notFound(asked)
  return { kind: 'profile', now, profile }
}

/** ms. After this time the answer is what is known by then. */
const LOOK_TAKES: Duration = 5_000

/** Refuses once and at once what would block every attempt. */
async function refuseIfBlocked(app: SatmApp, engine: SatmCore['engine']): Promise<void> {
  const known = async () => {
    await app.delay(LOOK_TAKES)
    const cause = engine.view().incidents.find(({ key }) => key === 'store' || key === 'interference')
    return cause?.sentence ?? null
  }
  const blocker = await Promise.race([engine.blocker(), known()])
  if (blocker !== null) throw new Refused('failed', blocker)
}

async function refreshProfiles(
  app: SatmApp,
  core: SatmCore,
  asked: string | null,
  progress: (refreshed: Refreshed) => void,
): Promise<SatmReplies['refresh']> {
  const { engine, unreadable } = core
  const { profiles } = engine.fleet()
  const known = references([...profiles.values(), ...unreadable])
  const wanted =
    asked === null ? [...profiles.values()].filter(({ paused }) => !paused) : [findOrRefuse(core, asked)]
  await refuseIfBlocked(app, engine)
  const count = { renewed: 0, unchanged: 0, failed: 0 }
  const failed: ProfileId[] = []
  await Promise.all(
    wanted.map(async ({ id }) => {
      const { outcome, tier, sentence, trackingId } = await engine
        .refresh(id, 'manual')
        .catch(() => NOT_BEGUN)
      count[outcome] += 1
      if (outcome === 'failed') failed.push(id)
      const expiresAt = engine.fleet().profiles.get(id)?.pair?.expiresAt ?? null
      const reference = known.get(id) ?? id
      progress({ reference, outcome, tier, sentence, trackingId, now: engine.now(), expiresAt })
    }),
  )
  const needPerson = failed.filter((id) => needsPerson(engine, id)).length
  if (asked !== null) return { ...count, needPerson }
  for (const { id, sentence } of unreadable) {
    const reference = known.get(id) ?? id
    const unsent = { outcome: 'failed', tier: null, trackingId: null, expiresAt: null } as const
    progress({ ...unsent, reference, sentence, now: engine.now() })
  }
  const lost = unreadable.length
  return { ...count, failed: count.failed + lost, needPerson: needPerson + lost }
}

/** One that can be used. */
function findOrRefuse(core: SatmCore, asked: string): Profile {
  const { id } = findNamed(core, asked)
  const profile = core.engine.fleet().profiles.get(id)
  if (profile !== undefined) return profile
  const sentence = core.unreadable.find((row) => row.id === id)?.sentence
  throw new Refused('needs-person', sentence ?? 'The service app was removed.')
}

/** What cannot be read counts as well: otherwise a name that was ambiguous would mean the one that is left. */
function findNamed({ engine, unreadable }: SatmCore, asked: string): Pick<Profile, 'id'> {
  const { profiles } = engine.fleet()
  const found =
    unreadable.length === 0
      ? findProfile(profiles, asked)
      : findProfile(new Map(engine.view().profiles.map((row) => [row.id, row])), asked)
  switch (found.kind) {
    case 'found':
      return found.profile
    case 'none':
      throw notFound(asked, found.near)
    case 'ambiguous': {
      const candidates = found.candidates.join(', ')
      throw new Refused(
        'ambiguous',
        `More than one service app is named ${quoted(asked)}. Use one of: ${candidates}`,
      )
    }
    default:
      return assertNever(found)
  }
}

function notFound(asked: string, near: readonly string[] = []): Refused {
  const known =
    near.length === 0 ? 'No service apps yet. Add one in the app.' : `Did you mean: ${near.join(', ')}?`
  return new Refused('no-such-profile', `No service app named ${quoted(asked)}. ${known}`)
}
