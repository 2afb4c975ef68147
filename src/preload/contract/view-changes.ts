// How the fleet reaches the window: as text, at first a few hundred profiles at a time, afterwards only what changed. The
// bridge between the worlds copies objects property by property (measured: 456 ms for 10 000 profiles, where JSON text takes
// 39 ms). Free of zod: both sides use it.
import type { AppView, FleetView, Incident, ProfileView } from './contract.ts'

/** Whoever counts profiles or problems counts by these. */
export {
  countStates,
  isOfDataSources,
  OWNER_WORDS,
  openProblems,
  rejectedAt,
} from '#engine/domain/view-model.ts'

/** What turns the view of revision `base` into the one of `rest.revision`. Places count the profiles from 0. */
export interface ViewChanges {
  readonly base: number
  readonly rest: Omit<AppView, 'fleet'> & { readonly fleet: Omit<FleetView, 'profiles' | 'incidents'> }
  /** null: as before. They name every profile they concern. */
  readonly incidents: readonly Incident[] | null
  /** Places in the view of revision `base`. */
  readonly removed: readonly number[]
  /** Places when those are gone. */
  readonly changed: readonly (readonly [place: number, profile: ProfileView])[]
}

/** null: these changes belong to another view; ask for the whole. */
export function applyChanges(view: AppView, changes: ViewChanges): AppView | null {
  if (view.revision !== changes.base) return null
  const { fleet, ...rest } = changes.rest
  const incidents = changes.incidents ?? view.fleet.incidents
  return { ...rest, fleet: { ...fleet, incidents, profiles: merged(view.fleet.profiles, changes) } }
}

function merged(profiles: readonly ProfileView[], { changed, removed }: ViewChanges): readonly ProfileView[] {
  if (changed.length === 0 && removed.length === 0) return profiles
  const gone = new Set(removed)
  const next = gone.size === 0 ? [...profiles] : profiles.filter((_, place) => !gone.has(place))
  for (const [place, profile] of changed) next[place] = profile
  return next
}

/** The whole view, but with `most` profiles at first; the others follow as changes. */
export function* inPieces(view: AppView, most: number): Generator<AppView | ViewChanges> {
  const { fleet, ...rest } = view
  const { profiles, incidents: _, ...restOfFleet } = fleet
  yield { ...view, fleet: { ...fleet, profiles: profiles.slice(0, most) } }
  for (let from = most; from < profiles.length; from += most) {
    yield {
      base: view.revision,
      rest: { ...rest, fleet: restOfFleet },
      incidents: null,
      removed: [],
      changed: profiles.slice(from, from + most).map((profile, index) => [from + index, profile] as const),
    }
  }
}
