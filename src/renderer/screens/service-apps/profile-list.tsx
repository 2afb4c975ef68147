// The list itself: only the rows in sight are drawn; arrow keys move through all of them.
import { useVirtualizer } from '@tanstack/react-virtual'
import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import { useActions } from '../../actions.ts'
import { Button } from '../../parts/button.tsx'
import { goTo } from '../../route.ts'
import { GroupRow } from './group-row.tsx'
import { ProfileRow } from './profile-row.tsx'
import type { ListRow } from './rows.ts'

const HEIGHTS = { profile: 64, group: 44 } as const
const PAGE = 8

interface ListProps {
  readonly rows: readonly ListRow[]
  /** How many profiles there are before any filter. */
  readonly total: number
  readonly onFold: (appId: string) => void
  readonly onShowAll: () => void
}

export function ProfileList({ rows, total, onFold, onShowAll }: ListProps) {
  const scroller = useRef<HTMLDivElement>(null)
  const wantsFocus = useRef(false)
  const actions = useActions()
  const [activeKey, setActiveKey] = useState<string | null>(null)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => HEIGHTS[rows[index]?.kind ?? 'profile'],
    getItemKey: (index) => rows[index]?.key ?? index,
    overscan: 4,
  })
  const found = rows.findIndex(({ key }) => key === activeKey)
  const active = found === -1 ? 0 : found

  // A row reached by key may not be drawn yet; it takes the focus as soon as it is.
  useEffect(() => {
    if (!wantsFocus.current) return
    const row = scroller.current?.querySelector<HTMLElement>(`[data-index="${active}"]`)
    if (row == null) return
    wantsFocus.current = false
    row.focus({ preventScroll: true })
  })

  const moveTo = (index: number) => {
    const row = rows[Math.max(0, Math.min(rows.length - 1, index))]
    if (row === undefined) return
    wantsFocus.current = true
    setActiveKey(row.key)
    virtual.scrollToIndex(rows.indexOf(row), { align: 'auto' })
  }

  const onKeyDown = (event: KeyboardEvent<HTMLTableSectionElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const move = moves(event.key, active, rows.length)
    const onRow = event.target instanceof HTMLTableRowElement
    if (move !== null) {
      event.preventDefault()
      return moveTo(move)
    }
    const row = rows[active]
    if (!onRow || row === undefined) return
    if (row.kind === 'group') {
      if (event.key === 'Enter' || event.key === ' ') onFold(row.appId)
      else return
    } else if (event.key === 'Enter') goTo({ screen: 'service-app', profileId: row.profile.id })
    else if (event.key.toLowerCase() === 'r') void actions.refresh(row.profile)
    else if (event.key.toLowerCase() === 'c') void actions.copy(row.profile, 'token')
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <div className="list-scroller" ref={scroller}>
      <table className="list" aria-label="Service apps" aria-rowcount={rows.length + 1}>
        <thead>
          <tr className="list-head small" aria-rowindex={1}>
            <th scope="col">Name and org</th>
            <th scope="col">State</th>
            <th scope="col">Access token</th>
            <th scope="col" className="col-refresh-token">
              Refresh token
            </th>
            <th scope="col" className="col-last">
              Last refresh
            </th>
            <th scope="col">
              <span className="only-read">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody style={{ height: virtual.getTotalSize() }} onKeyDown={onKeyDown}>
          {virtual.getVirtualItems().map(({ index, key, start }) => {
            const row = rows[index]
            if (row === undefined) return null
            const place = { index, start, active: index === active, onFocus: () => setActiveKey(row.key) }
            return row.kind === 'group' ? (
              <GroupRow key={key} row={row} place={place} onFold={() => onFold(row.appId)} />
            ) : (
              <ProfileRow key={key} profile={row.profile} grouped={row.grouped} place={place} />
            )
          })}
        </tbody>
      </table>
      {rows.length === 0 && (
        <div className="none-found">
          <p>None of the {total.toLocaleString()} tokens fits.</p>
          <Button onPress={onShowAll}>Show all</Button>
        </div>
      )}
    </div>
  )
}

/** Where a row stands in the list, and whether it is the one the Tab key reaches. */
export interface RowPlace {
  readonly index: number
  /** px from the top of the list. */
  readonly start: number
  readonly active: boolean
  readonly onFocus: () => void
}

function moves(key: string, at: number, count: number): number | null {
  switch (key) {
    case 'ArrowDown':
      return at + 1
    case 'ArrowUp':
      return at - 1
    case 'PageDown':
      return at + PAGE
    case 'PageUp':
      return at - PAGE
    case 'Home':
      return 0
    case 'End':
      return count - 1
    default:
      return null
  }
}
