// A sentence that matters, with what can be done about it.
import type { ReactNode } from 'react'
import { Icon } from './icon.tsx'

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
    <div className={`notice ${level}`} role={alert ? 'alert' : undefined}>
      <Icon name={icons[level]} size={1.25} />
      <div className="notice-words selectable">
        {title !== undefined && <strong>{title}</strong>}
        <div>{children}</div>
      </div>
      {action !== undefined && <div className="notice-action">{action}</div>}
    </div>
  )
}
