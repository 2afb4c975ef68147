// The window: the storage screen while the vault is closed, otherwise navigation, banners and the screen asked for.
import { type JSX, lazy, Suspense, useEffect, useRef, useState } from 'react'
import type { AppView, SettingsView } from '#contract/contract.ts'
import { DialogHost } from '#renderer/components/dialog.tsx'
import { ServiceAppsScreen } from '#renderer/features/service-apps/service-apps-screen.tsx'
import { Announcer } from '#renderer/features/shell/announcer.tsx'
import { Keys } from '#renderer/features/shell/keys.tsx'
import { Navigation } from '#renderer/features/shell/navigation.tsx'
import { Toasts } from '#renderer/features/shell/toasts.tsx'
import { LockScreen } from '#renderer/features/vault/lock-screen.tsx'
import { StorageScreen } from '#renderer/features/vault/storage-screen.tsx'
import styles from './app.module.css'
import { useMaybeView, useView } from './context.tsx'
import { DialogsProvider, useDialogs } from './dialog-context.tsx'
import { OpenDialog } from './dialogs.tsx'
import { goTo, type Route, routeTo, useRoute } from './route.ts'

const OverviewScreen = lazy(() => import('#renderer/features/overview/overview-screen.tsx'))
const ProblemsScreen = lazy(() => import('#renderer/features/problems/problems-screen.tsx'))
const ServiceAppScreen = lazy(() => import('#renderer/features/service-app/service-app-screen.tsx'))
const HistoryScreen = lazy(() => import('#renderer/features/history/history-screen.tsx'))
const SettingsScreen = lazy(() => import('#renderer/features/settings/settings-screen.tsx'))

export function App() {
  const view = useMaybeView()
  useTheme(view?.settings.theme ?? 'system')
  useAskedPage(view?.goTo ?? null)
  // Nothing is drawn before the first view: it comes within milliseconds, and a spinner would only flicker.
  if (view === null) return null
  if (view.storage.level === 'closed') return <StorageScreen storage={view.storage} />
  if (view.locked) return <LockScreen />
  return (
    <DialogsProvider>
      <div className={styles.window}>
        <Navigation />
        <main>
          <Screen />
        </main>
      </div>
      <DialogHost>
        <OpenDialog />
        <Toasts />
      </DialogHost>
      <WaitingConnect />
      <Keys />
      <Announcer />
    </DialogsProvider>
  )
}

function Screen() {
  const route = useRoute()
  return <Suspense fallback={null}>{screenOf(route)}</Suspense>
}

function screenOf(route: Route): JSX.Element {
  switch (route.screen) {
    case 'overview':
      return <OverviewScreen />
    case 'problems':
      return <ProblemsScreen />
    case 'service-apps':
      return <ServiceAppsScreen />
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

/** A window opened again while the browser is still waiting shows that wait; later waits have their dialog already. */
function WaitingConnect() {
  const { connect } = useView()
  const { open } = useDialogs()
  const [atStart] = useState(connect.kind === 'waiting')
  useEffect(() => {
    if (atStart) open({ kind: 'connect', managerId: null })
  }, [atStart, open])
  return null
}

const dark = window.matchMedia.bind(window, '(prefers-color-scheme: dark)')
const contrast = window.matchMedia.bind(window, '(prefers-contrast: more)')

function classesOf(theme: SettingsView['theme'], isDark: boolean, isContrast: boolean): readonly string[] {
  const darkNow = theme === 'dark' || (theme !== 'light' && isDark)
  const contrastNow = theme === 'contrast' || (theme === 'system' && isContrast)
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
    const queries = [dark(), contrast()]
    const dress = () => {
      root.className = [
        'mds-typography mds-elevation',
        ...classesOf(theme, dark().matches, contrast().matches),
      ].join(' ')
    }
    dress()
    for (const query of queries) query.addEventListener('change', dress)
    return () => {
      for (const query of queries) query.removeEventListener('change', dress)
    }
  }, [theme])
}
