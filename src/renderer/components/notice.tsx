// A sentence that matters, with what can be done about it.
import type { ReactNode } from 'react'
import { Icon } from './icon.tsx'
import styles from './notice.module.css'

interface NoticeProps {
  readonly level: 'information' | 'success' | 'warning' | 'critical'
  readonly title?: string
  readonly children: ReactNode
  readonly action?: ReactNode
  readonly alert?: boolean
}

const icons = {
  information: 'information',
  success: 'good',
  warning: 'warning',
  critical: 'critical',
} as const

export function Notice({ level, title, children, action, alert = false }: NoticeProps) {
  return (
    <div className={styles.notice} data-level={level} role={alert ? 'alert' : undefined}>
      <Icon name={icons[level]} size={1.25} />
      <div className={`${styles.words} selectable`}>
        {title !== undefined && <strong>{title}</strong>}
        <div>{children}</div>
      </div>
      {action !== undefined && <div className={styles.action}>{action}</div>}
    </div>
  )
}

/** Why something did not work; nothing while there is no reason. */
export function Refusal({ children }: { readonly children: string | null }) {
  if (children === null) return null
  return (
    <Notice level="critical" alert>
      {children}
    </Notice>
  )
}
