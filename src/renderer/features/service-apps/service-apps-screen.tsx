// Home: every service app with its state and its countdown.
import { Fragment, useCallback, useDeferredValue, useMemo, useState } from 'react'
import type { ProfileState } from '#contract/contract.ts'
import { countStates } from '#contract/view-changes.ts'
import { useView } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button } from '#renderer/components/button.tsx'
import layout from '#renderer/components/layout.module.css'
import { useActions } from '#renderer/features/shared/actions.tsx'
import { ProblemsLine } from '#renderer/features/shared/problems-line.tsx'
import { plural, stateOrder, stateParts } from '#renderer/features/shared/words.ts'
import { EmptyList } from './empty-list.tsx'
import { ListFilters } from './list-filters.tsx'
import { ProfileList } from './profile-list.tsx'
import { isTrouble, type ListChoice, rowReader } from './rows.ts'
import styles from './service-apps-screen.module.css'

const everything: ListChoice = { search: '', state: 'all', sort: 'expiry', folded: new Set() }

export function ServiceAppsScreen() {
  const { fleet } = useView()
  const actions = useActions()
  const dialogs = useDialogs()
  const [chosen, setChoice] = useState(everything)
  const counts = useMemo(() => countStates(fleet.profiles), [fleet.profiles])
  // Whoever was led to what is wrong sees all again once it is mended.
  const mended =
    chosen.state === 'trouble' && !stateOrder.some((state) => counts[state] > 0 && isTrouble(state))
  const choice = useMemo(() => (mended ? { ...chosen, state: 'all' as const } : chosen), [chosen, mended])
  const deferred = useDeferredValue(choice)
  const [rowsOf] = useState(rowReader)
  // The rows follow in a task of their own: with all the rest they would hold up a key press in a large fleet.
  const profiles = useDeferredValue(fleet.profiles)
  const rows = useMemo(() => rowsOf(profiles, deferred), [profiles, deferred, rowsOf])
  const fold = useCallback(
    (appId: string) => setChoice((before) => ({ ...before, folded: toggled(before.folded, appId) })),
    [],
  )
  const empty = fleet.profiles.length === 0

  return (
    <div className={`${layout.screen} ${styles.home}`}>
      <header className={layout.header}>
        <div className={layout.title}>
          <h1>Service apps</h1>
          {!empty && <Summary total={fleet.profiles.length} counts={counts} />}
        </div>
        <div className={layout.headerButtons}>
          {!empty && (
            <Button icon="refresh" onPress={() => void actions.refreshDue()}>
              Refresh all due
            </Button>
          )}
          <Button onPress={() => dialogs.open({ kind: 'import' })}>Import</Button>
          <Button
            kind="primary"
            icon="add"
            onPress={() => dialogs.open({ kind: 'add', likeProfileId: null })}
          >
            Add service app
          </Button>
        </div>
      </header>
      <ProblemsLine />
      {empty ? (
        <EmptyList />
      ) : (
        <>
          <ListFilters choice={choice} total={fleet.profiles.length} counts={counts} onChange={setChoice} />
          <ProfileList
            rows={rows}
            total={fleet.profiles.length}
            onFold={fold}
            onShowAll={() => setChoice({ ...everything, sort: choice.sort })}
          />
        </>
      )}
    </div>
  )
}

function toggled(set: ReadonlySet<string>, member: string): ReadonlySet<string> {
  const next = new Set(set)
  if (!next.delete(member)) next.add(member)
  return next
}

type Counts = Readonly<Record<ProfileState, number>>

function Summary({ total, counts }: { readonly total: number; readonly counts: Counts }) {
  const parts = [plural(total, 'token'), ...stateParts(counts)]
  return (
    <p className="quiet cut">
      {parts.map((part, i) => (
        <Fragment key={part}>
          <span>{i < parts.length - 1 ? `${part} ·` : part}</span>{' '}
        </Fragment>
      ))}
    </p>
  )
}
