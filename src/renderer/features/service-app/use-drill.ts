// Requests a test of all tiers, or cancels one, and says how it went.
import { useCallback } from 'react'
import type { Attempt, Input, ProfileView, Tier } from '#contract/contract.ts'
import { useAsk, useToaster } from '#renderer/app/context.tsx'
import { saidOf } from '#renderer/features/shared/actions.tsx'
import { nameWithOrg } from '#renderer/features/shared/words.ts'

type When = Input<'profile.drill'>['when']

export function useDrill(): (profile: ProfileView, when: When) => Promise<void> {
  const ask = useAsk()
  const toaster = useToaster()
  return useCallback(
    async (profile, when) => {
      const reply = await ask('profile.drill', { profileId: profile.id, when })
      const name = nameWithOrg(profile)
      if (!reply.ok)
        return toaster.say({
          level: 'critical',
          text: reply.error.message,
          trackingId: reply.error.trackingId ?? null,
        })
      if (reply.value !== null) return toaster.say(resultOf(reply.value, profile))
      const text =
        when === 'never' ? 'Test of all tiers canceled.' : 'All tiers are tested with the next refresh.'
      toaster.say({ level: 'information', text: `${name}: ${text}` })
    },
    [ask, toaster],
  )
}

function resultOf(attempt: Attempt, profile: ProfileView): ReturnType<typeof saidOf> {
  // A refresh was under way already, or the token could not be renewed.
  if (attempt.reason?.code !== 'drill' || attempt.outcome === 'failed') return saidOf(attempt, profile)
  const called = ([3, 2] as const).filter((tier) => attempt.calls.some((call) => call.tier === tier))
  const failed = called.filter((tier) => hasFailed(attempt, tier))
  const name = nameWithOrg(profile)
  if (failed.length > 0) {
    const tiers = failed.map((tier) => `tier ${tier}`).join(' and ')
    return { level: 'warning', text: `${name}: ${tiers} failed, renewed by tier ${attempt.tier ?? 1}.` }
  }
  const text = called.length === 2 ? 'tiers 3 and 2 work.' : `tier ${called[0] ?? 2} works.`
  return { level: 'success', text: `${name}: ${text}` }
}

function hasFailed({ calls }: Attempt, tier: Tier): boolean {
  const result = calls.findLast((call) => call.tier === tier)?.result
  return result !== 'ok' && result !== 'unchanged'
}
