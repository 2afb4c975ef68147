// The history that is shown, as a file.
import { useState } from 'react'
import type { Input } from '../../../preload/contract.ts'
import { MenuButton } from '../../parts/menu-button.tsx'
import { useAsk, useToaster } from '../../window-parts.tsx'
import { exportHistory } from './export-history.ts'
import type { AttemptFilter } from './history-filter.ts'

export function ExportMenu({ filter }: { readonly filter: AttemptFilter }) {
  const ask = useAsk()
  const toaster = useToaster()
  const [busy, setBusy] = useState(false)
  const start = async (format: Input<'history.export'>['format']) => {
    setBusy(true)
    await exportHistory({ ask, toaster }, format, filter)
    setBusy(false)
  }
  return (
    <MenuButton
      icon="export"
      label="Export the history"
      disabled={busy}
      entries={[
        { words: 'CSV', icon: 'table', act: () => void start('csv') },
        { words: 'JSON', icon: 'code', act: () => void start('json') },
      ]}
    >
      Export
    </MenuButton>
  )
}
