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
  const focus = () => {
    const field = document.querySelector<HTMLInputElement>('input[type="search"]')
    field?.focus()
    // What is typed next takes the place of what was searched for before.
    field?.select()
  }
  if (isList()) {
    focus()
    return
  }
  goTo({ screen: 'service-apps' })
  requestAnimationFrame(focus)
}
