// Which rows of a long list are in sight. Heights are known beforehand, so that nothing is measured and ten thousand
// rows cost one array of numbers.
import { type RefObject, useEffect, useLayoutEffect, useState } from 'react'

/** Indexes of the first row to draw and of the one after the last. */
export interface Sight {
  readonly from: number
  readonly to: number
}

/** Rows drawn beyond either edge, and steps in which the sight moves: not each row scrolled by is worth a drawing. */
const SPARE = 6
const STEP = 4
/** px; before the height is known. */
const FIRST_HEIGHT = 800

/** Where each row begins, in px, and as the last number where the list ends. */
export function topsOf(heights: readonly number[]): readonly number[] {
  const tops = [0]
  let end = 0
  for (const height of heights) {
    end += height
    tops.push(end)
  }
  return tops
}

export function sightOf(tops: readonly number[], top: number, height: number): Sight {
  const count = tops.length - 1
  const from = Math.floor((rowAt(tops, top) - SPARE) / STEP) * STEP
  const to = Math.ceil((rowAt(tops, top + height) + 1 + SPARE) / STEP) * STEP
  return { from: Math.max(0, Math.min(from, count)), to: Math.min(count, to) }
}

/** The last row that begins at or above `at`. */
function rowAt(tops: readonly number[], at: number): number {
  let low = 0
  let high = Math.max(0, tops.length - 2)
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((tops[middle] ?? 0) <= at) low = middle
    else high = middle - 1
  }
  return low
}

/** Follows the scrolling; `tops` must stay the same array as long as the rows do. */
export function useSight(scroller: RefObject<HTMLElement | null>, tops: readonly number[]): Sight {
  const [sight, setSight] = useState(() => sightOf(tops, 0, FIRST_HEIGHT))
  useLayoutEffect(() => look(scroller.current, tops, setSight), [scroller, tops])
  useEffect(() => {
    const element = scroller.current
    if (element === null) return
    const again = () => look(element, tops, setSight)
    element.addEventListener('scroll', again, { passive: true })
    const sized = new ResizeObserver(again)
    sized.observe(element)
    return () => {
      element.removeEventListener('scroll', again)
      sized.disconnect()
    }
  }, [scroller, tops])
  return sight
}

function look(
  element: HTMLElement | null,
  tops: readonly number[],
  set: (change: (before: Sight) => Sight) => void,
): void {
  if (element === null) return
  const next = sightOf(tops, element.scrollTop, element.clientHeight)
  set((before) => (before.from === next.from && before.to === next.to ? before : next))
}
