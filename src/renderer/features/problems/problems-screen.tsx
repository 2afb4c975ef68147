// Problems: one line for each cause and service app, however many customers it affects; what is snoozed, and what was
// resolved within a week.
import { type ReactNode, type RefObject, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { Incident, ProblemNotesView, ProfileView, ResolvedProblem } from '#contract/contract.ts'
import { openProblems } from '#contract/view-changes.ts'
import { useAsk, useView } from '#renderer/app/context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { Icon } from '#renderer/components/icon.tsx'
import layout from '#renderer/components/layout.module.css'
import { useListKeys } from '#renderer/features/shared/list-keys.ts'
import { useMoments } from '#renderer/features/shared/moments.ts'
import { ProblemsSummary } from '#renderer/features/shared/problems-line.tsx'
import { Relative } from '#renderer/features/shared/time-left.tsx'
import { plural } from '#renderer/features/shared/words.ts'
import type { FindProfiles } from './fix.ts'
import { Problem } from './problem.tsx'
import styles from './problems-screen.module.css'

/** Drawn at once; more of them cost a task of their own. */
const PAGE = 30

const NO_NOTES: ProblemNotesView = { resolved: [], waiting: [] }

export default function ProblemsScreen() {
  const { fleet, problems } = useView()
  const { incidents } = fleet
  const notes = useNotes(incidents)
  const find = useFind(fleet.profiles)
  const body = useRef<HTMLDivElement>(null)
  useProblemKeys(body)
  const waiting = useMemo(
    () => new Map(notes.waiting.map(({ profileId, since }) => [profileId, since])),
    [notes],
  )
  const sections = useMemo(
    () => ({
      open: openProblems(incidents),
      snoozed: incidents.filter(({ snoozedUntil }) => snoozedUntil !== undefined),
      known: incidents.filter(
        ({ level, snoozedUntil }) => level === 'information' && snoozedUntil === undefined,
      ),
    }),
    [incidents],
  )
  const twice = useMemo(() => namesOfSeveral(incidents), [incidents])
  const list = (shown: readonly Incident[], label: string) => (
    <ProblemList
      label={label}
      incidents={shown}
      row={(incident) => (
        <Problem
          key={incident.key}
          incident={incident}
          waiting={waiting}
          find={find}
          withAppId={twice.has(incident.serviceApp?.name ?? '')}
        />
      )}
    />
  )
  return (
    <div className={layout.screen}>
      <header className={layout.header}>
        <div className={layout.title}>
          <h1>Problems</h1>
          <p className="quiet">
            {problems.count + problems.snoozed.count === 0 ? (
              'Nothing needs attention.'
            ) : (
              <ProblemsSummary totals={problems} />
            )}
          </p>
        </div>
      </header>
      <div className={layout.body} ref={body}>
        {sections.open.length === 0 ? (
          <p className={styles.none}>
            <Icon name="good" size={1.25} />
            {sections.snoozed.length === 0 ? 'No problems.' : 'No problems but those that are snoozed.'}
          </p>
        ) : (
          list(sections.open, 'Problems')
        )}
        {sections.known.length > 0 && (
          <section className={styles.section} aria-labelledby="known-title">
            <h2 id="known-title">Good to know</h2>
            {list(sections.known, 'Good to know')}
          </section>
        )}
        {sections.snoozed.length > 0 && (
          <section className={styles.section} aria-labelledby="snoozed-title">
            <h2 id="snoozed-title">Snoozed</h2>
            {list(sections.snoozed, 'Snoozed')}
          </section>
        )}
        {notes.resolved.length > 0 && (
          <section className={styles.section} aria-labelledby="resolved-title">
            <h2 id="resolved-title">Resolved in the last 7 days</h2>
            <ul className={styles.list} aria-labelledby="resolved-title">
              {notes.resolved.map((problem) => (
                <Resolved key={problem.key} problem={problem} />
              ))}
            </ul>
          </section>
        )}
      </div>
    </div>
  )
}

/** The focus goes from the title of one problem to that of the next, through all lists. */
function useProblemKeys(body: RefObject<HTMLElement | null>): void {
  const move = (by: 1 | -1) => {
    const titles = [...(body.current?.querySelectorAll<HTMLElement>('h2 > button') ?? [])]
    const at = titles.findIndex((title) => title.closest('li')?.contains(document.activeElement))
    titles[at === -1 ? 0 : at + by]?.focus()
  }
  useListKeys({ next: () => move(1), previous: () => move(-1) })
}

/** Always the same function, so that a change of a profile draws no problem anew. */
function useFind(profiles: readonly ProfileView[]): FindProfiles {
  const newest = useRef(profiles)
  newest.current = profiles
  return useCallback((profileIds) => {
    const wanted = new Set(profileIds)
    return newest.current.filter(({ id }) => wanted.has(id))
  }, [])
}

/** Asked for again whenever the incidents have changed. */
function useNotes(incidents: readonly Incident[]): ProblemNotesView {
  const ask = useAsk()
  const [read, setRead] = useState({ of: incidents, notes: NO_NOTES })
  useEffect(() => {
    let isOver = false
    void ask('problem.notes', {}).then((reply) => {
      if (!isOver && reply.ok) setRead({ of: incidents, notes: reply.value })
    })
    return () => {
      isOver = true
    }
  }, [ask, incidents])
  return read.notes
}

/** Names that service apps share: there the App ID tells them apart. */
function namesOfSeveral(incidents: readonly Incident[]): ReadonlySet<string> {
  const ids = new Map<string, Set<string>>()
  for (const { serviceApp } of incidents) {
    if (serviceApp !== null)
      ids.set(serviceApp.name, (ids.get(serviceApp.name) ?? new Set()).add(serviceApp.id))
  }
  return new Set([...ids].flatMap(([name, of]) => (of.size > 1 ? [name] : [])))
}

interface ProblemListProps {
  readonly label: string
  readonly incidents: readonly Incident[]
  readonly row: (incident: Incident) => ReactNode
}

function ProblemList({ label, incidents, row }: ProblemListProps) {
  const [most, setMost] = useState(PAGE)
  const left = incidents.length - most
  return (
    <>
      <ul className={styles.list} aria-label={label}>
        {incidents.slice(0, most).map(row)}
      </ul>
      {left > 0 && (
        <Button onPress={() => setMost(most + PAGE)}>{`Show ${Math.min(left, PAGE)} more`}</Button>
      )}
    </>
  )
}

function Resolved({ problem }: { readonly problem: ResolvedProblem }) {
  const moments = useMoments()
  return (
    <li className={`${styles.resolved} selectable`}>
      <Icon name="good" size={1.25} />
      <span>{problem.title}</span>
      <span className="quiet small" title={moments.exactly(problem.resolvedAt)}>
        {problem.customers > 0 && `${plural(problem.customers, 'customer')} · `}
        <Relative at={problem.resolvedAt} />
      </span>
    </li>
  )
}
