// A menu at a button: native popover (top layer, closes on a click elsewhere), arrow keys, Home, End, type-ahead.
import { Fragment, type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react'
import { Button } from './button.tsx'
import { Icon, type IconName } from './icon.tsx'
import styles from './menu.module.css'
import { keyOf } from './shortcut.ts'
import { indexTyped, NOTHING_TYPED, typedWith } from './type-ahead.ts'

export interface MenuEntry {
  readonly words: string
  readonly icon?: IconName
  readonly act: () => void
  readonly danger?: boolean
  readonly separated?: boolean
  readonly disabled?: boolean
  /** Why it cannot be chosen now, or what it comes to, such as the date of "1 week"; behind its words. */
  readonly note?: string
  /** One of several choices, and whether it is the one. */
  readonly checked?: boolean
}

/** px, in the window. */
export interface Point {
  readonly x: number
  readonly y: number
}

interface MenuProps {
  readonly label: string
  /** It gets the focus back. */
  readonly anchor: HTMLElement
  /** Where the pointer opened it; otherwise it opens at the anchor. */
  readonly at?: Point | undefined
  readonly entries: readonly MenuEntry[]
  readonly onClose: () => void
}

const GAP = 4
const EDGE = 8

export function Menu({ label, anchor, at: point, entries, onClose }: MenuProps) {
  const menu = useRef<HTMLDivElement>(null)
  const close = useRef(onClose)
  close.current = onClose
  const typed = useRef(NOTHING_TYPED)

  useEffect(() => {
    const shown = menu.current
    if (shown === null) return
    const toggled = (event: ToggleEvent) => {
      if (event.newState === 'closed') close.current()
    }
    shown.showPopover()
    if (point === undefined) place(shown, anchor)
    else placeAt(shown, point)
    shown.querySelector('button')?.focus()
    shown.addEventListener('toggle', toggled)
    return () => {
      shown.removeEventListener('toggle', toggled)
      if (shown.contains(document.activeElement) || document.activeElement === document.body) anchor.focus()
    }
  }, [anchor, point])

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const items = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('button:not(:disabled)')]
    const at = items.findIndex((item) => item.matches(':focus'))
    if (event.key === 'Tab') return onClose()
    event.stopPropagation()
    const now = typedWith(event, typed.current)
    if (now !== null) {
      event.preventDefault()
      typed.current = now
    }
    const next = now === null ? itemBy(keyOf(event), at, items) : itemNamed(now.text, at, items)
    if (next === null) return
    event.preventDefault()
    next.focus()
  }

  return (
    <div
      ref={menu}
      popover="auto"
      className={styles.menu}
      role="menu"
      aria-label={label}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      onClick={(event) => event.stopPropagation()}
    >
      {entries.map((entry) => (
        <Fragment key={entry.words}>
          {entry.separated === true && <hr />}
          <Item entry={entry} onClose={onClose} />
        </Fragment>
      ))}
    </div>
  )
}

/** Its note describes it, and is no part of its name. */
function Item({ entry, onClose }: { readonly entry: MenuEntry; readonly onClose: () => void }) {
  const noteId = useId()
  const { note } = entry
  const item = (
    <button
      type="button"
      {...(entry.checked === undefined
        ? { role: 'menuitem' }
        : { role: 'menuitemcheckbox', 'aria-checked': entry.checked })}
      tabIndex={-1}
      className={entry.danger === true ? styles.danger : undefined}
      disabled={entry.disabled}
      aria-describedby={note === undefined ? undefined : noteId}
      onPointerMove={(event) => event.currentTarget.focus()}
      onClick={(event) => {
        event.stopPropagation()
        onClose()
        entry.act()
      }}
    >
      {entry.icon !== undefined && <Icon name={entry.icon} />}
      {entry.checked !== undefined && (
        <span className={styles.mark}>{entry.checked && <Icon name="check" />}</span>
      )}
      {entry.words}
    </button>
  )
  if (note === undefined) return item
  return (
    <div className={styles.noted}>
      {item}
      <span id={noteId} className="quiet small">
        {note}
      </span>
    </div>
  )
}

function itemBy(key: string, at: number, items: readonly HTMLButtonElement[]): HTMLButtonElement | null {
  switch (key) {
    case 'ArrowDown':
      return items[(at + 1) % items.length] ?? null
    case 'ArrowUp':
      return items[(at - 1 + items.length) % items.length] ?? null
    case 'Home':
      return items[0] ?? null
    case 'End':
      return items.at(-1) ?? null
    default:
      return null
  }
}

const itemNamed = (text: string, at: number, items: readonly HTMLButtonElement[]) => {
  const words = items.map((item) => item.textContent)
  return items[indexTyped(text, at, words)] ?? null
}

/** Below the anchor, its end and the menu's together; above it where there is no room. */
function place(menu: HTMLElement, anchor: HTMLElement): void {
  const at = anchor.getBoundingClientRect()
  const size = menu.getBoundingClientRect()
  const below = at.bottom + GAP + size.height + EDGE <= window.innerHeight
  const top = below ? at.bottom + GAP : Math.max(EDGE, at.top - GAP - size.height)
  const wanted = getComputedStyle(anchor).direction === 'rtl' ? at.left : at.right - size.width
  const left = Math.max(EDGE, Math.min(wanted, window.innerWidth - size.width - EDGE))
  menu.style.top = `${top}px`
  menu.style.left = `${left}px`
}

/** px. The pointer is over the menu, which its release would close otherwise. */
const UNDER_POINTER = 2

/** Its corner at the point; to the left of it or above where there is no room. */
function placeAt(menu: HTMLElement, { x, y }: Point): void {
  const { width, height } = menu.getBoundingClientRect()
  const from = (at: number, length: number, most: number) =>
    at + length + EDGE <= most ? at - UNDER_POINTER : Math.max(EDGE, at - length + UNDER_POINTER)
  menu.style.left = `${from(x, width, window.innerWidth)}px`
  menu.style.top = `${from(y, height, window.innerHeight)}px`
}

interface MenuButtonProps {
  readonly children: ReactNode
  /** The menu's accessible name. */
  readonly label: string
  readonly entries: readonly MenuEntry[]
  readonly icon: IconName
}

/** A button that opens a menu below itself. */
export function MenuButton({ children, label, entries, icon }: MenuButtonProps) {
  const button = useRef<HTMLButtonElement>(null)
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  return (
    <>
      <Button
        ref={button}
        icon={icon}
        expanded={anchor !== null}
        onPress={() => setAnchor(anchor === null ? button.current : null)}
      >
        {children}
      </Button>
      {anchor !== null && (
        <Menu label={label} anchor={anchor} entries={entries} onClose={() => setAnchor(null)} />
      )}
    </>
  )
}
