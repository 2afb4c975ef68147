// Snooze: nothing is heard of a problem for a while, unless it gets worse.
import { useRef, useState } from 'react'
import type { Incident } from '#contract/contract.ts'
import { useAsk, useTicker, useToaster } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { Menu, type MenuEntry } from '#renderer/components/menu.tsx'
import { midnight } from '#renderer/features/shared/axis.ts'
import { useMoments } from '#renderer/features/shared/moments.ts'

const DAY = 24 * 3_600_000

/** Each with what it comes to at a moment. */
const CHOICES: readonly (readonly [string, (now: number) => number])[] = [
  ['1 day', (now) => now + DAY],
  ['3 days', (now) => now + 3 * DAY],
  ['1 week', (now) => now + 7 * DAY],
  ['Next Monday', (now) => midnight(now, (8 - new Date(now).getDay()) % 7 || 7)],
]

interface SnoozeProps {
  readonly incident: Incident
  readonly describedBy: string
}

export function SnoozeButton({ incident, describedBy }: SnoozeProps) {
  const button = useRef<HTMLButtonElement>(null)
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const { open } = useDialogs()
  const ticker = useTicker()
  const moments = useMoments()
  const snooze = useSnooze(incident.key)
  if (incident.snoozedUntil !== undefined)
    return (
      <Button size={28} describedBy={describedBy} onPress={() => void snooze(null)}>
        End snooze
      </Button>
    )
  const entries: readonly MenuEntry[] = [
    ...CHOICES.map(([words, untilOf]): MenuEntry => {
      const until = untilOf(ticker.now())
      const note = `${moments.weekday(until)}, ${moments.dayWords(until)}`
      return { words, note, icon: 'history', act: () => void snooze(until) }
    }),
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
