// How far the list was scrolled when it was left: restored when it is drawn again, and kept while it is scrolled.
import { type RefObject, useEffect, useLayoutEffect, useRef } from 'react'
import { useViewStateStore } from '#renderer/app/context.tsx'

/** A fleet arrives piece by piece, so the place may come later than the list; whoever scrolls meanwhile stays there. */
const TAKES_OVER = ['wheel', 'pointerdown', 'keydown'] as const

/** px: where the list begins to be drawn. `order`: another one begins at its first row. */
export function useKeptScroll(
  scroller: RefObject<HTMLElement | null>,
  tops: readonly number[],
  order: string,
): number {
  const store = useViewStateStore()
  const wanted = useRef<number | null>(store.get()?.list.scrollTop ?? 0)
  const first = useRef(wanted.current ?? 0).current
  const height = tops.at(-1) ?? 0

  useLayoutEffect(() => {
    const element = scroller.current
    if (element === null || wanted.current === null) return
    element.scrollTop = wanted.current
    if (height >= wanted.current + element.clientHeight || wanted.current === 0) wanted.current = null
  }, [scroller, height])

  const shown = useRef(order)
  useLayoutEffect(() => {
    if (shown.current === order) return
    shown.current = order
    wanted.current = null
    if (scroller.current !== null) scroller.current.scrollTop = 0
  }, [scroller, order])

  useEffect(() => {
    const element = scroller.current
    if (element === null) return
    const scrolled = () => {
      if (wanted.current === null) store.scrolled(element.scrollTop)
    }
    const takeOver = () => {
      wanted.current = null
    }
    element.addEventListener('scroll', scrolled, { passive: true })
    for (const name of TAKES_OVER) element.addEventListener(name, takeOver, { passive: true })
    return () => {
      element.removeEventListener('scroll', scrolled)
      for (const name of TAKES_OVER) element.removeEventListener(name, takeOver)
    }
  }, [scroller, store])
  return first
}
