// The list itself: only the rows in sight are drawn; arrow keys move through all of them.
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { goTo } from '#renderer/app/route.ts'
import { Button } from '#renderer/components/button.tsx'
import { shortcutOf } from '#renderer/components/shortcut.ts'
import { useActions } from '#renderer/features/shared/actions.tsx'
import { GroupRow } from './group-row.tsx'
import styles from './profile-list.module.css'
import { ProfileRow } from './profile-row.tsx'
import type { ListRow } from './rows.ts'
import { topsOf, useSight } from './sight.ts'

/** px. The head sticks to the top and covers what is under it. */
const HEIGHTS = { profile: 64, group: 44, head: 36 } as const
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
  const tops = useMemo(() => topsOf(rows.map(({ kind }) => HEIGHTS[kind])), [rows])
  const { from, to } = useSight(scroller, tops)
  const active = useMemo(
    () =>
      Math.max(
        0,
        rows.findIndex(({ key }) => key === activeKey),
      ),
    [rows, activeKey],
  )

  // A row reached by key may not be drawn yet; it takes the focus as soon as it is.
  useEffect(() => {
    if (!wantsFocus.current) return
    const row = scroller.current?.querySelector<HTMLElement>(`[data-index="${active}"]`)
    if (row == null) return
    wantsFocus.current = false
    row.focus({ preventScroll: true })
  })

  const moveTo = (index: number) => {
    const wanted = Math.max(0, Math.min(rows.length - 1, index))
    const row = rows[wanted]
    if (row === undefined) return
    wantsFocus.current = true
    setActiveKey(row.key)
    if (scroller.current !== null) bringInto(scroller.current, tops[wanted] ?? 0, HEIGHTS[row.kind])
  }

  const onKeyDown = (event: KeyboardEvent<HTMLTableSectionElement>) => {
    const shortcut = shortcutOf(event)
    const move = moves(shortcut, active, rows.length)
    const onRow = event.target instanceof HTMLTableRowElement
    if (move !== null) {
      event.preventDefault()
      return moveTo(move)
    }
    const row = rows[active]
    if (!onRow || row === undefined) return
    if (row.kind === 'group') {
      if (shortcut === 'Enter' || shortcut === ' ') onFold(row.appId)
      else return
    } else if (shortcut === 'Enter') goTo({ screen: 'service-app', profileId: row.profile.id })
    else if (shortcut === 'r') void actions.refresh(row.profile)
    else if (shortcut === 'c') void actions.copy(row.profile, 'token')
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <div className={styles.scroller} ref={scroller}>
      <table className={styles.list} aria-label="Service apps" aria-rowcount={rows.length + 1}>
        <thead>
          <tr className={`${styles.head} small`} aria-rowindex={1}>
            <th scope="col">Name and org</th>
            <th scope="col">State</th>
            <th scope="col">Access token</th>
            <th scope="col" className={styles.refreshToken}>
              Refresh token
            </th>
            <th scope="col" className={styles.last}>
              Last refresh
            </th>
            <th scope="col">
              <span className="only-read">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody style={{ height: tops.at(-1) }} onKeyDown={onKeyDown}>
          {rows.slice(from, to).map((row, offset) => {
            const index = from + offset
            const start = tops[index] ?? 0
            const place = { index, start, active: index === active, onFocus: setActiveKey }
            return row.kind === 'group' ? (
              <GroupRow key={row.key} row={row} {...place} onFold={onFold} />
            ) : (
              <ProfileRow key={row.key} row={row} actions={actions} {...place} />
            )
          })}
        </tbody>
      </table>
      {rows.length === 0 && (
        <div className={styles.none}>
          <p>None of the {total.toLocaleString()} tokens fits.</p>
          <Button onPress={onShowAll}>Show all</Button>
        </div>
      )}
    </div>
  )
}

/** Scrolls no further than a row needs to be seen whole, under the head. */
function bringInto(scroller: HTMLElement, start: number, height: number): void {
  const least = start + height + HEIGHTS.head - scroller.clientHeight
  scroller.scrollTop = Math.max(least, Math.min(start, scroller.scrollTop))
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
