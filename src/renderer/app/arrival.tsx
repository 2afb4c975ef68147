// After each navigation, by link, key, command or message, the focus is in the screen that is shown, so that the next
// key presses nothing that stood elsewhere.
import { type RefObject, useEffect, useRef } from 'react'
import { type Route, useHistoryEntry } from './route.ts'

interface NavigationProps {
  readonly main: RefObject<HTMLElement | null>
  /** Whether the screen that was navigated to has not been drawn yet. */
  readonly isAwaited: RefObject<boolean>
  readonly route: Route
}

/** Drawn before the screen: its effect follows that of a dialog that closes, and precedes those of the screen. */
export function Departure({ main, isAwaited, route }: NavigationProps) {
  const entry = useHistoryEntry()
  const left = useRef({ entry, route })
  useEffect(() => {
    const from = left.current
    left.current = { entry, route }
    if (from.entry === entry) return
    const focused = document.activeElement
    // A link in the screen that leads here and is still there, such as a section in the list of the settings.
    if (focused?.matches('main a[aria-current="page"]')) return
    isAwaited.current = true
    const isUp = from.route.screen === 'service-app' && route.screen === 'service-apps'
    const isBack = (entry?.index ?? 0) < (from.entry?.index ?? 0)
    // A list gives the focus to the row that had it, if nothing else has it.
    if ((isUp || isBack) && focused instanceof HTMLElement) focused.blur()
    else main.current?.focus()
  }, [entry, route, main, isAwaited])
  return null
}

/** Drawn after the screen, once its code is loaded. The screen itself may have given the focus to something. */
export function Arrival({ main, isAwaited, route }: NavigationProps) {
  const heading = route.screen === 'settings' && route.section !== undefined ? 'h2' : 'h1'
  useEffect(() => {
    if (!isAwaited.current) return
    isAwaited.current = false
    const focused = document.activeElement
    if (focused !== main.current && focused !== document.body) return
    const title = main.current?.querySelector<HTMLElement>(heading)
    if (title == null) return main.current?.focus()
    title.tabIndex = -1
    title.focus()
  }, [heading, main, isAwaited])
  return null
}
