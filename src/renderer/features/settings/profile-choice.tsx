// All service apps or some of them. Of thousands only those that match are listed; what is chosen stays chosen.

import { useId, useMemo, useState } from 'react'
import { foldText } from '#base/common/fold-text.ts'
import type { ProfileView } from '#contract/contract.ts'
import { SearchField } from '#renderer/components/field.tsx'
import layout from '#renderer/components/layout.module.css'
import { Name } from '#renderer/components/name.tsx'
import { byName, orgWords, plural } from '#renderer/features/shared/words.ts'
import styles from './profile-choice.module.css'

const MOST_LISTED = 50
const FEW = 8

interface ProfileChoiceProps {
  readonly profiles: readonly ProfileView[]
  /** null: all. */
  readonly chosen: ReadonlySet<string> | null
  readonly onChange: (chosen: ReadonlySet<string> | null) => void
}

export function ProfileChoice({ profiles, chosen, onChange }: ProfileChoiceProps) {
  const id = useId()
  return (
    <fieldset className={layout.group}>
      <legend>Can get the tokens of</legend>
      <label className={layout.option} htmlFor={`${id}-all`}>
        <input
          id={`${id}-all`}
          type="radio"
          name="reach"
          checked={chosen === null}
          onChange={() => onChange(null)}
        />
        <span>All service apps, including future ones</span>
      </label>
      <label className={layout.option} htmlFor={`${id}-some`}>
        <input
          id={`${id}-some`}
          type="radio"
          name="reach"
          checked={chosen !== null}
          disabled={profiles.length === 0}
          onChange={() => onChange(new Set())}
        />
        <span>
          Only these
          {chosen !== null && <span className="quiet"> ({plural(chosen.size, 'token')} chosen)</span>}
        </span>
      </label>
      {chosen !== null && <ChosenProfiles profiles={profiles} chosen={chosen} onChange={onChange} />}
    </fieldset>
  )
}

interface ChosenProps {
  readonly profiles: readonly ProfileView[]
  readonly chosen: ReadonlySet<string>
  readonly onChange: (chosen: ReadonlySet<string>) => void
}

function ChosenProfiles({ profiles, chosen, onChange }: ChosenProps) {
  const [search, setSearch] = useState('')
  const wanted = foldText(search.trim())
  const found = useMemo(
    () =>
      profiles
        .filter(({ name, orgName }) => foldText(`${name} ${orgName ?? ''}`).includes(wanted))
        .toSorted(byName),
    [profiles, wanted],
  )
  const toggle = (id: string) => {
    const next = new Set(chosen)
    if (!next.delete(id)) next.add(id)
    onChange(next)
  }
  return (
    <>
      {profiles.length > FEW && (
        <SearchField
          className={styles.search}
          aria-label="Find a service app"
          placeholder="Name or org"
          value={search}
          onChange={(event) => setSearch(event.target.value)}
        />
      )}
      <ul className={styles.list}>
        {found.slice(0, MOST_LISTED).map(({ id, name, orgName, targetOrgId }) => (
          <li key={id}>
            <label className={layout.option}>
              <input type="checkbox" checked={chosen.has(id)} onChange={() => toggle(id)} />
              <span className="cut">
                <Name>{name}</Name> <Name className="quiet">{orgWords(orgName, targetOrgId)}</Name>
              </span>
            </label>
          </li>
        ))}
      </ul>
      {found.length > MOST_LISTED && (
        <p className="quiet small">
          The first {MOST_LISTED} of {found.length.toLocaleString()}. Type to find the others.
        </p>
      )}
      {found.length === 0 && <p className="quiet small">No matches</p>}
    </>
  )
}
