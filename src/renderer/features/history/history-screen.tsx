// Everything that was tried, newest first.
import { useMemo, useRef, useState } from 'react'
import type { FleetView, Input, Outcome } from '#contract/contract.ts'
import { useNow, useView } from '#renderer/app/context.tsx'
import { Picker } from '#renderer/components/choice.tsx'
import layout from '#renderer/components/layout.module.css'
import { MenuButton } from '#renderer/components/menu.tsx'
import { useActions } from '#renderer/features/shared/actions.tsx'
import { outcomeWords, tierNames } from '#renderer/features/shared/words.ts'
import { AttemptsTable } from './attempts-table.tsx'
import { DateFilter } from './date-filter.tsx'
import { midnight } from './days.ts'
import { type AttemptFilter, allDates, allOf, type DateChoice, isNarrowed, spanOf } from './history-filter.ts'
import styles from './history-screen.module.css'
import { StripChart } from './strip-chart.tsx'
import { SubjectPicker } from './subject-picker.tsx'
import { useAttempts } from './use-attempts.ts'

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
  const [narrowed, setNarrowed] = useState<AttemptFilter>(allOf(null))
  const [dates, setDates] = useState<DateChoice>(allDates)
  const today = useNow((now) => midnight(now, 0))
  const filter = useMemo(() => ({ ...narrowed, ...spanOf(dates, today) }), [narrowed, dates, today])
  const attempts = useAttempts(filter, newestIn(fleet))
  return (
    <div className={layout.screen}>
      <header className={`${layout.header} ${styles.header}`}>
        <div>
          <h1>History</h1>
          <p className="quiet">Every refresh attempt, with fingerprints of tokens, never a token.</p>
        </div>
        <ExportMenu filter={filter} />
      </header>
      <div className={`${layout.filters} ${styles.filters}`}>
        <SubjectPicker subject={narrowed} onChange={(subject) => setNarrowed({ ...narrowed, ...subject })} />
        <Picker
          label="Outcome"
          value={filter.outcome ?? ''}
          options={outcomes}
          onChange={(outcome) => setNarrowed({ ...narrowed, outcome: outcome === '' ? null : outcome })}
        />
        <Picker
          label="Tier"
          value={tierKeys[filter.tier ?? 0]}
          options={tiers}
          onChange={(key) => setNarrowed({ ...narrowed, tier: tierOf[key] })}
        />
        <DateFilter choice={dates} onChange={setDates} />
      </div>
      <StripChart filter={filter} />
      <div className={styles.body}>
        <AttemptsTable
          attempts={attempts}
          withNames
          nothing={isNarrowed(filter) ? 'No matches. Choose other dates, or fewer filters.' : 'Nothing yet.'}
        />
      </div>
    </div>
  )
}

function newestIn({ profiles, managers }: FleetView): number {
  let newest = 0
  for (const { last } of profiles) newest = Math.max(newest, last?.at ?? 0)
  for (const { last } of managers) newest = Math.max(newest, last?.at ?? 0)
  return newest
}

/** The history that is shown, as a file. */
function ExportMenu({ filter }: { readonly filter: AttemptFilter }) {
  const { exportHistory } = useActions()
  // Not disabled meanwhile: a disabled button loses the focus.
  const busy = useRef(false)
  const start = async (format: Input<'history.export'>['format']) => {
    if (busy.current) return
    busy.current = true
    await exportHistory({ ...filter, format })
    busy.current = false
  }
  return (
    <MenuButton
      icon="export"
      label="Export the history"
      entries={[
        { words: 'CSV', icon: 'table', act: () => void start('csv') },
        { words: 'JSON', icon: 'code', act: () => void start('json') },
      ]}
    >
      Export
    </MenuButton>
  )
}
