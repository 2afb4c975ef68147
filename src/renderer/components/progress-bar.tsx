// How much of a known amount is done.
import styles from './progress-bar.module.css'

interface ProgressBarProps {
  /** Its accessible name. */
  readonly label: string
  readonly done: number
  readonly total: number
}

export function ProgressBar({ label, done, total }: ProgressBarProps) {
  return <progress className={styles.bar} max={total} value={done} aria-label={label} />
}
