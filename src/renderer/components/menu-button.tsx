// A button that opens a menu below itself.
import { type ReactNode, useRef, useState } from 'react'
import { Button } from './button.tsx'
import type { IconName } from './icon-paths.ts'
import { Menu, type MenuEntry } from './menu.tsx'

interface MenuButtonProps {
  readonly children: ReactNode
  /** The menu's accessible name. */
  readonly label: string
  readonly entries: readonly MenuEntry[]
  readonly icon: IconName
}

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
