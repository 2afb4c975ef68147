// The last deliveries of a target, asked for again whenever something about delivery has changed.
import { useEffect, useState } from 'react'
import type { RunView } from '#contract/contract.ts'
import { useAsk, useOfView } from '#renderer/app/context.tsx'

export type Runs =
  | { readonly kind: 'loading' }
  | { readonly kind: 'refused'; readonly sentence: string }
  | { readonly kind: 'known'; readonly runs: readonly RunView[] }

export function useRuns(targetId: string): Runs {
  const revision = useOfView(({ delivery }) => delivery.revision) ?? 0
  const ask = useAsk()
  const [known, setKnown] = useState<Runs>({ kind: 'loading' })
  useEffect(() => {
    let wanted = revision >= 0
    const fetchRuns = async () => {
      const reply = await ask('delivery.runs', { targetId })
      if (!wanted) return
      setKnown(
        reply.ok
          ? { kind: 'known', runs: reply.value.runs }
          : { kind: 'refused', sentence: reply.error.message },
      )
    }
    void fetchRuns()
    return () => {
      wanted = false
    }
  }, [ask, targetId, revision])
  return known
}
