// Packing: a snapshot of the fleet for the thread of a forecast, in pieces, with no secret in it.
import { deserialize, serialize } from 'node:v8'
import type {
  Attempt,
  ManagerId,
  Profile,
  ProfileId,
  ServiceApp,
  ServiceAppId,
  TokenManager,
} from '#engine/domain/model.ts'
import { concealed, withoutSecrets } from '#engine/domain/secret.ts'
import type { FleetSnapshot } from '#engine/renewal/fleet-state.ts'
import type { ManagerSubjectState, ProfileSubjectState } from '#engine/renewal/subject-state.ts'
import type { Stop } from '#engine/renewal/tier-plan.ts'

/** Records in a piece; it takes about a millisecond to pack. */
const PIECE = 100

interface Lists {
  serviceApps: [ServiceAppId, ServiceApp][]
  profiles: [ProfileId, Profile][]
  managers: [ManagerId, TokenManager][]
  profileStates: [ProfileId, ProfileSubjectState][]
  managerStates: [ManagerId, ManagerSubjectState][]
  appStops: [ServiceAppId, Stop][]
  tokenLimits: [string, Stop][]
}

/** Each secret is replaced by a text that is different from all others. */
export function* packFleet({ fleet, ...learned }: FleetSnapshot): Generator<Uint8Array> {
  let secrets = 0
  const newText = () => {
    secrets += 1
    return `withheld-${secrets}`
  }
  const lists: Readonly<Record<keyof Lists, Iterable<readonly [string, unknown]>>> = {
    serviceApps: fleet.serviceApps,
    profiles: fleet.profiles,
    managers: fleet.managers,
    profileStates: slim(learned.profileStates),
    managerStates: slim(learned.managerStates),
    appStops: learned.appStops,
    tokenLimits: learned.tokenLimits,
  }
  for (const [list, entries] of Object.entries(lists)) {
    let items: unknown[] = []
    for (const entry of entries) {
      items.push(withoutSecrets(entry, newText))
      if (items.length < PIECE) continue
      yield serialize({ list, items })
      items = []
    }
    if (items.length > 0) yield serialize({ list, items })
  }
}

/** What Webex answered in words is of no use to a forecast. */
function* slim<S extends { readonly last: Attempt | null }>(
  states: ReadonlyMap<string, S>,
): Generator<readonly [string, S]> {
  for (const [id, state] of states)
    yield [id, state.last === null ? state : { ...state, last: wordless(state.last) }]
}

function wordless(attempt: Attempt): Attempt {
  const calls = attempt.calls.map((call) => ({ ...call, detail: null, trackingId: null }))
  return { ...attempt, calls, sentence: null, trackingId: null }
}

export function unpackFleet(pieces: readonly Uint8Array[]): FleetSnapshot {
  const lists: Lists = {
    serviceApps: [],
    profiles: [],
    managers: [],
    profileStates: [],
    managerStates: [],
    appStops: [],
    tokenLimits: [],
  }
  for (const piece of pieces) {
    // What this file has packed.
    const { list, items } = concealed(deserialize(piece)) as { list: keyof Lists; items: never[] }
    lists[list].push(...items)
  }
  return {
    fleet: {
      serviceApps: new Map(lists.serviceApps),
      profiles: new Map(lists.profiles),
      managers: new Map(lists.managers),
    },
    profileStates: new Map(lists.profileStates),
    managerStates: new Map(lists.managerStates),
    appStops: new Map(lists.appStops),
    tokenLimits: new Map(lists.tokenLimits),
  }
}
