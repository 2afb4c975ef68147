// A menu at a button: native popover (top layer, closes on a click elsewhere), arrow keys, Home, End, first letters.
import { Fragment, type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import { Button } from './button.tsx'
import { Icon, type IconName } from './icon.tsx'
import styles from './menu.module.css'

export interface MenuEntry {
  readonly words: string
  readonly icon: IconName
  readonly act: () => void
  readonly danger?: boolean
  readonly separated?: boolean
  readonly disabled?: boolean
}

interface MenuProps {
  readonly label: string
  readonly anchor: HTMLElement
  readonly entries: readonly MenuEntry[]
  readonly onClose: () => void
}

const GAP = 4
const EDGE = 8

export function Menu({ label, anchor, entries, onClose }: MenuProps) {
  const menu = useRef<HTMLDivElement>(null)
  const close = useRef(onClose)
  close.current = onClose

  useEffect(() => {
    const shown = menu.current
    if (shown === null) return
    const toggled = (event: ToggleEvent) => {
      if (event.newState === 'closed') close.current()
    }
    shown.showPopover()
    place(shown, anchor)
    shown.querySelector('button')?.focus()
    shown.addEventListener('toggle', toggled)
    return () => {
      shown.removeEventListener('toggle', toggled)
      if (shown.contains(document.activeElement) || document.activeElement === document.body) anchor.focus()
    }
  }, [anchor])

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const items = [...event.currentTarget.querySelectorAll<HTMLButtonElement>('button:not(:disabled)')]
    const at = items.findIndex((item) => item.matches(':focus'))
    const next = nextItem(event.key, at, items)
    if (event.key === 'Tab') return onClose()
    event.stopPropagation()
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
          <button
            type="button"
            role="menuitem"
            tabIndex={-1}
            className={entry.danger === true ? styles.danger : undefined}
            disabled={entry.disabled}
            onClick={(event) => {
              event.stopPropagation()
              onClose()
              entry.act()
            }}
          >
            <Icon name={entry.icon} />
            {entry.words}
          </button>
        </Fragment>
      ))}
    </div>
  )
}

function nextItem(key: string, at: number, items: readonly HTMLButtonElement[]): HTMLButtonElement | null {
  switch (key) {
    case 'ArrowDown':
      return items[(at + 1) % items.length] ?? null
    case 'ArrowUp':
      return items[(at - 1 + items.length) % items.length] ?? null
    case 'Home':
      return items[0] ?? null
    case 'End':
      return items.at(-1) ?? null
    default: {
      if (key.length !== 1 || key === ' ') return null
      const order = [...items.slice(at + 1), ...items.slice(0, at + 1)]
      return order.find((item) => item.textContent?.toLowerCase().startsWith(key.toLowerCase())) ?? null
    }
  }
}

/** Below the anchor, right edges together; above it where there is no room. */
function place(menu: HTMLElement, anchor: HTMLElement): void {
  const at = anchor.getBoundingClientRect()
  const size = menu.getBoundingClientRect()
  const below = at.bottom + GAP + size.height + EDGE <= window.innerHeight
  const top = below ? at.bottom + GAP : Math.max(EDGE, at.top - GAP - size.height)
  const left = Math.max(EDGE, Math.min(at.right - size.width, window.innerWidth - size.width - EDGE))
  menu.style.top = `${top}px`
  menu.style.left = `${left}px`
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
  const place = useRef<HTMLSpanElement>(null)
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const toggle = () =>
    setAnchor(anchor === null ? (place.current?.querySelector<HTMLElement>('mdc-button') ?? null) : null)
  return (
    <span ref={place}>
      <Button icon={icon} expanded={anchor !== null} onPress={toggle}>
        {children}
      </Button>
      {anchor !== null && (
        <Menu label={label} anchor={anchor} entries={entries} onClose={() => setAnchor(null)} />
      )}
    </span>
  )
}
