// One card of the settings, and how one setting is saved.
import type { ReactNode } from 'react'
import type { Input } from '#contract/contract.ts'
import { useAsk, useToaster } from '#renderer/app/context.tsx'
import layout from '#renderer/components/layout.module.css'

/** One card of settings. */
export function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className={layout.card}>
      <h2>{title}</h2>
      {children}
    </section>
  )
}

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
