import { useState } from 'react'
import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import { goTo } from '#renderer/app/route.ts'
import { Button } from '#renderer/components/button.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import formStyles from '#renderer/components/form.module.css'
import { FormButtons } from '#renderer/components/form.tsx'
import { Refusal } from '#renderer/components/notice.tsx'

interface RemoveProps {
  readonly profileId: string
  readonly onClose: () => void
}

/** Asks before the stored tokens of a profile are gone. */
export default function RemoveDialog({ profileId, onClose }: RemoveProps) {
  const { fleet } = useView()
  const ask = useAsk()
  const toaster = useToaster()
  const [profile] = useState(() => fleet.profiles.find(({ id }) => id === profileId) ?? null)
  const [refusal, setRefusal] = useState<string | null>(null)
  const name = profile?.name ?? 'service app'

  const remove = async () => {
    const reply = await ask('profile.remove', { profileId })
    if (!reply.ok) return setRefusal(reply.error.message)
    onClose()
    goTo({ screen: 'service-apps' })
    toaster.say({ level: 'information', text: `${name} removed.` })
  }

  return (
    <Dialog title={`Remove ${name}?`} onClose={onClose}>
      <div className={formStyles.form}>
        <Refusal>{refusal}</Refusal>
        <p>
          Its tokens are deleted here and no longer renewed. At Webex nothing is revoked: a token that is in
          use lives until it expires. The history stays.
        </p>
        <FormButtons>
          <span className="spring" />
          <Button onPress={onClose}>Cancel</Button>
          <Button kind="primary" danger onPress={() => void remove()}>
            Remove
          </Button>
        </FormButtons>
      </div>
    </Dialog>
  )
}
