// Snooze: nothing is heard of a problem for a while, unless it gets worse.
import { useRef, useState } from 'react'
import type { Incident } from '#contract/contract.ts'
import { useAsk, useTicker, useToaster } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { Menu, type MenuEntry } from '#renderer/components/menu.tsx'
import { useMoments } from '#renderer/features/shared/moments.ts'

const DAY = 24 * 3_600_000

const CHOICES = [
  ['1 day', 1],
  ['3 days', 3],
  ['1 week', 7],
] as const

interface SnoozeProps {
  readonly incident: Incident
  readonly describedBy: string
}

export function SnoozeButton({ incident, describedBy }: SnoozeProps) {
  const button = useRef<HTMLButtonElement>(null)
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const { open } = useDialogs()
  const ticker = useTicker()
  const snooze = useSnooze(incident.key)
  if (incident.snoozedUntil !== undefined)
    return (
      <Button size={28} describedBy={describedBy} onPress={() => void snooze(null)}>
        End snooze
      </Button>
    )
  const entries: readonly MenuEntry[] = [
    ...CHOICES.map(
      ([words, days]): MenuEntry => ({
        words,
        icon: 'history',
        act: () => void snooze(ticker.now() + days * DAY),
      }),
    ),
    {
      words: 'A date…',
      icon: 'edit',
      act: () => open({ kind: 'snooze', key: incident.key }),
      separated: true,
    },
  ]
  return (
    <>
      <Button
        ref={button}
        size={28}
        describedBy={describedBy}
        expanded={anchor !== null}
        onPress={() => setAnchor(anchor === null ? button.current : null)}
      >
        Snooze until …
      </Button>
      {anchor !== null && (
        <Menu label="Snooze until …" anchor={anchor} entries={entries} onClose={() => setAnchor(null)} />
      )}
    </>
  )
}

/** null ends the snooze. Answers why not, where it was refused. */
export function useSnooze(key: string): (until: number | null) => Promise<string | null> {
  const ask = useAsk()
  const toaster = useToaster()
  const moments = useMoments()
  const ticker = useTicker()
  return async (until) => {
    const reply = await ask('problem.snooze', { key, until })
    toaster.tell(
      reply,
      until === null ? 'Snooze ended.' : `Snoozed until ${moments.dateOf(until, ticker.now())}.`,
    )
    return reply.ok ? null : reply.error.message
  }
}
