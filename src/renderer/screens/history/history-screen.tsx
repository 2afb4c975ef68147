// Everything that was tried, newest first.
import { useState } from 'react'
import type { Outcome, Tier } from '../../../preload/contract.ts'
import { useView } from '../../window-parts.tsx'
import { outcomeWords, tierNames } from '../../words.ts'
import { AttemptsTable } from './attempts-table.tsx'
import { type AttemptFilter, useAttempts } from './use-attempts.ts'

const outcomes: readonly Outcome[] = ['renewed', 'unchanged', 'failed']
const tiers: readonly Tier[] = [1, 2, 3]

export default function HistoryScreen() {
  const { fleet } = useView()
  const [filter, setFilter] = useState<AttemptFilter>({ profileId: null, outcome: null, tier: null })
  const newest = [...fleet.profiles, ...fleet.managers].reduce(
    (at, { last }) => Math.max(at, last?.at ?? 0),
    0,
  )
  const attempts = useAttempts(filter, newest)
  const profiles = fleet.profiles.toSorted((a, b) => a.name.localeCompare(b.name))
  return (
    <div className="screen history">
      <header className="screen-header">
        <div>
          <h1>History</h1>
          <p className="quiet">Every refresh that was tried. It holds fingerprints, never a token.</p>
        </div>
      </header>
      <div className="list-filters">
        <Filter
          label="Service app"
          value={filter.profileId ?? ''}
          options={profiles.map(({ id, name }) => [id, name] as const)}
          onChange={(id) => setFilter({ ...filter, profileId: id === '' ? null : id })}
        />
        <Filter
          label="Outcome"
          value={filter.outcome ?? ''}
          options={outcomes.map((outcome) => [outcome, outcomeWords[outcome]] as const)}
          onChange={(text) => setFilter({ ...filter, outcome: outcomes.find((one) => one === text) ?? null })}
        />
        <Filter
          label="Tier"
          value={String(filter.tier ?? '')}
          options={tiers.map((tier) => [String(tier), `${tier}: ${tierNames[tier]}`] as const)}
          onChange={(text) =>
            setFilter({ ...filter, tier: tiers.find((one) => String(one) === text) ?? null })
          }
        />
      </div>
      <div className="history-body">
        <AttemptsTable attempts={attempts} withNames />
      </div>
    </div>
  )
}

interface FilterProps {
  readonly label: string
  readonly value: string
  readonly options: readonly (readonly [string, string])[]
  readonly onChange: (value: string) => void
}

function Filter({ label, value, options, onChange }: FilterProps) {
  return (
    <label className="sort-choice">
      <span className="quiet small">{label}</span>
      <select value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">All</option>
        {options.map(([option, words]) => (
          <option key={option} value={option}>
            {words}
          </option>
        ))}
      </select>
    </label>
  )
}
