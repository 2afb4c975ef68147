// Two ways of working a window: by mouse, and by keyboard alone.
import type { Locator, Page } from 'playwright'
import { expect } from 'vitest'

export interface Hand {
  press(control: Locator): Promise<void>
  fill(field: Locator, text: string): Promise<void>
  choose(list: Locator, option: string): Promise<void>
  /** A switch or a checkbox. */
  toggle(box: Locator): Promise<void>
  pick(radio: Locator): Promise<void>
  /** Puts what is on the clipboard into the field. */
  paste(field: Locator): Promise<void>
  /** The page of a row of the list. */
  open(row: string): Promise<void>
  /** A button of a row of the list. */
  inRow(row: string, button: Locator): Promise<void>
  /** One of the open menu. */
  fromMenu(words: string): Promise<void>
  /** Closes the open dialog without doing what it is for; the control that opened it has the focus again. */
  leave(opener: Locator): Promise<void>
}

export function mouse(page: Page): Hand {
  const press = (control: Locator) => control.click()
  return {
    press,
    fill: (field, text) => field.fill(text),
    async choose(list, option) {
      await list.selectOption(option)
    },
    toggle: press,
    pick: press,
    async paste(field) {
      await field.click()
      await page.keyboard.press('Control+v')
    },
    open: (row) => page.getByRole('row', { name: row, exact: true }).click(),
    inRow: (_, button) => button.click(),
    fromMenu: (words) => page.getByRole('menuitem', { name: words, exact: true }).click(),
    async leave(opener) {
      await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
      await gone(page, opener)
    },
  }
}

/** Stops of the Tab key before a control counts as out of reach. */
const MOST_STOPS = 200

export function keyboard(page: Page): Hand {
  const { press: key } = page.keyboard
  const strike = key.bind(page.keyboard)

  const reach = async (control: Locator) => {
    await control.waitFor()
    for (let stop = 0; stop < MOST_STOPS; stop += 1) {
      const where = await control.evaluate(whereIs)
      if (where === 'here') return shownFocus(page)
      await strike(where === 'before' ? 'Shift+Tab' : 'Tab')
    }
    throw new Error(`The Tab key does not reach ${control}.`)
  }
  const press = async (control: Locator) => {
    await reach(control)
    await strike('Enter')
  }
  return {
    press,
    async fill(field, text) {
      await reach(field)
      await strike('Control+a')
      if (text === '') await strike('Delete')
      else await page.keyboard.insertText(text)
    },
    async choose(list, option) {
      await reach(list)
      await strike('Home')
      const chosen = () => list.evaluate((one: HTMLSelectElement) => one.selectedOptions[0]?.label)
      for (let i = 0; i < 20 && (await chosen()) !== option; i += 1) await strike('ArrowDown')
      expect(await chosen()).toBe(option)
    },
    async toggle(box) {
      await reach(box)
      await strike('Space')
    },
    async pick(radio) {
      const name = await radio.getAttribute('name')
      await reach(page.locator(`input[type="radio"][name="${name}"]:checked`))
      for (let i = 0; i < 5 && !(await radio.isChecked()); i += 1) await strike('ArrowDown')
      expect(await radio.isChecked()).toBe(true)
    },
    async paste(field) {
      await reach(field)
      await strike('Control+v')
    },
    async open(row) {
      await toRow(page, reach, row)
      await strike('Enter')
    },
    async inRow(row, button) {
      await toRow(page, reach, row)
      await press(button)
    },
    async fromMenu(words) {
      const entry = page.getByRole('menuitem', { name: words, exact: true })
      await entry.waitFor()
      for (let i = 0; i < 20 && (await entry.evaluate(whereIs)) !== 'here'; i += 1) await strike('ArrowDown')
      await shownFocus(page)
      await strike('Enter')
    },
    async leave(opener) {
      await strike('Escape')
      await gone(page, opener)
    },
  }
}

/** By Tab to the list, by arrows to the row. */
export async function toRow(
  page: Page,
  reach: (control: Locator) => Promise<void>,
  row: string,
): Promise<void> {
  await reach(page.locator('tr[tabindex="0"]'))
  await page.keyboard.press('Home')
  const wanted = page.getByRole('row', { name: row, exact: true })
  await wanted.waitFor()
  for (let i = 0; i < 30 && (await wanted.evaluate(whereIs)) !== 'here'; i += 1) {
    await page.keyboard.press('ArrowDown')
  }
  await shownFocus(page)
}

async function gone(page: Page, opener: Locator): Promise<void> {
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await expect
    .poll(() => opener.evaluate(whereIs), { message: `the focus is back at ${opener}` })
    .toBe('here')
}

/** Runs in the page: where the element is, seen from what has the focus. */
function whereIs(element: Element): 'here' | 'before' | 'after' {
  const focused = document.activeElement
  if (focused === element) return 'here'
  if (focused === null || focused === document.body) return 'after'
  const position = focused.compareDocumentPosition(element)
  return (position & Node.DOCUMENT_POSITION_PRECEDING) !== 0 ? 'before' : 'after'
}

/** What has the focus is seen to have it. */
async function shownFocus(page: Page): Promise<void> {
  const flaw = await page.evaluate(() => {
    const focused = document.activeElement
    if (focused === null) return 'nothing has the focus'
    const rings = [undefined, '::before', '::after'].map((part) => getComputedStyle(focused, part))
    const ringed = rings.some(
      ({ outlineStyle, outlineWidth, boxShadow }) =>
        (outlineStyle !== 'none' && Number.parseFloat(outlineWidth) > 0) || boxShadow !== 'none',
    )
    return ringed ? null : focused.outerHTML.slice(0, 200)
  })
  expect(flaw, 'the focus is not seen').toBeNull()
}
