// Settings: the list of the sections, and the one that is shown.
import { type ComponentType, type KeyboardEvent, useEffect } from 'react'
import { hrefOf, SETTINGS_SECTIONS, type SettingsSection, useRoute } from '#renderer/app/route.ts'
import layout from '#renderer/components/layout.module.css'
import { sectionWords } from '#renderer/features/shared/words.ts'
import { AboutSection } from './about-section.tsx'
import { AppearanceSection } from './appearance-section.tsx'
import { CloudSection } from './cloud-section.tsx'
import { DataSection } from './data-section.tsx'
import { DeliverySection } from './delivery-section.tsx'
import { ManagersSection } from './managers-section.tsx'
import { NotificationsSection } from './notifications-section.tsx'
import { PolicySection } from './policy-section.tsx'
import { LastChange, SavingProvider } from './saving.tsx'
import { SecuritySection } from './security-section.tsx'
import styles from './settings-screen.module.css'
import { SharedVaultSection } from './shared-vault-section.tsx'

const sections: Readonly<Record<SettingsSection, ComponentType>> = {
  'token-managers': ManagersSection,
  security: SecuritySection,
  notifications: NotificationsSection,
  delivery: DeliverySection,
  data: DataSection,
  'shared-vault': SharedVaultSection,
  appearance: AppearanceSection,
  'refresh-policy': PolicySection,
  webex: CloudSection,
  about: AboutSection,
}

/** In local storage, since the window is closed while the app stays in the tray. */
const LAST_SEEN = 'settings-section'

function lastSeen(): SettingsSection {
  const stored = localStorage.getItem(LAST_SEEN)
  return SETTINGS_SECTIONS.find((one) => one === stored) ?? SETTINGS_SECTIONS[0]
}

export default function SettingsScreen() {
  const route = useRoute()
  const shown = (route.screen === 'settings' ? route.section : undefined) ?? lastSeen()
  const Section = sections[shown]
  useEffect(() => localStorage.setItem(LAST_SEEN, shown), [shown])
  return (
    <SavingProvider>
      <div className={layout.screen}>
        <header className={layout.header}>
          <h1>Settings</h1>
          <span className="spring" />
          <LastChange />
        </header>
        <div className={styles.columns}>
          <SectionList shown={shown} />
          <div className={styles.section} key={shown}>
            <h2>{sectionWords[shown]}</h2>
            <Section />
          </div>
        </div>
      </div>
    </SavingProvider>
  )
}

function SectionList({ shown }: { readonly shown: SettingsSection }) {
  return (
    <nav className={styles.sections} aria-label="Settings sections">
      <ul onKeyDown={moveByArrow}>
        {SETTINGS_SECTIONS.map((section) => (
          <li key={section}>
            <a
              href={hrefOf({ screen: 'settings', section })}
              className={layout.link}
              aria-current={section === shown ? 'page' : undefined}
              draggable={false}
            >
              {sectionWords[section]}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  )
}

const steps: Readonly<Record<string, number>> = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1 }

function moveByArrow(event: KeyboardEvent<HTMLUListElement>): void {
  const step = steps[event.key]
  if (step === undefined || event.altKey || event.ctrlKey || event.metaKey) return
  const links = [...event.currentTarget.querySelectorAll('a')]
  const next = links[links.findIndex((link) => link.matches(':focus')) + step]
  if (next === undefined) return
  event.preventDefault()
  next.focus()
}
