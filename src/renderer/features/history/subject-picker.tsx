// Whose history: a service app's, a token manager's, or all.
import { memo, useRef } from 'react'
import { isolated } from '#base/common/display-text.ts'
import type { FleetView } from '#contract/contract.ts'
import { useView } from '#renderer/app/context.tsx'
import { Picker } from '#renderer/components/choice.tsx'
import { byName } from '#renderer/features/shared/words.ts'
import type { AttemptFilter } from './history-filter.ts'

type Subject = Pick<AttemptFilter, 'profileId' | 'managerId'>
interface Named {
  readonly id: string
  readonly name: string
}

const MANAGER = 'manager '

interface SubjectPickerProps {
  readonly subject: Subject
  readonly onChange: (subject: Subject) => void
}

export function SubjectPicker({ subject, onChange }: SubjectPickerProps) {
  const { fleet } = useView()
  const subjects = useSameWhileEqual(fleet)
  const change = useRef(onChange)
  change.current = onChange
  const { profileId, managerId } = subject
  return (
    <Subjects
      value={managerId === null ? (profileId ?? '') : `${MANAGER}${managerId}`}
      subjects={subjects}
      change={change}
    />
  )
}

interface SubjectsProps {
  readonly value: string
  readonly subjects: readonly Named[]
  readonly change: { readonly current: (subject: Subject) => void }
}

/** Drawn anew only when a name changes: thousands of them would hold up the window with each refresh. */
const Subjects = memo(({ value, subjects, change }: SubjectsProps) => (
  <Picker
    label="Service app"
    value={value}
    options={[['', 'All'] as const, ...subjects.map(({ id, name }) => [id, isolated(name)] as const)]}
    onChange={(key) => change.current(subjectIn(key))}
  />
))

/** The same list as long as ids and names are the same; sorted only when they are not. */
function useSameWhileEqual({ profiles, managers }: FleetView): readonly Named[] {
  const known = useRef<{ readonly of: readonly Named[]; readonly sorted: readonly Named[] }>({
    of: [],
    sorted: [],
  })
  const named = [...managers.map(({ id, name }) => ({ id: `${MANAGER}${id}`, name })), ...profiles]
  const { of } = known.current
  const same =
    named.length === of.length && named.every(({ id, name }, i) => of[i]?.id === id && of[i]?.name === name)
  if (!same) {
    const sorted = [...named.slice(0, managers.length), ...profiles.toSorted(byName)]
    known.current = { of: named, sorted }
  }
  return known.current.sorted
}

function subjectIn(key: string): Subject {
  if (key.startsWith(MANAGER)) return { profileId: null, managerId: key.slice(MANAGER.length) }
  return { profileId: key === '' ? null : key, managerId: null }
}
