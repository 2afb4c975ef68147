// Keyboard shortcuts: Ctrl/Cmd+K, Ctrl/Cmd+1 to 5, /, N, ?, Escape, Alt+Left, and R, C, T on the page of a service app.
// A key typed into a field belongs to the field.
import { useEffect } from 'react'
import type { ProfileView } from '#contract/contract.ts'
import { useViewNow } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { goBack, goTo, routeOf } from '#renderer/app/route.ts'
import { isTypedInto, shortcutOf } from '#renderer/components/shortcut.ts'
import { type Actions, useActions } from '#renderer/features/shared/actions.tsx'

export function Keys() {
  const { current, open } = useDialogs()
  const viewNow = useViewNow()
  const actions = useActions()
  useEffect(() => {
    const pageKey = (shortcut: string): boolean => {
      const route = routeOf(window.location.hash)
      if (route.screen !== 'service-app') return false
      const profile = viewNow()?.fleet.profiles.find(({ id }) => id === route.profileId)
      const act = pageKeys[shortcut]
      if (profile === undefined || act === undefined) return false
      act(actions, profile)
      return true
    }
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
      else if (!pageKey(shortcut)) return
      event.preventDefault()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [current, open, viewNow, actions])
  return null
}

/** On the page of one service app; the same on its row of the list. */
const pageKeys: Readonly<Record<string, (actions: Actions, profile: ProfileView) => unknown>> = {
  r: (actions, profile) => actions.refresh(profile),
  c: (actions, profile) => actions.copy(profile, 'token'),
  t: (actions, profile) => actions.test(profile),
}

/** As in the navigation. */
const SCREENS = ['overview', 'problems', 'service-apps', 'history', 'settings'] as const

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
