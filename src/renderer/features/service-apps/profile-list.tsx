// The list itself: only the rows in sight are drawn; keys move through all of them.
import { type KeyboardEvent, lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react'
import type { ListState } from '#contract/view-state.ts'
import { useListState, useViewStateStore } from '#renderer/app/context.tsx'
import { goTo } from '#renderer/app/route.ts'
import { Button } from '#renderer/components/button.tsx'
import type { Point } from '#renderer/components/menu.tsx'
import { shortcutOf } from '#renderer/components/shortcut.ts'
import { useActions } from '#renderer/features/shared/actions.tsx'
import { useListKeys } from '#renderer/features/shared/list-keys.ts'
import { OpenProfileMenu } from '#renderer/features/shared/profile-menu.tsx'
import { labelOf } from '#renderer/features/shared/profile-name.ts'
import type { ProfileRow as ProfileRowData } from './entries.ts'
import { GroupRow } from './group-row.tsx'
import { ListHead } from './list-head.tsx'
import styles from './profile-list.module.css'
import { ProfileRow } from './profile-row.tsx'
import type { ListRow, RowEvents } from './rows.ts'
import { allIdsOf, idsBetween, idsOf, shareSelected, withIds } from './selection.ts'
import { topsOf, useSight } from './sight.ts'
import { useKeptScroll } from './use-kept-scroll.ts'

const GroupMenu = lazy(async () => ({ default: (await import('./bulk-bar.tsx')).GroupMenu }))

/** px. The head sticks to the top and covers what is under it. */
const HEIGHTS = { profile: 64, group: 44 } as const
const COMPACT = { profile: 32, group: 32 } as const
const HEAD = 36
const PAGE = 8

interface ListProps {
  readonly rows: readonly ListRow[]
  readonly selected: ReadonlySet<string>
  /** Of the row that the Tab key reaches. */
  readonly activeKey: string | null
  /** There is room for the panel, which a click or Space then shows the row in. */
  readonly canPreview: boolean
  readonly onActive: (key: string) => void
  readonly onShowAll: () => void
}

interface OpenMenu {
  readonly row: ListRow
  readonly anchor: HTMLElement
  readonly at: Point | undefined
}

export function ProfileList(props: ListProps) {
  const { rows, selected, activeKey, canPreview, onActive, onShowAll } = props
  const { isCompact, hasPreview, folded, ...choice } = useListState()
  const { change, focus } = useViewStateStore()
  const scroller = useRef<HTMLDivElement>(null)
  const actions = useActions()
  const [menu, setMenu] = useState<OpenMenu | null>(null)
  const heights = isCompact ? COMPACT : HEIGHTS
  const tops = useMemo(() => topsOf(rows.map(({ kind }) => heights[kind])), [rows, heights])
  const { from, to } = useSight(scroller, tops, useKeptScroll(scroller, tops, orderOf(choice)))
  const active = useMemo(
    () =>
      Math.max(
        0,
        rows.findIndex(({ key }) => key === activeKey),
      ),
    [rows, activeKey],
  )
  const focusSoon = useRowFocus(scroller, active)

  // The row of a service app that was just added, once it is in the list.
  useEffect(() => {
    const added = focus.added === null ? -1 : rows.findIndex(({ key }) => key === focus.added)
    if (added === -1) return
    focus.added = null
    moveTo(added)
  })

  const moveTo = (index: number) => {
    const wanted = Math.max(0, Math.min(rows.length - 1, index))
    const row = rows[wanted]
    if (row === undefined) return
    focusSoon()
    onActive(row.key)
    if (scroller.current !== null) bringInto(scroller.current, tops[wanted] ?? 0, heights[row.kind])
  }
  const fold = (key: string) =>
    change({ folded: folded.includes(key) ? folded.filter((one) => one !== key) : [...folded, key] })
  const select = (ids: readonly string[], isOn: boolean) => change({ selected: withIds(selected, ids, isOn) })
  const toggle = (row: ListRow) => select(idsOf(row), shareSelected(idsOf(row), selected) !== 'all')
  const open = (row: ProfileRowData, where: 'page' | 'preview') => {
    onActive(row.key)
    if (where === 'preview' && canPreview) change({ hasPreview: true })
    else goTo({ screen: 'service-app', profileId: row.profile.id })
  }

  // A press moves the focus before it is one, so Shift counts from the row that was pressed before.
  const anchor = useRef<string | null>(null)
  const pressed: Omit<RowEvents, 'focus'> = {
    press(row, event) {
      if (event.shiftKey || event.ctrlKey || event.metaKey) return pressed.check(row, event)
      anchor.current = row.key
      if (row.kind === 'group') return fold(row.key)
      open(row, hasPreview ? 'preview' : 'page')
    },
    check(row, event) {
      const from = event.shiftKey ? rows.findIndex(({ key }) => key === anchor.current) : -1
      if (from === -1) toggle(row)
      else select(idsBetween(rows, from, rows.indexOf(row)), true)
      anchor.current = row.key
      onActive(row.key)
    },
    menu(row, opener, at) {
      onActive(row.key)
      setMenu({ row, anchor: opener, at })
    },
  }
  const latest = useRef(pressed)
  latest.current = pressed
  const events = useMemo<RowEvents>(
    () => ({
      focus: onActive,
      press: (row, event) => latest.current.press(row, event),
      check: (row, event) => latest.current.check(row, event),
      menu: (row, anchor, at) => latest.current.menu(row, anchor, at),
    }),
    [onActive],
  )

  useListKeys({
    next: () => moveTo(isInside(scroller.current) ? active + 1 : active),
    previous: () => moveTo(isInside(scroller.current) ? active - 1 : active),
    toggle: () => {
      const row = rows[active]
      if (row === undefined) return
      anchor.current = row.key
      toggle(row)
    },
    selectAll: () => select(allIdsOf(rows), true),
    leave: () => change(selected.size > 0 ? { selected: [] } : { hasPreview: false }),
  })

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
      if (shortcut === 'Enter' || shortcut === ' ') fold(row.key)
      else return
    } else if (shortcut === 'Enter') open(row, 'page')
    else if (shortcut === ' ') hasPreview && canPreview ? change({ hasPreview: false }) : open(row, 'preview')
    else if (shortcut === 'r') void actions.refresh(row.profile)
    else if (shortcut === 'c') void actions.copy(row.profile, 'token')
    else if (shortcut === 't') void actions.test(row.profile)
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  return (
    <div className={styles.scroller} ref={scroller}>
      <table
        className={`${styles.list} ${isCompact ? styles.compact : ''}`}
        aria-label="Service apps"
        aria-rowcount={rows.length + 1}
      >
        <ListHead rows={rows} selected={selected} onSelect={select} />
        <tbody style={{ height: tops.at(-1) }} onKeyDown={onKeyDown}>
          {rows.slice(from, to).map((row, offset) => {
            const index = from + offset
            const place = { index, start: tops[index] ?? 0, active: index === active, events }
            const share = shareSelected(idsOf(row), selected)
            return row.kind === 'group' ? (
              <GroupRow key={row.key} row={row} share={share} {...place} />
            ) : (
              <ProfileRow key={row.key} row={row} selected={share === 'all'} actions={actions} {...place} />
            )
          })}
        </tbody>
      </table>
      {rows.length === 0 && (
        <div className={styles.none}>
          <p>No matches</p>
          <Button onPress={onShowAll}>Show all</Button>
        </div>
      )}
      {menu !== null && <RowMenu {...menu} onClose={() => setMenu(null)} />}
    </div>
  )
}

