// Delivery targets of a service app and the last runs of a target, fetched again whenever delivery has changed.
import { useCallback, useEffect, useState } from 'react'
import type { Reply } from '#contract/contract.ts'
import { useAsk, useOfView } from '#renderer/app/context.tsx'

type Known<T> =
  | { readonly kind: 'loading' }
  | { readonly kind: 'refused'; readonly sentence: string }
  | ({ readonly kind: 'known' } & T)

export function useTargets(profileId: string): Known<Value<'delivery.targets'>> {
  const ask = useAsk()
  return useKnown(useCallback(() => ask('delivery.targets', { profileId }), [ask, profileId]))
}

export function useRuns(targetId: string): Known<Value<'delivery.runs'>> {
  const ask = useAsk()
  return useKnown(useCallback(() => ask('delivery.runs', { targetId }), [ask, targetId]))
}

export function useFleetDeliveries(): Known<Value<'fleet-delivery.list'>> {
  const ask = useAsk()
  return useKnown(useCallback(() => ask('fleet-delivery.list', {}), [ask]))
}

export function useFleetCustomers(id: string): Known<Value<'fleet-delivery.customers'>> {
  const ask = useAsk()
  return useKnown(useCallback(() => ask('fleet-delivery.customers', { id }), [ask, id]))
}

type Name = 'delivery.targets' | 'delivery.runs' | 'fleet-delivery.list' | 'fleet-delivery.customers'
type Value<N extends Name> = Extract<Reply<N>, { ok: true }>['value']

function useKnown<N extends Name>(fetchIt: () => Promise<Reply<N>>): Known<Value<N>> {
  const revision = useOfView(({ delivery }) => delivery.revision) ?? 0
  const [known, setKnown] = useState<Known<Value<N>>>({ kind: 'loading' })
  useEffect(() => {
    let wanted = revision >= 0
    void fetchIt().then((reply) => {
      if (!wanted) return
      setKnown(
        reply.ok ? { kind: 'known', ...reply.value } : { kind: 'refused', sentence: reply.error.message },
      )
    })
    return () => {
      wanted = false
    }
  }, [fetchIt, revision])
  return known
}
