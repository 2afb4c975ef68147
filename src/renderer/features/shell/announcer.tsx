// Tells a screen reader, once, when a profile begins or ceases to need someone. Countdowns themselves are never spoken.
import { useEffect, useRef, useState } from 'react'
import type { ProfileState, ProfileView } from '#contract/contract.ts'
import { useView } from '#renderer/app/context.tsx'
import { plural, stateWords } from '#renderer/features/shared/words.ts'

const NAMED = 3
const isTrouble = (state: ProfileState) => state === 'needs-you' || state === 'expired'

export function Announcer() {
  const { fleet, toasts } = useView()
  const before = useRef<ReadonlyMap<string, ProfileState> | null>(null)
  const [words, setWords] = useState('')

  useEffect(() => {
    const known = before.current
    before.current = new Map(fleet.profiles.map(({ id, state }) => [id, state]))
    if (known === null) return
    // Of these main speaks itself.
    const told = new Set(toasts.map(({ place }) => (place.kind === 'profile' ? place.profileId : null)))
    const crossed = fleet.profiles.filter(({ id, state }) => {
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
    return crossed.map(({ name, state }) => `${name}: ${stateWords[state]}.`).join(' ')
  const troubled = crossed.filter(({ state }) => isTrouble(state)).length
  return troubled > 0
    ? `${plural(troubled, 'service app')} need you.`
    : `${plural(crossed.length, 'service app')} recovered.`
}
