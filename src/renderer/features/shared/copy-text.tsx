// Copies a text that is no secret: a redirect URI, a scope, a tracking id.
import { useAsk, useToaster } from '#renderer/app/context.tsx'
import { IconButton } from '#renderer/components/button.tsx'
import styles from './copy-text.module.css'

export function CopyText({
  text,
  label,
  said,
}: {
  readonly text: string
  readonly label: string
  readonly said: string
}) {
  const ask = useAsk()
  const toaster = useToaster()
  const copy = async () => {
    const reply = await ask('clipboard.copy-text', { text })
    toaster.tell(reply, said, 'warning')
  }
  return <IconButton icon="copy" label={label} onPress={copy} />
}

/** "Tracking ID ROUTER_…" with its copy button. */
export function TrackingId({ id }: { readonly id: string }) {
  return (
    <span className={`${styles.trackingId} small quiet`}>
      <span title={id}>
        Tracking ID <span className="mono selectable">{id}</span>
      </span>
      <CopyText text={id} label="Copy tracking ID" said="Tracking ID copied." />
    </span>
  )
}

interface CopyValueProps {
  readonly term: string
  readonly text: string
  /** Of the copy button. */
  readonly label: string
}

/** A term of a list of values, its text and its copy button. */
export function CopyValue({ term, text, label }: CopyValueProps) {
  return (
    <>
      <dt>{term}</dt>
      <dd>
        <span className="mono cut" title={text}>
          {text}
        </span>
        <CopyText text={text} label={label} said={`${term} copied.`} />
      </dd>
    </>
  )
}
