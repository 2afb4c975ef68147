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
  /** Without a section: the one seen last. `part`: what opens in it. */
  | { readonly screen: 'settings'; readonly section?: SettingsSection; readonly part?: 'proxy' }

/** In the order of their list. */
export const SETTINGS_SECTIONS = [
  'token-managers',
  'security',
  'notifications',
  'delivery',
  'data',
  'shared-vault',
  'appearance',
  'refresh-policy',
  'webex',
  'about',
] as const
export type SettingsSection = (typeof SETTINGS_SECTIONS)[number]

const INCIDENT = '#/service-apps?incident='
const PROXY = '#/settings?proxy'
/** Of earlier versions. */
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
      if (route.part === 'proxy') return PROXY
      return route.section === undefined ? '#/settings' : `#/settings/${route.section}`
    default:
      return `#/${route.screen}`
  }
}

export function routeOf(fragment: string): Route {
  if (fragment.startsWith(INCIDENT))
    return { screen: 'service-apps', incident: decoded(fragment.slice(INCIDENT.length)) }
  if (fragment === PROXY) return { screen: 'settings', section: 'webex', part: 'proxy' }
  if (fragment === ABOUT) return { screen: 'settings', section: 'about' }
  const [screen, id] = fragment.replace(/^#\/?/, '').split('/')
  if (screen === 'settings') {
    const section = SETTINGS_SECTIONS.find((one) => one === id)
    return section === undefined ? { screen } : { screen, section }
  }
  if (screen === 'overview' || screen === 'problems' || screen === 'history') return { screen }
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

/** Also to the screen that is shown, as a link to it does. */
export function goTo(route: Route): void {
  window.location.assign(hrefOf(route))
}

/** The list has taken over whom to show, and says so itself. */
export function forgetIncident(): void {
  window.location.replace(hrefOf({ screen: 'service-apps' }))
}

/** To the screen before this one; from a service app that was opened first, to the list. */
export function goBack(): void {
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
      return { screen: 'settings', section: 'about' }
  }
}

/** What was to open is open: going back does not open it again, and the same link can be followed again. */
export function forgetPart(section: SettingsSection): void {
  window.location.replace(hrefOf({ screen: 'settings', section }))
}

const onNavigation = (listener: () => void) => {
  window.navigation.addEventListener('currententrychange', listener)
  return () => window.navigation.removeEventListener('currententrychange', listener)
}
const fragment = () => window.location.hash

export function useRoute(): Route {
  return routeOf(useSyncExternalStore(onNavigation, fragment))
}

/** Another one after each navigation, also after one to the screen that is shown. */
export function useHistoryEntry(): NavigationHistoryEntry | null {
  return useSyncExternalStore(onNavigation, () => window.navigation.currentEntry)
}
