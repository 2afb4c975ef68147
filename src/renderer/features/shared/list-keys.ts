// Keys of a screen's list that work wherever the focus is on that screen, fields, menus and dialogs aside.
import { useEffect, useRef } from 'react'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { isTypedInto, shortcutOf } from '#renderer/components/shortcut.ts'

interface ListCommands {
  next(): void
  previous(): void
  toggle(): void
  selectAll(): void
  /** Escape: the selection, or else the preview. */
  leave(): void
}

const commandOf: Readonly<Record<string, keyof ListCommands>> = {
  j: 'next',
  k: 'previous',
  x: 'toggle',
  'Ctrl+a': 'selectAll',
  Escape: 'leave',
}

export function useListKeys(commands: Partial<ListCommands>): void {
  const { current } = useDialogs()
  const latest = useRef(commands)
  latest.current = commands
  useEffect(() => {
    if (current !== null) return
    const onKey = (event: KeyboardEvent) => {
      const command = commandOf[shortcutOf(event)]
      const act = command === undefined ? undefined : latest.current[command]
      if (act === undefined || event.defaultPrevented || isTypedInto(event.target)) return
      event.preventDefault()
      act()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [current])
}
