// Buttons: Momentum's with words, a native one of an icon alone, and the row of them below a form.
import MomentumButton from '@momentum-design/components/react/button/index.js'
import type { ReactNode, Ref } from 'react'
import styles from './button.module.css'
import { Icon, type IconName } from './icon.tsx'
import layout from './layout.module.css'

interface ButtonProps {
  readonly children: ReactNode
  readonly onPress?: () => void
  readonly icon?: IconName
  readonly kind?: 'primary' | 'secondary' | 'quiet'
  readonly danger?: boolean
  readonly size?: 24 | 28 | 32 | 40
  readonly submit?: boolean
  readonly disabled?: boolean
  readonly label?: string
  /** Of the menu it opens. */
  readonly expanded?: boolean
}

export function Button(props: ButtonProps) {
  const { children, onPress, icon, kind = 'secondary', danger = false, size = 32, submit = false } = props
  return (
    <MomentumButton
      variant={kind === 'quiet' ? 'tertiary' : kind}
      color={danger ? 'negative' : kind === 'primary' ? 'accent' : 'default'}
      size={size}
      type={submit ? 'submit' : 'button'}
      disabled={props.disabled ?? false}
      {...(props.label === undefined ? {} : { 'aria-label': props.label })}
      {...(props.expanded === undefined ? {} : { 'aria-haspopup': 'menu', 'aria-expanded': props.expanded })}
      onClick={() => onPress?.()}
    >
      {icon !== undefined && (
        <span slot="prefix" className={styles.prefix}>
          <Icon name={icon} />
        </span>
      )}
      {children}
    </MomentumButton>
  )
}

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

/** A round button of one icon. Native, since a list draws hundreds of them while it scrolls. */
export function IconButton(props: IconButtonProps) {
  const { icon, label, onPress, disabled = false, busy = false } = props
  return (
    <button
      ref={props.ref}
      type="button"
      className={styles.iconButton}
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

/** The buttons below a form. */
export function FormButtons({ children }: { readonly children: ReactNode }) {
  return (
    <div className={layout.buttons} data-form-buttons>
      {children}
    </div>
  )
}

interface SendButtonsProps {
  /** On the button that sends the form. */
  readonly words: string
  readonly busy: boolean
  /** Shown at the left while it is busy. */
  readonly busyWords?: string
  readonly danger?: boolean
  readonly onCancel: () => void
}

/** Cancel, and the button that sends the form. */
export function SendButtons({ words, busy, busyWords, danger = false, onCancel }: SendButtonsProps) {
  return (
    <FormButtons>
      {busy && busyWords !== undefined && <output className="quiet small">{busyWords}</output>}
      <span className="spring" />
      <Button onPress={onCancel}>Cancel</Button>
      <Button kind="primary" submit danger={danger} disabled={busy}>
        {words}
      </Button>
    </FormButtons>
  )
}
