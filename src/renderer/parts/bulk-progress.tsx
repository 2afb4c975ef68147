// How far a refresh of many has come: counted by the attempts that ended since it began.
import { useEffect } from 'react'
import { useView } from '../window-parts.tsx'

interface BulkProgressProps {
  readonly total: number
  /** Epoch ms. */
  readonly since: number
  readonly onDone: () => void
}

export function BulkProgress({ total, since, onDone }: BulkProgressProps) {
  const { fleet } = useView()
  const ended = fleet.profiles.filter(
    ({ last, state }) => state !== 'refreshing' && (last?.at ?? 0) >= since,
  ).length
  const done = Math.min(total, ended)
  useEffect(() => {
    if (done === total) onDone()
  }, [done, total, onDone])
  return (
    <div className="bulk">
      <progress max={total} value={done} aria-label="Refreshed" />
      <span className="quiet small figures">
        {done.toLocaleString()} of {total.toLocaleString()}
      </span>
    </div>
  )
}
