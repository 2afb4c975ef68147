// The tooltip of a button that has the focus by the keyboard: browsers show one to the pointer alone.
import { useEffect, useRef } from 'react'
import styles from './focus-tooltip.module.css'

/** px, from the button and from the edges of the window. */
const GAP = 6

export default function FocusTooltip() {
  const tip = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const shown = tip.current
    if (shown === null) return
    const hide = () => shown.hidePopover()
    const show = ({ target }: FocusEvent) => {
      hide()
      if (!(target instanceof HTMLElement) || target.title === '') return
      // A menu that closes gives the focus back while it still does: no popover may be shown meanwhile.
      requestAnimationFrame(() => {
        if (!target.matches('button:focus-visible')) return
        shown.textContent = target.title
        shown.showPopover()
        place(shown, target)
      })
    }
    const onKey = ({ key }: KeyboardEvent) => {
      if (key === 'Escape') hide()
    }
    const events = new AbortController()
    const { signal } = events
    document.addEventListener('focusin', show, { signal })
    document.addEventListener('focusout', hide, { signal })
    document.addEventListener('pointerdown', hide, { signal })
    document.addEventListener('scroll', hide, { signal, capture: true, passive: true })
    document.addEventListener('keydown', onKey, { signal, capture: true })
    return () => events.abort()
  }, [])
  // The name of the button is read aloud already.
  return <div ref={tip} popover="manual" className={styles.tip} aria-hidden="true" />
}

/** Below the button, above it where there is no room. */
function place(tip: HTMLElement, button: HTMLElement): void {
  const at = button.getBoundingClientRect()
  const { width, height } = tip.getBoundingClientRect()
  const hasRoom = at.bottom + GAP + height + GAP <= window.innerHeight
  const left = at.left + (at.width - width) / 2
  tip.style.top = `${hasRoom ? at.bottom + GAP : at.top - GAP - height}px`
  tip.style.left = `${Math.max(GAP, Math.min(left, window.innerWidth - width - GAP))}px`
}