function RowMenu({ row, ...menu }: OpenMenu & { readonly onClose: () => void }) {
  if (row.kind === 'profile') {
    const label = `More ${labelOf(row.profile, row.isNamesake)}`
    return <OpenProfileMenu {...menu} label={label} profile={row.profile} />
  }
  return (
    <Suspense fallback={null}>
      <GroupMenu {...menu} row={row} />
    </Suspense>
  )
}

/** Gives the focus to the active row, which may not be drawn yet when it is wanted. */
function useRowFocus(scroller: { readonly current: HTMLElement | null }, active: number) {
  const { focus } = useViewStateStore()
  const isWanted = useRef(false)
  const isReturn = useRef(focus.row !== null)
  useEffect(() => {
    // After another screen it goes to the row that had it, unless somebody took it elsewhere.
    if (isReturn.current && document.activeElement === document.body) isWanted.current = true
    isReturn.current = false
    if (!isWanted.current) return
    const row = scroller.current?.querySelector<HTMLElement>(`[data-index="${active}"]`)
    if (row == null) return
    isWanted.current = false
    row.focus({ preventScroll: true })
  })
  return () => {
    isWanted.current = true
  }
}

/** What another order of the rows begins with. */
const orderOf = ({ search, state, condition, sort, isDescending, grouping }: Partial<ListState>) =>
  [search, state, condition, sort, isDescending, grouping].join('\n')

const isInside = (element: HTMLElement | null) => element?.contains(document.activeElement) === true

/** Scrolls no further than a row needs to be seen whole, under the head. */
function bringInto(scroller: HTMLElement, start: number, height: number): void {
  const least = start + height + HEAD - scroller.clientHeight
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
