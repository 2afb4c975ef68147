// Momentum's button, with the window's own icons in its prefix.
import MomentumButton from '@momentum-design/components/react/button/index.js'
import type { ReactNode } from 'react'
import { Icon } from './icon.tsx'
import type { IconName } from './icon-paths.ts'

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
        <span slot="prefix" className="button-icon">
          <Icon name={icon} />
        </span>
      )}
      {children}
    </MomentumButton>
  )
}
