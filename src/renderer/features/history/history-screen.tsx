// Everything that was tried, newest first.
import { useEffect, useMemo, useRef, useState } from 'react'
import type { FleetView, Input, Outcome, Tier } from '#contract/contract.ts'
import { useAsk, useNow, useView } from '#renderer/app/context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { Picker, Pill } from '#renderer/components/choice.tsx'
import { Combo, type ComboOption } from '#renderer/components/combo.tsx'
import { SearchField } from '#renderer/components/field.tsx'
import layout from '#renderer/components/layout.module.css'
import { MenuButton } from '#renderer/components/menu.tsx'
import { useActions } from '#renderer/features/shared/actions.tsx'
import { midnight } from '#renderer/features/shared/axis.ts'
import { outcomeWords, tierNames, triggerWords } from '#renderer/features/shared/words.ts'
import { AttemptsTable } from './attempts-table.tsx'
import { DateFilter } from './date-filter.tsx'
import {
  type AttemptFilter,
  allDates,
  allOf,
  type DateChoice,
  type DaySpan,
  isNarrowed,
  spanOf,
} from './history-filter.ts'
import styles from './history-screen.module.css'
import { StripChart } from './strip-chart.tsx'
import { SubjectFilter } from './subject-filter.tsx'
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
const tierWords = (tier: Tier) => `${tier}: ${tierNames[tier]}`
const tiers: readonly (readonly [keyof typeof tierOf, string])[] = [
  all,
  ['tier-1', tierWords(1)],
  ['tier-2', tierWords(2)],
  ['tier-3', tierWords(3)],
]

interface Shown {
  readonly narrowed: AttemptFilter
  readonly dates: DateChoice
  /** Of these dates, the column of the chart that was pressed. */
  readonly picked: DaySpan | null
}

const everything: Shown = { narrowed: allOf(null), dates: allDates, picked: null }
/** As it was left, for whoever comes back within this run. */
let left = everything

export default function HistoryScreen() {
  const { fleet } = useView()
  const [shown, setShown] = useState(left)
  const show = (change: Partial<Shown>) => {
    left = { ...shown, ...change }
    setShown(left)
  }
  const { narrowed, dates, picked } = shown
  const [isOpen, setOpen] = useState(false)
  const narrow = (change: Partial<AttemptFilter>) => show({ narrowed: { ...narrowed, ...change } })
  const today = useNow((now) => midnight(now, 0))
  const ofDates = useMemo(() => ({ ...narrowed, ...spanOf(dates, today) }), [narrowed, dates, today])
  const filter = picked === null ? ofDates : { ...ofDates, ...picked }
  const newest = newestIn(fleet)
  const attempts = useAttempts(filter, newest)
  return (
    <div className={`${layout.screen} ${styles.screen}`}>
      <header className={`${layout.header} ${styles.header}`}>
        <div>
          <h1>History</h1>
          <p className="quiet">Every refresh attempt, with fingerprints of tokens, never a token.</p>
        </div>
        <ExportMenu filter={filter} />
      </header>
      <div className={`${layout.filters} ${styles.filters}`} data-open={isOpen || undefined}>
        <SearchField
          aria-label="Search the history"
          placeholder="Customer, tracking ID, fingerprint, answer"
          maxLength={200}
          value={narrowed.text ?? ''}
          onChange={({ target: { value } }) => narrow({ text: value === '' ? null : value })}
        />
        <span className={styles.opener}>
          <Pill pressed={isOpen} onPress={() => setOpen(!isOpen)}>
            Filters
          </Pill>
        </span>
        <div className={styles.more}>
          <SubjectFilter subject={narrowed} onChange={narrow} />
          <Picker
            label="Outcome"
            value={filter.outcome ?? ''}
            options={outcomes}
            onChange={(outcome) => narrow({ outcome: outcome === '' ? null : outcome })}
          />
          <CauseFilter cause={narrowed.cause} onChange={(cause) => narrow({ cause })} />
          <Picker
            label="Tier"
            value={tierKeys[filter.tier ?? 0]}
            options={tiers}
            onChange={(key) => narrow({ tier: tierOf[key] })}
          />
          <DateFilter choice={dates} onChange={(choice) => show({ dates: choice, picked: null })} />
        </div>
        {isNarrowed(filter) && (
          <Button kind="quiet" size={28} onPress={() => show(everything)}>
            Clear filters
          </Button>
        )}
      </div>
      <StripChart filter={ofDates} news={newest} picked={picked} onPick={(span) => show({ picked: span })} />
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

const DRILL: ComboOption = { value: 'reason:drill', words: 'Test of all tiers', detail: 'Trigger' }
const DATA_SOURCE: ComboOption = { value: 'reason:data-source', words: 'Data source', detail: 'Trigger' }

/** What began it, or what a call came to. */
function CauseFilter({
  cause,
  onChange,
}: {
  readonly cause: string | null
  readonly onChange: (cause: string | null) => void
}) {
  const results = useResults()
  const options = useMemo(
    () => [
      DRILL,
      DATA_SOURCE,
      ...Object.entries(triggerWords).map(([trigger, words]) => ({
        value: `trigger:${trigger}`,
        words,
        detail: 'Trigger',
      })),
      ...results.map(({ result, name }) => ({
        value: `result:${result}`,
        words: name,
        detail: result.startsWith('manager-') ? 'Failure, token manager' : 'Failure',
      })),
    ],
    [results],
  )
  return (
    <Combo
      label="Cause"
      value={cause ?? ''}
      options={options}
      all="All"
      onChange={(value) => onChange(value === '' ? null : value)}
    />
  )
}

type Results = readonly { readonly result: string; readonly name: string }[]

function useResults(): Results {
  const ask = useAsk()
  const [results, setResults] = useState<Results>([])
  useEffect(() => {
    void ask('history.causes', {}).then((reply) => {
      if (reply.ok) setResults(reply.value.results)
    })
  }, [ask])
  return results
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
  const note = isNarrowed(filter) ? 'As filtered' : 'All entries'
  return (
    <MenuButton
      icon="export"
      label="Export the history"
      entries={[
        { words: 'CSV', note, icon: 'table', act: () => void start('csv') },
        { words: 'JSON', note, icon: 'code', act: () => void start('json') },
      ]}
    >
      Export
    </MenuButton>
  )
}
