import type { Input } from '#contract/contract.ts'
import type { Ask } from '#renderer/app/context.tsx'
import type { Toaster } from '#renderer/app/toaster.ts'
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
