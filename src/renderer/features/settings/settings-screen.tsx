// Settings: each is saved as soon as it is chosen; a text by its own button.

import layout from '#renderer/components/layout.module.css'
import { AboutSection } from './about-section.tsx'
import { CloudSection } from './cloud-section.tsx'
import { DataSection } from './data-section.tsx'
import { ClipboardSection, StartSection } from './desktop-sections.tsx'
import { CommandLineSection, EndpointSection } from './endpoint-section.tsx'
import { ManagersSection } from './managers-section.tsx'
import { NotificationsSection } from './notifications-section.tsx'
import { PolicySection } from './policy-section.tsx'
import { SecuritySection } from './security-section.tsx'
import styles from './settings-screen.module.css'

export default function SettingsScreen() {
  return (
    <div className={layout.screen}>
      <header className={layout.header}>
        <h1>Settings</h1>
      </header>
      <div className={`${layout.body} ${styles.body}`}>
        <PolicySection />
        <NotificationsSection />
        <EndpointSection />
        <CommandLineSection />
        <ClipboardSection />
        <CloudSection />
        <ManagersSection />
        <StartSection />
        <SecuritySection />
        <DataSection />
        <AboutSection />
      </div>
    </div>
  )
}
