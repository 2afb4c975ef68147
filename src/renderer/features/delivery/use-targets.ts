// The delivery targets of a profile, asked for again whenever something about delivery has changed.
import { useEffect, useState } from 'react'
import type { TargetView } from '#contract/contract.ts'
import { useAsk, useView } from '#renderer/app/context.tsx'

export type Targets =
  | { readonly kind: 'loading' }
  | { readonly kind: 'refused'; readonly sentence: string }
  | { readonly kind: 'known'; readonly targets: readonly TargetView[] }

export function useTargets(profileId: string): Targets {
  const { revision } = useView().delivery
  const ask = useAsk()
  const [known, setKnown] = useState<Targets>({ kind: 'loading' })
  useEffect(() => {
    let wanted = revision >= 0
    const fetchTargets = async () => {
      const reply = await ask('delivery.targets', { profileId })
      if (!wanted) return
      setKnown(
        reply.ok
          ? { kind: 'known', targets: reply.value.targets }
          : { kind: 'refused', sentence: reply.error.message },
      )
    }
    void fetchTargets()
    return () => {
      wanted = false
    }
  }, [ask, profileId, revision])
  return known
}
