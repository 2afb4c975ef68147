// The left side: the token manager integration, the five screens, and what must always be seen (cloud, storage, clock).

import { useView } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { hrefOf, type Route, useRoute } from '#renderer/app/route.ts'
import { Button } from '#renderer/components/button.tsx'
import { Icon, type IconName } from '#renderer/components/icon.tsx'
import layout from '#renderer/components/layout.module.css'
import { plural } from '#renderer/features/shared/words.ts'
import { IntegrationCard } from './integration-card.tsx'
import styles from './navigation.module.css'
import { StandingSigns } from './standing-signs.tsx'

const links: readonly (readonly [Route, string, IconName])[] = [
  [{ screen: 'overview' }, 'Overview', 'overview'],
  [{ screen: 'problems' }, 'Problems', 'warning'],
  [{ screen: 'service-apps' }, 'Service apps', 'service-apps'],
  [{ screen: 'history' }, 'History', 'history'],
  [{ screen: 'settings' }, 'Settings', 'settings'],
]

/** What the keyboard reaches everything by. */
function Help() {
  const { open } = useDialogs()
  return (
    <div className={styles.help}>
      <Button kind="quiet" size={24} onPress={() => open({ kind: 'palette' })}>
        Commands <kbd>Ctrl K</kbd>
      </Button>
      <Button kind="quiet" size={24} onPress={() => open({ kind: 'keys' })}>
        Keys <kbd>?</kbd>
      </Button>
    </div>
  )
}

export function Navigation() {
  const { problems } = useView()
  const { screen } = useRoute()
  const here = screen === 'service-app' ? 'service-apps' : screen
  return (
    <nav className={styles.navigation} aria-label="Main">
      <IntegrationCard />
      <ul>
        {links.map(([route, words, icon]) => (
          <li key={route.screen}>
            <a
              href={hrefOf(route)}
              className={`${layout.link} ${styles.link}`}
              aria-current={here === route.screen ? 'page' : undefined}
              aria-description={
                route.screen === 'problems' && problems.count > 0
                  ? plural(problems.count, 'problem')
                  : undefined
              }
              draggable={false}
            >
              <Icon name={icon} size={1.25} />
              <span>{words}</span>
              {route.screen === 'problems' && problems.count > 0 && (
                <span className={styles.count} aria-hidden="true">
                  {problems.count.toLocaleString()}
                </span>
              )}
            </a>
          </li>
        ))}
      </ul>
      <Help />
      <StandingSigns />
    </nav>
  )
}
