// Buttons to Momentum's measures: with words, of an icon alone, and the row of them below a form.
import type { MouseEvent, ReactNode, Ref } from 'react'
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
  /** It keeps the focus it has, so that nobody loses their place while a form is sent. */
  readonly disabled?: boolean
  readonly label?: string
  /** ID of what it is about, where its words alone are on other buttons, too. */
  readonly describedBy?: string
  /** Of the menu it opens. */
  readonly expanded?: boolean
  readonly ref?: Ref<HTMLButtonElement>
}

export function Button(props: ButtonProps) {
  const { children, onPress, icon, kind = 'secondary', danger = false, size = 32, submit = false } = props
  return (
    <button
      ref={props.ref}
      type={submit ? 'submit' : 'button'}
      className={styles.button}
      data-kind={kind}
      data-danger={danger || undefined}
      data-size={size}
      aria-label={props.label}
      aria-describedby={props.describedBy}
      aria-disabled={props.disabled || undefined}
      tabIndex={props.disabled === true ? -1 : undefined}
      {...(props.expanded === undefined ? {} : { 'aria-haspopup': 'menu', 'aria-expanded': props.expanded })}
      onClick={(event) => (props.disabled === true ? event.preventDefault() : onPress?.())}
    >
      {icon !== undefined && <Icon name={icon} />}
      <span className={styles.words}>{children}</span>
    </button>
  )
}

interface IconButtonProps {
  readonly icon: IconName
  /** Its accessible name and tooltip. */
  readonly label: string
  readonly onPress: (event: MouseEvent<HTMLButtonElement>) => void
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
        onPress(event)
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
