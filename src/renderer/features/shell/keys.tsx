// Keyboard shortcuts: Ctrl/Cmd+K, /, N, ?, Escape, Alt+Left. A key typed into a field belongs to the field.
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
      if (shortcut === 'Ctrl+k') open({ kind: 'palette' })
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
