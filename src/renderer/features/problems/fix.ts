// The one button of a problem: fixes it for all customers at once where that can be.
import { useMemo } from 'react'
import type { Incident, ProfileView } from '#contract/contract.ts'
import { useAsk, useToaster } from '#renderer/app/context.tsx'
import { useActions } from '#renderer/features/shared/actions.tsx'
import { fixWords, plural } from '#renderer/features/shared/words.ts'

/** Those of a list of IDs, as they are now. */
export type FindProfiles = (profileIds: readonly string[]) => readonly ProfileView[]

/** null: nothing fixes it for all of them; each has to be looked at. */
export function useFix(
  incident: Incident,
  find: FindProfiles,
): { readonly words: string; readonly act: () => void } | null {
  const ask = useAsk()
  const toaster = useToaster()
  const actions = useActions()
  const { fix, profileIds } = incident

  return useMemo(() => {
    if (fix === null) return null
    const count = profileIds.length
    const one = () => {
      const id = 'profileId' in fix ? fix.profileId : null
      actions.fix(
        fix,
        find(profileIds).find((profile) => profile.id === id) ?? { name: 'The service app', orgName: null },
      )
    }
    const failed = (message: string) => toaster.say({ level: 'critical', text: message })
    switch (fix.kind) {
      case 'authorise-in-control-hub':
        return {
          words: count === 1 ? 'Copy e-mail' : `Copy ${count.toLocaleString()} e-mails`,
          act: () => void actions.copyEmails(find(profileIds)),
        }
      case 'connect-integration':
        return { words: fix.managerId === null ? fixWords(fix) : 'Reconnect', act: one }
      case 'check-network':
        return { words: 'Try now', act: one }
      // What differs between the customers, such as the org ID, is entered one by one.
      case 'edit-service-app':
        return count > 1 && fix.field !== 'clientSecret' ? null : { words: fixWords(fix), act: one }
      case 'resume':
        if (count <= 1) return { words: fixWords(fix), act: one }
        return {
          words: `Resume ${count.toLocaleString()}`,
          act: async () => {
            const reply = await ask('fleet.set-paused', { profileIds: [...profileIds], paused: false })
            toaster.tell(reply, `${plural(count, 'customer')} resumed.`)
          },
        }
      case 'refresh':
        if (count <= 1) return { words: fixWords(fix), act: one }
        return {
          words: fixWords(fix),
          act: async () => {
            toaster.say({ level: 'information', text: `Refreshing ${plural(count, 'token')}.` })
            const replies = await Promise.all(
              profileIds.map((profileId) => ask('profile.refresh', { profileId })),
            )
            const renewed = replies.filter((reply) => reply.ok && reply.value.outcome !== 'failed').length
            toaster.say({
              level: renewed === count ? 'success' : 'warning',
              text: `${renewed.toLocaleString()} of ${plural(count, 'token')} renewed.`,
            })
          },
        }
      case 'deliver':
        if (count <= 1) return { words: fixWords(fix), act: one }
        return {
          words: fixWords(fix),
          act: async () => {
            const replies = await Promise.all(
              profileIds.map((profileId) => ask('delivery.deliver', { profileId, targetId: null })),
            )
            const refused = replies.find((reply) => !reply.ok)
            if (refused !== undefined && !refused.ok) return failed(refused.error.message)
            const done = replies.filter(
              (reply) => reply.ok && reply.value.delivered === reply.value.of,
            ).length
            toaster.say({
              level: done === count ? 'success' : 'warning',
              text: `Delivered for ${done.toLocaleString()} of ${plural(count, 'customer')}.`,
            })
          },
        }
      default:
        return { words: fixWords(fix), act: one }
    }
  }, [fix, profileIds, find, actions, ask, toaster])
}
