// A round button of one icon. Native, since a list draws hundreds of them while it scrolls.
import type { Ref } from 'react'
import { Icon } from './icon.tsx'
import type { IconName } from './icon-paths.ts'

interface IconButtonProps {
  readonly icon: IconName
  /** Its accessible name and tooltip. */
  readonly label: string
  readonly onPress: () => void
  readonly disabled?: boolean
  readonly busy?: boolean
  readonly tabIndex?: number
  readonly expanded?: boolean
  readonly ref?: Ref<HTMLButtonElement>
}

export function IconButton(props: IconButtonProps) {
  const { icon, label, onPress, disabled = false, busy = false } = props
  return (
    <button
      ref={props.ref}
      type="button"
      className={busy ? 'icon-button busy' : 'icon-button'}
      aria-label={label}
      title={label}
      disabled={disabled}
      tabIndex={props.tabIndex}
      aria-busy={busy || undefined}
      {...(props.expanded === undefined ? {} : { 'aria-haspopup': 'menu', 'aria-expanded': props.expanded })}
      onClick={(event) => {
        event.stopPropagation()
        onPress()
      }}
    >
      <Icon name={icon} />
    </button>
  )
}
