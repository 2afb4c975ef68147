// Another copy uses the same credentials: pause here, or say that it was stopped.
import { useState } from 'react'
import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import layout from '#renderer/components/layout.module.css'
import { Refusal } from '#renderer/components/notice.tsx'
import { plural } from '#renderer/features/shared/words.ts'

export default function OtherCopyDialog({ onClose }: { readonly onClose: () => void }) {
  const { fleet } = useView()
  const ask = useAsk()
  const toaster = useToaster()
  const [refusal, setRefusal] = useState<string | null>(null)
  const [busy, setBusy] = useState(false)
  const cause = fleet.incidents.find(({ key }) => key === 'other-copy')
  const profileIds = cause?.profileIds ?? []

  const pause = async () => {
    setBusy(true)
    const reply = await ask('fleet.set-paused', { profileIds: [...profileIds], paused: true })
    setBusy(false)
    if (!reply.ok) return setRefusal(reply.error.message)
    toaster.say({ level: 'information', text: `${plural(profileIds.length, 'token')} paused here.` })
    onClose()
  }
  const stopped = async () => {
    setBusy(true)
    const reply = await ask('fleet.other-copy-stopped', {})
    setBusy(false)
    if (!reply.ok) return setRefusal(reply.error.message)
    toaster.say({ level: 'information', text: `Refreshing ${plural(reply.value.started, 'token')}.` })
    onClose()
  }

  return (
    <Dialog title="Another copy uses these credentials" onClose={onClose}>
      <div className={layout.form}>
        <Refusal>{refusal}</Refusal>
        {cause === undefined ? (
          <p>This problem is resolved.</p>
        ) : (
          <>
            <p>{cause.sentence}</p>
            <p>
              It affects {plural(profileIds.length, 'customer')}. To use both, create a service app of its own
              for one of them. “The other copy is stopped” issues one more token for each.
            </p>
          </>
        )}
        <FormButtons>
          <span className="spring" />
          <Button onPress={onClose}>Close</Button>
          <Button disabled={busy || cause === undefined} onPress={() => void pause()}>
            Pause here
          </Button>
          <Button kind="primary" disabled={busy || cause === undefined} onPress={() => void stopped()}>
            The other copy is stopped
          </Button>
        </FormButtons>
      </div>
    </Dialog>
  )
}
