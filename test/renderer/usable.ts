// What keeps a person from using what is drawn: parts that scroll sideways, a list that is too low, a button out of reach.
import type { Page } from 'playwright'

/** Of a window of 900 × 600 at 150 %. */
export const SMALL_AND_ZOOMED = { width: 600, height: 400 }
/** px */
const LOWEST_LIST = 240

/** One line for each; looks at the menu or the dialog where one is open. */
export function obstaclesOf(page: Page): Promise<readonly string[]> {
  return page.evaluate((lowest) => {
    const found: string[] = []
    const named = (element: Element) =>
      `${element.localName}.${element.getAttribute('class') ?? ''} ${element.textContent.trim().slice(0, 40)}`
    const { scrollWidth, clientWidth } = document.documentElement
    if (scrollWidth > clientWidth) found.push(`the window scrolls sideways: ${scrollWidth} of ${clientWidth}`)
    for (const element of document.querySelectorAll('body *')) {
      const { overflowX } = getComputedStyle(element)
      if (!['auto', 'scroll'].includes(overflowX) || element.scrollWidth <= element.clientWidth) continue
      found.push(`scrolls sideways: ${element.scrollWidth} of ${element.clientWidth}, ${named(element)}`)
    }
    const table = document.querySelector('main table[aria-label="Service apps"]')
    const list = table?.parentElement
    if (list != null && list.clientHeight < lowest) found.push(`the list is ${list.clientHeight} high`)
    const root =
      document.querySelector('[role="menu"], [role="listbox"]') ??
      document.querySelector('dialog') ??
      document
    for (const button of root.querySelectorAll('button')) {
      if (!button.checkVisibility()) continue
      button.scrollIntoView({ block: 'center', inline: 'nearest' })
      const { top, bottom, left, right } = button.getBoundingClientRect()
      const isInside = top >= 0 && left >= 0 && bottom <= innerHeight && right <= innerWidth
      const hit = document.elementFromPoint((left + right) / 2, (top + bottom) / 2)
      if (!isInside || hit === null || !button.contains(hit))
        found.push(`out of reach: ${named(button)}, under ${hit === null ? 'nothing' : named(hit)}`)
    }
    return found
  }, LOWEST_LIST)
}
