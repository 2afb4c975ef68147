// How one gets to a place of the window, and away again.
import type { Page } from 'playwright'

export interface Place {
  readonly name: string
  readonly needsFleet?: boolean
  /** Names of the only fleets it is looked at with: what looks the same with every other. */
  readonly only?: readonly string[]
  go(page: Page): Promise<void>
  leave?(page: Page): Promise<void>
}

export const to = (hash: string) => (page: Page) =>
  page.evaluate((place) => {
    window.location.hash = place
  }, hash)

export const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).first().click()

export async function leave(page: Page): Promise<void> {
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

export const closeMenu = (page: Page) => page.keyboard.press('Escape')

/** Until a dialog has come up and settled. */
export async function shown(page: Page): Promise<void> {
  await page.getByRole('dialog').waitFor()
  await page.waitForTimeout(200)
}

export async function down(page: Page, heading: string): Promise<void> {
  const at = page.getByRole('heading', { name: heading, exact: true })
  await at.waitFor()
  await at.evaluate((element) => element.scrollIntoView())
}
