// Row list: what each thing is, below that what is known about it, and beside it what can be done with it.
import type { ReactNode } from 'react'
import styles from './row-list.module.css'

interface RowListProps {
  /** Its accessible name, where no heading names it. */
  readonly label?: string
  readonly className?: string | undefined
  readonly children: ReactNode
}

export function RowList({ label, className, children }: RowListProps) {
  return (
    <ul className={className === undefined ? styles.rows : `${styles.rows} ${className}`} aria-label={label}>
      {children}
    </ul>
  )
}

interface RowProps {
  readonly title: ReactNode
  /** Each a line of its own. */
  readonly words: ReactNode
  readonly children?: ReactNode
}

export function Row({ title, words, children }: RowProps) {
  return (
    <li>
      <div className={styles.words}>
        <strong>{title}</strong>
        {words}
      </div>
      {children}
    </li>
  )
}
