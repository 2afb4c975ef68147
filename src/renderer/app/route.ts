// Route: which screen is shown, kept in the address's fragment, so that links are real links.
import { useSyncExternalStore } from 'react'
import type { Place } from '#contract/contract.ts'

export type Route =
  | { readonly screen: 'overview' }
  | { readonly screen: 'problems' }
  /** `incident`: its key; the list shows only whom it affects. */
  | { readonly screen: 'service-apps'; readonly incident?: string }
  | { readonly screen: 'service-app'; readonly profileId: string }
  | { readonly screen: 'history' }
  /** `part`: where the focus goes. */
  | { readonly screen: 'settings'; readonly part?: 'proxy' | 'about' }

const INCIDENT = '#/service-apps?incident='
const PROXY = '#/settings?proxy'
const ABOUT = '#/settings?about'

export const hrefOf = (route: Route): string => {
  switch (route.screen) {
    case 'service-app':
      return `#/service-apps/${encodeURIComponent(route.profileId)}`
    case 'service-apps':
      return route.incident === undefined
        ? '#/service-apps'
        : `${INCIDENT}${encodeURIComponent(route.incident)}`
    case 'settings':
      return route.part === undefined ? '#/settings' : route.part === 'proxy' ? PROXY : ABOUT
    default:
      return `#/${route.screen}`
  }
}

export function routeOf(fragment: string): Route {
  if (fragment.startsWith(INCIDENT))
    return { screen: 'service-apps', incident: decoded(fragment.slice(INCIDENT.length)) }
  if (fragment === PROXY) return { screen: 'settings', part: 'proxy' }
  if (fragment === ABOUT) return { screen: 'settings', part: 'about' }
  const [screen, id] = fragment.replace(/^#\/?/, '').split('/')
  if (screen === 'overview' || screen === 'problems' || screen === 'history' || screen === 'settings')
    return { screen }
  if (screen === 'service-apps' && id !== undefined && id !== '') {
    return { screen: 'service-app', profileId: decoded(id) }
  }
  return { screen: 'service-apps' }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export function goTo(route: Route): void {
  window.location.hash = hrefOf(route)
}

/** The list has taken over whom to show, and says so itself. */
export function forgetIncident(): void {
  window.location.replace(hrefOf({ screen: 'service-apps' }))
}

/** To the screen before this one; from a service app that was opened first, to the list. */
export function goBack(): void {
  // It belongs to the screen that is left; the list gives the focus to the row that was opened.
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur()
  if (window.navigation.canGoBack) window.history.back()
  else if (routeOf(fragment()).screen === 'service-app') goTo({ screen: 'service-apps' })
}

/** Where main leads to. */
export function routeTo(place: Place): Route {
  switch (place.kind) {
    case 'list':
      return { screen: 'service-apps' }
    case 'problems':
      return { screen: 'problems' }
    case 'profile':
      return { screen: 'service-app', profileId: place.profileId }
    case 'about':
      return { screen: 'settings', part: 'about' }
  }
}

/** The way here did its work: it is not gone again by going back, and can be gone anew. */
export function forgetPart(): void {
  window.location.replace(hrefOf({ screen: 'settings' }))
}

const onFragment = (listener: () => void) => {
  window.addEventListener('hashchange', listener)
  return () => window.removeEventListener('hashchange', listener)
}
const fragment = () => window.location.hash

export function useRoute(): Route {
  return routeOf(useSyncExternalStore(onFragment, fragment))
}
