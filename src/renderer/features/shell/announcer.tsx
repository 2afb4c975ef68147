// Announces to a screen reader, once, when a profile begins or ceases to need attention. Countdowns are not announced.
import { useEffect, useRef, useState } from 'react'
import type { ProfileState, ProfileView } from '#contract/contract.ts'
import { useView } from '#renderer/app/context.tsx'
import { nameWithOrg, plural, stateWords } from '#renderer/features/shared/words.ts'

const NAMED = 3
const isTrouble = (state: ProfileState) => state === 'needs-attention' || state === 'expired'

export function Announcer() {
  const { fleet, toasts } = useView()
  const before = useRef<readonly ProfileView[] | null>(null)
  const [words, setWords] = useState('')

  useEffect(() => {
    const old = before.current
    before.current = fleet.profiles
    if (old === null || old === fleet.profiles) return
    // Those that stayed the same are the same objects, most of them in the same place.
    const changed = fleet.profiles.filter((profile, place) => profile !== old[place])
    const known = new Map(
      old.filter((profile, place) => profile !== fleet.profiles[place]).map(({ id, state }) => [id, state]),
    )
    // Of these main speaks itself.
    const told = new Set(toasts.map(({ place }) => (place.kind === 'profile' ? place.profileId : null)))
    const crossed = changed.filter(({ id, state }) => {
      const was = known.get(id)
      return (
        was !== undefined && !told.has(id) && isTrouble(was) !== isTrouble(state) && state !== 'refreshing'
      )
    })
    if (crossed.length > 0) setWords(crossedWords(crossed))
  }, [fleet.profiles, toasts])

  return (
    <p className="only-read" role="status">
      {words}
    </p>
  )
}

function crossedWords(crossed: readonly ProfileView[]): string {
  if (crossed.length <= NAMED)
    return crossed.map((profile) => `${nameWithOrg(profile)}: ${stateWords[profile.state]}.`).join(' ')
  const troubled = crossed.filter(({ state }) => isTrouble(state)).length
  return troubled > 0
    ? `${plural(troubled, 'customer needs', 'customers need')} attention.`
    : `${plural(crossed.length, 'customer')} recovered.`
}
