// The window: the storage screen while the vault is closed, otherwise navigation, banners and the screen asked for.
import { type JSX, lazy, Suspense, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { AppView, FleetView, SettingsView } from '#contract/contract.ts'
import { DialogHost } from '#renderer/components/dialog.tsx'
import { ServiceAppsScreen } from '#renderer/features/service-apps/service-apps-screen.tsx'
import { Announcer } from '#renderer/features/shell/announcer.tsx'
import { Keys } from '#renderer/features/shell/keys.tsx'
import { Navigation } from '#renderer/features/shell/navigation.tsx'
import { Toasts } from '#renderer/features/shell/toasts.tsx'
import { LockScreen } from '#renderer/features/vault/lock-screen.tsx'
import { StorageScreen } from '#renderer/features/vault/storage-screen.tsx'
import styles from './app.module.css'
import { Arrival, Departure } from './arrival.tsx'
import { useMaybeView, useView, useViewStateStore } from './context.tsx'
import { DialogsProvider, useDialogs } from './dialog-context.tsx'
import { OpenDialog } from './dialogs.tsx'
import { goTo, hrefOf, type Route, routeOf, routeTo, useHistoryEntry, useRoute } from './route.ts'

const FocusTooltip = lazy(() => import('#renderer/features/shell/focus-tooltip.tsx'))
const OverviewScreen = lazy(() => import('#renderer/features/overview/overview-screen.tsx'))
const ProblemsScreen = lazy(() => import('#renderer/features/problems/problems-screen.tsx'))
const ServiceAppScreen = lazy(() => import('#renderer/features/service-app/service-app-screen.tsx'))
const HistoryScreen = lazy(() => import('#renderer/features/history/history-screen.tsx'))
const SettingsScreen = lazy(() => import('#renderer/features/settings/settings-screen.tsx'))

export function App() {
  const view = useMaybeView()
  useTheme(view?.settings.theme ?? 'system')
  useAskedPage(view?.goTo ?? null)
  const isRecalled = useRecalled(view !== null && !view.locked)
  // Nothing is drawn before the first view: it comes within milliseconds, and a spinner would only flicker.
  if (view === null) return null
  if (view.storage.level === 'closed') return <StorageScreen storage={view.storage} />
  if (view.locked) return <LockScreen />
  if (!isRecalled) return null
  return (
    <DialogsProvider>
      <DialogHost>
        <div className={styles.window}>
          <Navigation />
          <Screen />
          <Toasts />
        </div>
        <OpenDialog />
      </DialogHost>
      <WaitingConnect />
      <Keys />
      <Suspense fallback={null}>
        <FocusTooltip />
      </Suspense>
      <Announcer />
    </DialogsProvider>
  )
}

/** Whether it is known where the window was left. */
function useRecalled(isUnlocked: boolean): boolean {
  const store = useViewStateStore()
  // Not the state itself: the whole window would be drawn again with each letter of a search.
  const isKnown = useSyncExternalStore(store.subscribe, () => store.get() !== null)
  useEffect(() => {
    if (isUnlocked) store.recall()
  }, [isUnlocked, store])
  return isKnown
}

/** Below this many the list alone shows everything. */
const MANY_CUSTOMERS = 10

function hasManyCustomers({ profiles }: FleetView): boolean {
  const orgs = new Set<string>()
  for (const { targetOrgId } of profiles) if (orgs.add(targetOrgId).size >= MANY_CUSTOMERS) return true
  return false
}

/** Begins on the screen that was left, and notes which one is shown. */
function useRouteAsLeft(): Route {
  const { fleet } = useView()
  const store = useViewStateStore()
  useState(() => {
    const left = store.get()?.route ?? ''
    if (window.location.hash !== '' || left === '' || !hasManyCustomers(fleet)) return
    window.history.replaceState(null, '', hrefOf(routeOf(left)))
  })
  const route = useRoute()
  const fragment = hrefOf(route)
  useEffect(() => store.showed(fragment), [store, fragment])
  return route
}

function Screen() {
  const route = useRouteAsLeft()
  const entry = useHistoryEntry()
  const navigation = { main: useRef<HTMLElement>(null), isAwaited: useRef(false), route }
  return (
    <main ref={navigation.main} tabIndex={-1}>
      <Departure {...navigation} />
      <Suspense fallback={null}>
        {screenOf(route)}
        <Arrival key={entry?.id} {...navigation} />
      </Suspense>
    </main>
  )
}

function screenOf(route: Route): JSX.Element {
  switch (route.screen) {
    case 'overview':
      return <OverviewScreen />
    case 'problems':
      return <ProblemsScreen />
    case 'service-apps':
      return <ServiceAppsScreen asked={route.incident ?? null} />
    case 'service-app':
      return <ServiceAppScreen key={route.profileId} profileId={route.profileId} />
    case 'history':
      return <HistoryScreen />
    case 'settings':
      return <SettingsScreen />
  }
}

/** Main asked for a page, from a notification or the tray: it is followed once, also when the window is locked since. */
function useAskedPage(wanted: AppView['goTo']): void {
  const followed = useRef(0)
  useEffect(() => {
    if (wanted === null || wanted.sequence === followed.current) return
    followed.current = wanted.sequence
    goTo(routeTo(wanted.place))
  }, [wanted])
}

/**
 * A window opened again while the browser is still waiting shows that wait; later waits have their dialog already. One of
 * the command line is no affair of this window.
 */
function WaitingConnect() {
  const { connect } = useView()
  const { open } = useDialogs()
  const [atStart] = useState(connect.kind === 'waiting' && connect.problem !== 'command-line')
  useEffect(() => {
    if (atStart) open({ kind: 'connect', managerId: null })
  }, [atStart, open])
  return null
}

const dark = window.matchMedia.bind(window, '(prefers-color-scheme: dark)')
const contrast = window.matchMedia.bind(window, '(prefers-contrast: more)')
/** The system's few colours replace those of any theme. */
const forced = window.matchMedia.bind(window, '(forced-colors: active)')

function classesOf(theme: SettingsView['theme']): readonly string[] {
  const darkNow = theme === 'dark' || (theme !== 'light' && dark().matches)
  const isAsked = theme === 'contrast' || (theme === 'system' && contrast().matches)
  const contrastNow = isAsked && !forced().matches
  const tokens = contrastNow
    ? darkNow
      ? 'mds-theme-stable-hcDarkWebex'
      : 'mds-theme-stable-hcLightWebex'
    : darkNow
      ? 'mds-theme-stable-darkWebex'
      : 'mds-theme-stable-lightWebex'
  return [tokens, ...(darkNow ? ['dark'] : []), ...(contrastNow ? ['contrast'] : [])]
}

function useTheme(theme: SettingsView['theme']): void {
  useEffect(() => {
    const root = document.documentElement
    const queries = [dark(), contrast(), forced()]
    const dress = () => {
      root.className = ['mds-typography mds-elevation', ...classesOf(theme)].join(' ')
    }
    dress()
    for (const query of queries) query.addEventListener('change', dress)
    return () => {
      for (const query of queries) query.removeEventListener('change', dress)
    }
  }, [theme])
}
