// Where the person is, kept in the address's fragment: links are real links, and main can open a profile by changing it.
import { useSyncExternalStore } from 'react'

export type Route =
  | { readonly screen: 'service-apps' }
  | { readonly screen: 'service-app'; readonly profileId: string }
  | { readonly screen: 'history' }
  | { readonly screen: 'settings' }

export const hrefOf = (route: Route): string => {
  switch (route.screen) {
    case 'service-app':
      return `#/service-apps/${encodeURIComponent(route.profileId)}`
    default:
      return `#/${route.screen}`
  }
}

export function routeOf(fragment: string): Route {
  const [screen, id] = fragment.replace(/^#\/?/, '').split('/')
  if (screen === 'history' || screen === 'settings') return { screen }
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

const onFragment = (listener: () => void) => {
  window.addEventListener('hashchange', listener)
  return () => window.removeEventListener('hashchange', listener)
}
const fragment = () => window.location.hash

export function useRoute(): Route {
  return routeOf(useSyncExternalStore(onFragment, fragment))
}
