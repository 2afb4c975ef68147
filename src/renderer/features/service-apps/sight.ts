// Which rows of a long list are in sight. Heights are known beforehand, so that nothing is measured and ten thousand
// rows cost one array of numbers.
import { type RefObject, useEffect, useState } from 'react'

/** Indexes of the first row to draw and of the one after the last. */
interface Sight {
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

/** Follows the scrolling from `first` px on. The layout is not read while rows change, which would force another one in between. */
export function useSight(
  scroller: RefObject<HTMLElement | null>,
  tops: readonly number[],
  first: number,
): Sight {
  const [place, setPlace] = useState({ top: first, height: FIRST_HEIGHT })
  useEffect(() => {
    const element = scroller.current
    if (element === null) return
    const look = () => {
      const next = { top: element.scrollTop, height: element.clientHeight }
      setPlace((before) => (isSame(sightAt(tops, before), sightAt(tops, next)) ? before : next))
    }
    element.addEventListener('scroll', look, { passive: true })
    const sized = new ResizeObserver(look)
    sized.observe(element)
    return () => {
      element.removeEventListener('scroll', look)
      sized.disconnect()
    }
  }, [scroller, tops])
  return sightAt(tops, place)
}

const sightAt = (tops: readonly number[], { top, height }: { top: number; height: number }) =>
  sightOf(tops, top, height)

const isSame = (one: Sight, other: Sight) => one.from === other.from && one.to === other.to
