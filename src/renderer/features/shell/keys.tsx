// Keyboard shortcuts: Ctrl/Cmd+K, Ctrl/Cmd+1 to 5, /, N, ?, Escape, Alt+Left. A key typed into a field belongs to the field.
import { useEffect } from 'react'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { goBack, goTo, routeOf } from '#renderer/app/route.ts'
import { isTypedInto, shortcutOf } from '#renderer/components/shortcut.ts'

export function Keys() {
  const { current, open } = useDialogs()
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (current !== null || event.defaultPrevented) return
      const shortcut = shortcutOf(event)
      const screen = SCREENS[Number(/^Ctrl\+(\d)$/.exec(shortcut)?.[1]) - 1]
      if (shortcut === 'Ctrl+k') open({ kind: 'palette' })
      else if (screen !== undefined) goTo({ screen })
      else if (isTypedInto(event.target)) return
      else if (shortcut === 'Alt+ArrowLeft') goBack()
      else if (shortcut === 'Escape' && !isList()) goBack()
      else if (shortcut === '?') open({ kind: 'keys' })
      else if (shortcut === '/') focusSearch()
      else if (shortcut === 'n') open({ kind: 'add', likeProfileId: null })
      else return
      event.preventDefault()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [current, open])
  return null
}

/** As in the navigation. */
const SCREENS = ['overview', 'problems', 'service-apps', 'history', 'settings'] as const

const isList = () => routeOf(window.location.hash).screen === 'service-apps'

function focusSearch(): void {
  const focus = () => document.querySelector<HTMLInputElement>('input[type="search"]')?.focus()
  if (isList()) {
    focus()
    return
  }
  // The list is drawn after the change of screen, which may be later than the next frame.
  window.addEventListener('hashchange', () => requestAnimationFrame(focus), { once: true })
  goTo({ screen: 'service-apps' })
}
