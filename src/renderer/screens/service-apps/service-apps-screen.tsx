// Home: every service app with its state and its countdown.
import { useCallback, useDeferredValue, useMemo, useState } from 'react'
import type { ProfileState, ProfileView } from '../../../preload/contract.ts'
import { useActions } from '../../actions.ts'
import { useDialogs } from '../../dialogs.tsx'
import { Button } from '../../parts/button.tsx'
import { useView } from '../../window-parts.tsx'
import { plural } from '../../words.ts'
import { EmptyList } from './empty-list.tsx'
import { ListFilters } from './list-filters.tsx'
import { ProfileList } from './profile-list.tsx'
import { RootCauses } from './root-causes.tsx'
import { type ListChoice, rowReader } from './rows.ts'

const everything: ListChoice = { search: '', state: 'all', sort: 'expiry', folded: new Set() }

export function ServiceAppsScreen() {
  const { fleet } = useView()
  const actions = useActions()
  const dialogs = useDialogs()
  const [choice, setChoice] = useState(everything)
  const deferred = useDeferredValue(choice)
  const [rowsOf] = useState(rowReader)
  const rows = useMemo(() => rowsOf(fleet.profiles, deferred), [fleet.profiles, deferred, rowsOf])
  const counts = useMemo(() => countsOf(fleet.profiles), [fleet.profiles])
  const fold = useCallback(
    (appId: string) => setChoice((before) => ({ ...before, folded: toggled(before.folded, appId) })),
    [],
  )
  const empty = fleet.profiles.length === 0

  return (
    <div className="screen home">
      <header className="screen-header">
        <div className="page-title">
          <h1>Service apps</h1>
          {!empty && <p className="quiet cut">{summaryOf(fleet.profiles.length, counts)}</p>}
        </div>
        <div className="header-buttons">
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
      <RootCauses />
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

type Counts = ReadonlyMap<ProfileState, number>

function countsOf(profiles: readonly ProfileView[]): Counts {
  const counts = new Map<ProfileState, number>()
  for (const { state } of profiles) counts.set(state, (counts.get(state) ?? 0) + 1)
  return counts
}

function summaryOf(total: number, counts: Counts): string {
  const count = (state: ProfileState) => counts.get(state) ?? 0
  const needy = count('needs-you')
  const expired = count('expired')
  return [
    plural(total, 'token'),
    `${count('healthy').toLocaleString()} healthy`,
    ...(needy > 0 ? [`${needy.toLocaleString()} need you`] : []),
    ...(expired > 0 ? [`${expired.toLocaleString()} expired`] : []),
  ].join(' · ')
}
