// What can be done with many profiles at once. Main does the work; what takes long shows how far it is, and can be canceled.
import { useMemo } from 'react'
import { isolated } from '#base/common/display-text.ts'
import type { ProfileView, RequestError } from '#contract/contract.ts'
import { useAsk, useTicker, useToaster } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import type { MenuEntry } from '#renderer/components/menu.tsx'
import { useActions } from '#renderer/features/shared/actions.tsx'
import { plural } from '#renderer/features/shared/words.ts'

/** Profiles in one request: main answers when all of them are tested. */
const TESTED_AT_ONCE = 10

export function useBulkActions(profiles: readonly ProfileView[]): readonly MenuEntry[] {
  const ask = useAsk()
  const actions = useActions()
  const toaster = useToaster()
  const ticker = useTicker()
  const { open } = useDialogs()

  return useMemo(() => {
    const ids = profiles.map(({ id }) => id)
    const withToken = profiles.filter(({ accessToken }) => accessToken !== null).map(({ id }) => id)
    const unauthorized = profiles.filter(({ fix }) => fix?.kind === 'authorise-in-control-hub')
    const areAllPaused = profiles.every(({ state }) => state === 'paused')
    const refuse = ({ message }: RequestError) => toaster.say({ level: 'critical', text: message })

    const test = async () => {
      const canceling = new AbortController()
      const total = withToken.length
      const id = `test-${ticker.now()}`
      const show = (done: number) =>
        toaster.say({
          id,
          level: 'information',
          text: `Testing ${plural(total, 'token')}.`,
          steps: { label: 'Tested', done, total, cancel: () => canceling.abort() },
        })
      let done = 0
      let accepted = 0
      while (done < total && !canceling.signal.aborted) {
        show(done)
        const profileIds = withToken.slice(done, done + TESTED_AT_ONCE)
        const reply = await ask('fleet.test', { profileIds })
        if (!reply.ok) {
          toaster.dismiss(id)
          return refuse(reply.error)
        }
        done += profileIds.length
        accepted += reply.value.accepted
      }
      toaster.dismiss(id)
      toaster.say({
        level: accepted === done ? 'success' : 'warning',
        text: `${done < total ? 'Canceled. ' : ''}Webex accepted ${accepted.toLocaleString()} of ${plural(done, 'token')} tested.`,
      })
    }

    const pause = async (paused: boolean) => {
      const reply = await ask('fleet.set-paused', { profileIds: ids, paused })
      toaster.tell(reply, `${plural(ids.length, 'token')} ${paused ? 'paused' : 'resumed'}.`)
    }

    const exportList = async () => {
      const reply = await ask('list.export', { format: 'csv', profileIds: ids })
      if (!reply.ok) return refuse(reply.error)
      if (reply.value === null) return
      toaster.say({ level: 'success', text: `List written to ${isolated(reply.value.path)}` })
    }

    return [
      { words: 'Refresh', icon: 'refresh', act: () => void actions.refreshMany(ids) },
      { words: 'Test', icon: 'test', act: () => void test(), disabled: withToken.length === 0 },
      areAllPaused
        ? { words: 'Resume', icon: 'play', act: () => void pause(false) }
        : { words: 'Pause', icon: 'pause', act: () => void pause(true) },
      { words: 'Export list', icon: 'export', act: () => void exportList() },
      {
        words: unauthorized.length > 0 ? `Copy ${plural(unauthorized.length, 'e-mail')}` : 'Copy e-mails',
        icon: 'copy',
        act: () => void actions.copyEmails(unauthorized),
        disabled: unauthorized.length === 0,
      },
      {
        words: 'Remove',
        icon: 'remove',
        act: () => open({ kind: 'remove-many', profileIds: ids }),
        danger: true,
        separated: true,
      },
    ]
  }, [profiles, ask, actions, toaster, ticker, open])
}
