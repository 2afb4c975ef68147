// The width of an element, for pictures that are laid out by it.
import { type RefObject, useLayoutEffect, useState } from 'react'

/** In CSS pixels; `initial` until it is known. */
export function useWidth(element: RefObject<Element | null>, initial: number): number {
  const [width, setWidth] = useState(initial)
  useLayoutEffect(() => {
    const observed = element.current
    if (observed === null) return
    const look = () => setWidth(Math.max(1, Math.round(observed.getBoundingClientRect().width)))
    const sized = new ResizeObserver(look)
    sized.observe(observed)
    look()
    return () => sized.disconnect()
  }, [element])
  return width
}
