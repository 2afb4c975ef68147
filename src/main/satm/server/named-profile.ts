// Named profile: the one that a request means, or the refusal with the names it could have meant.
import { assertNever } from '#base/common/assert-never.ts'
import { findProfile, inOneLine, references } from '#base/common/find-profile.ts'
import { quoted } from '#contract/value-rules.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { Profile, ProfileId } from '#engine/domain/model.ts'
import type { ProfileView } from '#engine/domain/view-model.ts'
import { Refused } from '../protocol.ts'

export interface Named {
  readonly engine: Pick<Engine, 'fleet' | 'view'>
  /** Those in the view that are stored and cannot be read. */
  readonly unreadable: readonly ProfileView[]
}

/** One that can be used. Throws `Refused`. */
export function findOrRefuse(core: Named, asked: string): Profile {
  const { id } = findNamed(core, asked)
  const profile = core.engine.fleet().profiles.get(id)
  if (profile !== undefined) return profile
  const sentence = core.unreadable.find((row) => row.id === id)?.sentence
  throw new Refused('needs-person', sentence ?? 'The service app was removed.')
}

/** What cannot be read counts as well: otherwise a name that was ambiguous would mean the one that is left. */
export function findNamed({ engine, unreadable }: Named, asked: string): Pick<Profile, 'id'> {
  const { profiles } = engine.fleet()
  const found =
    unreadable.length === 0
      ? findProfile(profiles, asked)
      : findProfile(new Map(engine.view().profiles.map((row) => [row.id, row])), asked)
  switch (found.kind) {
    case 'found':
      return found.profile
    case 'none': {
      const { near, isClose } = found
      const known = isClose ? `Did you mean: ${inOneLine(near)}?` : `There are: ${inOneLine(near)}`
      throw noSuchProfile(
        asked,
        near.shown.length === 0 ? 'No service apps yet. Add one in the app, or with satm import.' : known,
      )
    }
    case 'ambiguous': {
      const candidates = inOneLine(found.candidates)
      throw new Refused(
        'ambiguous',
        `More than one service app is named ${quoted(asked)}. Use one of: ${candidates}`,
      )
    }
    default:
      return assertNever(found)
  }
}

export function noSuchProfile(asked: string, known = ''): Refused {
  return new Refused('no-such-profile', `No service app named ${quoted(asked)}. ${known}`.trimEnd())
}

/** The shortest way to mean this one and no other. */
export function referenceOf({ engine, unreadable }: Named, id: ProfileId): string {
  return references([...engine.fleet().profiles.values(), ...unreadable]).get(id) ?? id
}
