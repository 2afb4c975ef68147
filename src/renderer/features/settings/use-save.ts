import type { Input } from '#contract/contract.ts'
import { useAsk, useToaster } from '#renderer/app/context.tsx'

/** Saves one setting; says so only when it did not work. Answers whether it did. */
export function useSave(): (patch: Input<'settings.save'>) => Promise<boolean> {
  const ask = useAsk()
  const toaster = useToaster()
  return async (patch) => {
    const reply = await ask('settings.save', patch)
    if (!reply.ok) toaster.say({ level: 'critical', text: reply.error.message })
    return reply.ok
  }
}
