// Export of the history, as it is filtered, to a file.
import { useRef } from 'react'
import type { Input } from '#contract/contract.ts'
import { type Ask, useAsk, useToaster } from '#renderer/app/context.tsx'
import type { Toaster } from '#renderer/app/toaster.ts'
import { MenuButton } from '#renderer/components/menu.tsx'
import { plural } from '#renderer/features/shared/words.ts'
import type { AttemptFilter } from './history-filter.ts'

/** Says where it went; nothing when the person chose no file. */
export async function exportHistory(
  { ask, toaster }: { readonly ask: Ask; readonly toaster: Toaster },
  format: Input<'history.export'>['format'],
  filter: AttemptFilter,
): Promise<void> {
  const reply = await ask('history.export', { ...filter, format })
  if (!reply.ok) return toaster.say({ level: 'critical', text: reply.error.message })
  if (reply.value === null) return
  const { attempts, path } = reply.value
  toaster.say({ level: 'success', text: `${plural(attempts, 'attempt')} written to ${path}` })
}

export function ExportMenu({ filter }: { readonly filter: AttemptFilter }) {
  const ask = useAsk()
  const toaster = useToaster()
  // Not disabled meanwhile: a disabled button loses the focus.
  const busy = useRef(false)
  const start = async (format: Input<'history.export'>['format']) => {
    if (busy.current) return
    busy.current = true
    await exportHistory({ ask, toaster }, format, filter)
    busy.current = false
  }
  return (
    <MenuButton
      icon="export"
      label="Export the history"
      entries={[
        { words: 'CSV', icon: 'table', act: () => void start('csv') },
        { words: 'JSON', icon: 'code', act: () => void start('json') },
      ]}
    >
      Export
    </MenuButton>
  )
}
