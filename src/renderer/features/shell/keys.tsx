// Keyboard shortcuts: Ctrl/Cmd+K, /, N. A key typed into a field belongs to the field.
import { useEffect } from 'react'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { goTo, routeOf } from '#renderer/app/route.ts'

export function Keys() {
  const { current, open } = useDialogs()
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (current !== null || event.defaultPrevented) return
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') open({ kind: 'palette' })
      else if (event.ctrlKey || event.metaKey || event.altKey || isField(event.target)) return
      else if (event.key === '/') focusSearch()
      else if (event.key.toLowerCase() === 'n') open({ kind: 'add', likeProfileId: null })
      else return
      event.preventDefault()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [current, open])
  return null
}

const isField = (target: EventTarget | null) =>
  target instanceof HTMLInputElement ||
  target instanceof HTMLSelectElement ||
  target instanceof HTMLTextAreaElement ||
  (target instanceof HTMLElement && target.closest('[role="menu"]') !== null)

function focusSearch(): void {
  const focus = () => document.querySelector<HTMLInputElement>('input[type="search"]')?.focus()
  if (routeOf(window.location.hash).screen === 'service-apps') {
    focus()
    return
  }
  // The list is drawn after the change of screen, which may be later than the next frame.
  window.addEventListener('hashchange', () => requestAnimationFrame(focus), { once: true })
  goTo({ screen: 'service-apps' })
}
