// The history that is shown, as a file.
import { useRef } from 'react'
import type { Input } from '#contract/contract.ts'
import { useAsk, useToaster } from '#renderer/app/context.tsx'
import { MenuButton } from '#renderer/components/menu-button.tsx'
import { exportHistory } from './export-history.ts'
import type { AttemptFilter } from './history-filter.ts'

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
