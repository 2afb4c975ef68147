// How far a refresh of many has come, counted by the attempts that ended since it began; and the way out of it.
import { useEffect, useState } from 'react'
import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import type { BulkRefresh } from '#renderer/app/toaster.ts'
import { Button } from '#renderer/components/button.tsx'

interface BulkProgressProps {
  readonly refresh: BulkRefresh
  readonly onDone: () => void
}

export function BulkProgress({ refresh, onDone }: BulkProgressProps) {
  const { total, since, cancelable } = refresh
  const { fleet } = useView()
  const ask = useAsk()
  const toaster = useToaster()
  const [canceling, setCanceling] = useState(false)
  const ended = fleet.profiles.filter(
    ({ last, state }) => state !== 'refreshing' && (last?.at ?? 0) >= since,
  ).length
  const done = Math.min(total, ended)
  useEffect(() => {
    if (done === total) onDone()
  }, [done, total, onDone])

  const cancel = async () => {
    setCanceling(true)
    const reply = await ask('fleet.cancel-refresh', {})
    setCanceling(false)
    if (!reply.ok) return toaster.say({ level: 'critical', text: reply.error.message })
    onDone()
    toaster.say({
      level: 'information',
      text: `Canceled after ${done.toLocaleString()} of ${total.toLocaleString()}. What was under way still ends; the rest keep their planned time.`,
    })
  }

  return (
    <div className="bulk">
      <progress max={total} value={done} aria-label="Refreshed" />
      <span className="quiet small figures">
        {done.toLocaleString()} of {total.toLocaleString()}
      </span>
      {cancelable && (
        <Button size={24} disabled={canceling} onPress={() => void cancel()}>
          Cancel
        </Button>
      )}
    </div>
  )
}
