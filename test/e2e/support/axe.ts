// What axe-core finds in the page as it stands: WCAG 2.2 AA and its own best practice.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const looks = ['light', 'dark'] as const
const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

/** In light and in dark, each with its theme before it; empty: nothing. The page is left light. */
export async function violationsOf(page: Page): Promise<readonly string[]> {
  const found: string[] = []
  for (const colorScheme of looks.toReversed()) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
    found.push(...(await foundNow(page)).map((one) => `${colorScheme}: ${one}`))
  }
  return found
}

async function foundNow(page: Page): Promise<readonly string[]> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(source)
  const { violations } = await page.evaluate(async (runOnly): Promise<AxeResults> => {
    const { axe } = window as unknown as { axe: { run(within: Node, options: object): Promise<AxeResults> } }
    // What a modal dialog covers cannot be reached, and was looked at before.
    return axe.run(document.querySelector('dialog[open]') ?? document, {
      runOnly,
      resultTypes: ['violations'],
    })
  }, tags)
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')} ${failureSummary ?? ''}`),
  )
}
