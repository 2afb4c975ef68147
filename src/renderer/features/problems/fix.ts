// The one button of a problem: fixes it for all customers at once where that can be.
import { useMemo } from 'react'
import type { Incident, ProfileView } from '#contract/contract.ts'
import { useAsk, useToaster } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { useActions } from '#renderer/features/shared/actions.tsx'
import { fixWords, plural } from '#renderer/features/shared/words.ts'

/** Those of a list of IDs, as they are now. */
export type FindProfiles = (profileIds: readonly string[]) => readonly ProfileView[]

export interface Way {
  readonly words: string
  readonly act: () => void
}

/** null: nothing here fixes it. */
export function useFix(incident: Incident, find: FindProfiles): Way | null {
  const ask = useAsk()
  const toaster = useToaster()
  const actions = useActions()
  const { open } = useDialogs()
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
      // What differs between the customers, such as the org ID, is entered one by one: those that are left stay here. A
      // client secret is the service app's own.
      case 'edit-service-app':
        if (fix.field === 'appId')
          return {
            words: 'Replace App ID',
            act: () => open({ kind: 'replace-app-id', profileId: fix.profileId }),
          }
        if (count > 1 && fix.field !== 'clientSecret')
          return { words: `Edit the first of ${count.toLocaleString()}`, act: one }
        return { words: fixWords(fix), act: one }
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
        return { words: fixWords(fix), act: count <= 1 ? one : () => void actions.refreshMany(profileIds) }
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
            const unverified = replies.filter((reply) => reply.ok && reply.value.unverified > 0).length
            const note = unverified === 0 ? '' : ` Written, not verified: ${unverified.toLocaleString()}.`
            toaster.say({
              level: done < count ? 'warning' : unverified > 0 ? 'information' : 'success',
              text: `Delivered for ${done.toLocaleString()} of ${plural(count, 'customer')}.${note}`,
            })
          },
        }
      default:
        return { words: fixWords(fix), act: one }
    }
  }, [fix, profileIds, find, actions, open, ask, toaster])
}

/** What is tried once whoever was written to has acted, which the app cannot know; null: nobody was. */
export function useTryAgain({ waiting, profileIds, customers }: Incident): Way | null {
  const { refreshMany } = useActions()
  if (waiting === undefined) return null
  return {
    words: customers === 1 ? 'Refresh' : `Refresh ${profileIds.length.toLocaleString()}`,
    act: () => void refreshMany(profileIds),
  }
}
