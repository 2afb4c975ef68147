// Delivery targets of a profile and the last runs of a target, fetched again whenever delivery changed.
import { useEffect, useState } from 'react'
import type { RunView, TargetView } from '#contract/contract.ts'
import { useAsk, useOfView, useView } from '#renderer/app/context.tsx'

type Targets =
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

type Runs =
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
