import { useView } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { Icon } from '#renderer/components/icon.tsx'

/** It worked; and what comes next, if nothing is here yet. */
export function ConnectedStep({
  sentence,
  onClose,
}: {
  readonly sentence: string
  readonly onClose: () => void
}) {
  const { fleet } = useView()
  const { open } = useDialogs()
  return (
    <div className="form waiting">
      <div className="waiting-picture" role="status">
        <span className="done-mark">
          <Icon name="good" size={3} />
        </span>
        <h3>Connected</h3>
        <p className="quiet selectable">{sentence}</p>
      </div>
      <div className="form-buttons">
        <span className="spring" />
        {fleet.profiles.length === 0 && (
          <Button onPress={() => open({ kind: 'add', likeProfileId: null })}>Add a service app…</Button>
        )}
        <Button kind="primary" onPress={onClose}>
          Done
        </Button>
      </div>
    </div>
  )
}
