// The list of service apps, as it was left: searched, filtered, sorted, grouped, and what is selected in it.
import {
  Fragment,
  lazy,
  Suspense,
  useCallback,
  useDeferredValue,
  useEffect,
  useLayoutEffect,
  useMemo,
  useState,
} from 'react'
import type { FleetView, Incident, ProfileState } from '#contract/contract.ts'
import { countStates } from '#contract/view-changes.ts'
import type { ListState } from '#contract/view-state.ts'
import { useListState, useNow, useView, useViewStateStore } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { forgetIncident } from '#renderer/app/route.ts'
import { Button } from '#renderer/components/button.tsx'
import layout from '#renderer/components/layout.module.css'
import { useMediaQuery } from '#renderer/components/media-query.ts'
import { useActions } from '#renderer/features/shared/actions.tsx'
import { ProblemsLine } from '#renderer/features/shared/problems-line.tsx'
import { plural, stateParts } from '#renderer/features/shared/words.ts'
import { EmptyList } from './empty-list.tsx'
import { ListFilters } from './list-filters.tsx'
import { ProfileList } from './profile-list.tsx'
import { type ListChoice, rowReader, undeliveredOf } from './rows.ts'
import { selectedAmong } from './selection.ts'
import styles from './service-apps-screen.module.css'

const BulkBar = lazy(() => import('./bulk-bar.tsx'))
const PreviewPanel = lazy(() => import('./preview-panel.tsx'))

const NOTHING_CHOSEN = { search: '', state: 'all', condition: 'any', incident: null } as const
const MINUTE = 60_000

/** `asked`: key of the incident whose customers are to be shown. */
export function ServiceAppsScreen({ asked }: { readonly asked: string | null }) {
  const { fleet } = useView()
  const state = useListState()
  const store = useViewStateStore()
  const { change } = store
  const incident = useIncident(asked, fleet, state)
  const choice = useChoice(state, incident, fleet)
  const deferred = useDeferredValue(choice)
  const [rowsOf] = useState(rowReader)
  // The rows follow in a task of their own: with all the rest they would hold up a key press in a large fleet.
  const profiles = useDeferredValue(fleet.profiles)
  const { rows, customers, found } = useMemo(() => rowsOf(profiles, deferred), [profiles, deferred, rowsOf])
  const counts = useMemo(() => countStates(fleet.profiles), [fleet.profiles])
  const selected = useMemo(() => new Set(state.selected), [state.selected])
  const selectedProfiles = useMemo(
    () => (selected.size === 0 ? [] : selectedAmong(fleet.profiles, selected)),
    [fleet.profiles, selected],
  )
  const [activeKey, setActiveKey] = useState(store.focus.row)
  const activate = useCallback(
    (key: string) => {
      store.focus.row = key
      store.focus.added = null
      setActiveKey(key)
    },
    [store],
  )
  const hasRoom = useMediaQuery(ROOM_FOR_PANEL)
  const previewed =
    state.hasPreview && hasRoom ? (fleet.profiles.find(({ id }) => id === activeKey) ?? null) : null
  const total = fleet.profiles.length

  return (
    <div className={`${layout.screen} ${styles.home}`}>
      <ScreenHeader total={total} customers={customers} counts={counts} />
      <ProblemsLine />
      {total === 0 ? (
        <EmptyList />
      ) : (
        <>
          <ListFilters
            state={state}
            incident={incident}
            counts={counts}
            found={found}
            canPreview={hasRoom}
            onChange={change}
          />
          <div className={styles.sideBySide}>
            <div className={styles.listSide}>
              <ProfileList
                rows={rows}
                selected={selected}
                activeKey={activeKey}
                canPreview={hasRoom}
                onActive={activate}
                onShowAll={() => change(NOTHING_CHOSEN)}
              />
            </div>
            {previewed !== null && (
              <Suspense fallback={null}>
                <PreviewPanel profile={previewed} onClose={() => change({ hasPreview: false })} />
              </Suspense>
            )}
          </div>
          {selectedProfiles.length > 0 && (
            <Suspense fallback={null}>
              <BulkBar profiles={selectedProfiles} />
            </Suspense>
          )}
        </>
      )}
    </div>
  )
}

/**
 * The incident whose customers are shown. One that is asked for is shown whole, whatever was searched for before; when it
 * is resolved, all are shown again.
 */
function useIncident(asked: string | null, { incidents }: FleetView, state: ListState): Incident | null {
  const { change } = useViewStateStore()
  useLayoutEffect(() => {
    if (asked === null) return
    change({ ...NOTHING_CHOSEN, incident: asked, selected: [], scrollTop: 0 })
    forgetIncident()
  }, [asked, change])
  const shown = asked ?? state.incident
  const incident = incidents.find(({ key }) => key === shown) ?? null
  const isResolved = asked === null && state.incident !== null && incident === null
  useEffect(() => {
    if (isResolved) change({ incident: null })
  }, [isResolved, change])
  return incident
}

function useChoice(state: ListState, incident: Incident | null, fleet: FleetView): ListChoice {
  const { search, state: states, condition, sort, isDescending, grouping, folded } = state
  const undelivered = condition === 'undelivered' ? undeliveredOf(fleet) : NONE
  const now = useNow((at) => (condition === 'expiring' ? Math.floor(at / MINUTE) * MINUTE : 0))
  return useMemo(
    () => ({
      ...{ search, state: states, condition, sort, isDescending, grouping, undelivered, now },
      folded: new Set(folded),
      among: incident === null ? null : new Set(incident.profileIds),
    }),
    [search, states, condition, sort, isDescending, grouping, folded, undelivered, now, incident],
  )
}

const NONE: ReadonlyMap<string, string> = new Map()

const ROOM_FOR_PANEL = '(width >= 72rem)'

interface ScreenHeaderProps {
  /** Service apps in orgs. */
  readonly total: number
  readonly customers: number
  readonly counts: Readonly<Record<ProfileState, number>>
}

function ScreenHeader({ total, customers, counts }: ScreenHeaderProps) {
  const actions = useActions()
  const dialogs = useDialogs()
  return (
    <header className={layout.header}>
      <div className={layout.title}>
        <h1>Service apps</h1>
        {total > 0 && <Summary parts={[totalWords(total, customers), ...stateParts(counts)]} />}
      </div>
      <div className={layout.headerButtons}>
        {total > 0 && (
          <Button icon="refresh" onPress={() => void actions.refreshDue()}>
            Refresh all due
          </Button>
        )}
        <Button onPress={() => dialogs.open({ kind: 'import' })}>Import</Button>
        <Button kind="primary" icon="add" onPress={() => dialogs.open({ kind: 'add', likeProfileId: null })}>
          Add service app
        </Button>
      </div>
    </header>
  )
}

/** A customer may have several service apps. */
const totalWords = (total: number, customers: number) =>
  total === customers
    ? plural(customers, 'customer')
    : `${plural(total, 'token')} for ${plural(customers, 'customer')}`

function Summary({ parts }: { readonly parts: readonly string[] }) {
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
