// Home: every service app with its state and its countdown.
import { useDeferredValue, useMemo, useState } from 'react'
import { useActions } from '../../actions.ts'
import { useDialogs } from '../../dialogs.tsx'
import { Button } from '../../parts/button.tsx'
import { useView } from '../../window-parts.tsx'
import { plural } from '../../words.ts'
import { EmptyList } from './empty-list.tsx'
import { ListFilters } from './list-filters.tsx'
import { ProfileList } from './profile-list.tsx'
import { RootCauses } from './root-causes.tsx'
import { type ListChoice, rowsOf, textReader } from './rows.ts'

const everything: ListChoice = { search: '', state: 'all', sort: 'expiry', folded: new Set() }

export function ServiceAppsScreen() {
  const { fleet } = useView()
  const actions = useActions()
  const dialogs = useDialogs()
  const [choice, setChoice] = useState(everything)
  const deferred = useDeferredValue(choice)
  const [textsOf] = useState(textReader)
  const rows = useMemo(() => rowsOf(fleet.profiles, deferred, textsOf), [fleet.profiles, deferred, textsOf])
  const empty = fleet.profiles.length === 0

  return (
    <div className="screen home">
      <header className="screen-header">
        <div className="page-title">
          <h1>Service apps</h1>
          {!empty && <p className="quiet cut">{summaryOf(fleet.profiles.map(({ state }) => state))}</p>}
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
          <ListFilters choice={choice} onChange={setChoice} />
          <ProfileList
            rows={rows}
            total={fleet.profiles.length}
            onFold={(appId) => setChoice({ ...choice, folded: toggled(choice.folded, appId) })}
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

function summaryOf(states: readonly string[]): string {
  const count = (state: string) => states.filter((one) => one === state).length
  const needy = count('needs-you')
  const expired = count('expired')
  return [
    plural(states.length, 'token'),
    `${count('healthy').toLocaleString()} healthy`,
    ...(needy > 0 ? [`${needy.toLocaleString()} need you`] : []),
    ...(expired > 0 ? [`${expired.toLocaleString()} expired`] : []),
  ].join(' · ')
}
