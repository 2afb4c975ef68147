// Everything that was tried, newest first.
import { useState } from 'react'
import type { Outcome } from '../../../preload/contract.ts'
import { Picker } from '../../parts/picker.tsx'
import { useView } from '../../window-parts.tsx'
import { outcomeWords, tierNames } from '../../words.ts'
import { AttemptsTable } from './attempts-table.tsx'
import { StripChart } from './strip-chart.tsx'
import { type AttemptFilter, useAttempts } from './use-attempts.ts'

const all = ['', 'All'] as const
const outcomes: readonly (readonly [Outcome | '', string])[] = [
  all,
  ['renewed', outcomeWords.renewed],
  ['unchanged', outcomeWords.unchanged],
  ['failed', outcomeWords.failed],
]
const tierKeys = { 0: '', 1: 'tier-1', 2: 'tier-2', 3: 'tier-3' } as const
const tierOf = { '': null, 'tier-1': 1, 'tier-2': 2, 'tier-3': 3 } as const
const tiers: readonly (readonly [keyof typeof tierOf, string])[] = [
  all,
  ['tier-1', `1: ${tierNames[1]}`],
  ['tier-2', `2: ${tierNames[2]}`],
  ['tier-3', `3: ${tierNames[3]}`],
]

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
        <Picker
          label="Service app"
          value={filter.profileId ?? ''}
          options={[all, ...profiles.map(({ id, name }) => [id, name] as const)]}
          onChange={(id) => setFilter({ ...filter, profileId: id === '' ? null : id })}
        />
        <Picker
          label="Outcome"
          value={filter.outcome ?? ''}
          options={outcomes}
          onChange={(outcome) => setFilter({ ...filter, outcome: outcome === '' ? null : outcome })}
        />
        <Picker
          label="Tier"
          value={tierKeys[filter.tier ?? 0]}
          options={tiers}
          onChange={(key) => setFilter({ ...filter, tier: tierOf[key] })}
        />
      </div>
      <StripChart filter={filter} />
      <div className="history-body">
        <AttemptsTable attempts={attempts} withNames />
      </div>
    </div>
  )
}
