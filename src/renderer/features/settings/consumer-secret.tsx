import { useState } from 'react'
import { useAsk, useView } from '#renderer/app/context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { Notice } from '#renderer/components/notice.tsx'

/** The secret was put on the clipboard; here it can be put there again, once this is closed never more. */
export function ConsumerSecret({ onClose }: { readonly onClose: () => void }) {
  const { delivery, settings } = useView()
  const { endpoint } = delivery
  const seconds = settings.clipboardClearSeconds
  const ask = useAsk()
  const [said, setSaid] = useState<{ readonly good: boolean; readonly sentence: string } | null>(null)
  const copy = async () => {
    const reply = await ask('endpoint.copy-secret', {})
    setSaid(
      reply.ok
        ? { good: true, sentence: 'Copied once more.' }
        : { good: false, sentence: reply.error.message },
    )
  }
  return (
    <div className="form">
      <Notice level="success" title="The secret is on the clipboard">
        Paste it now to where the program finds it
        {seconds === 0 ? '. ' : `; the clipboard is cleared after ${seconds} s. `}
        It is stored as a hash only: once this dialog is closed, nobody can show it again.
      </Notice>
      <div>
        <p className="field-like">How the program asks</p>
        <p className="mono small break example selectable">
          curl -H "Authorization: Bearer $SECRET" http://127.0.0.1:{endpoint.port}/v1/token/Orders
        </p>
      </div>
      {!endpoint.on && (
        <Notice level="information">
          The endpoint is off. Switch it on in the settings, then it answers.
        </Notice>
      )}
      <div className="form-buttons">
        <Button icon="copy" onPress={() => void copy()}>
          Copy secret
        </Button>
        <span className={said?.good === false ? 'small bad-words' : 'small quiet'} role="status">
          {said?.sentence}
        </span>
        <span className="spring" />
        <Button kind="primary" onPress={onClose}>
          Done
        </Button>
      </div>
    </div>
  )
}
