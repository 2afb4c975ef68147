// Every scene in every look: axe finds no violation, the policy reports none, nothing is thrown, and in the smallest window
// at 150 % all of it can be used.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { scenes } from './scenes.ts'
import { obstaclesOf, SMALL_AND_ZOOMED } from './usable.ts'
import { drawn, pass, windows } from './window.ts'

const { open } = windows()
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const looks = {
  light: { colorScheme: 'light', contrast: 'no-preference', forcedColors: 'none' },
  dark: { colorScheme: 'dark', contrast: 'no-preference', forcedColors: 'none' },
  'high contrast, dark': { colorScheme: 'dark', contrast: 'more', forcedColors: 'none' },
  'high contrast, light': { colorScheme: 'light', contrast: 'more', forcedColors: 'none' },
  'forced colours, dark': { colorScheme: 'dark', contrast: 'no-preference', forcedColors: 'active' },
  'forced colours, light': { colorScheme: 'light', contrast: 'no-preference', forcedColors: 'active' },
} as const
const EVERYTHING = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
/** The rules of axe that look at colours; what the others look at is the same in every look. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block']

describe('every scene, in every look and small', () => {
  test.each(scenes.map((scene) => [scene.name, scene] as const))('%s', async (_, scene) => {
    const page = await open({
      view: scene.view,
      hash: scene.hash ?? '',
      answers: scene.answers ?? {},
      ...(scene.attempts === undefined ? {} : { attempts: scene.attempts }),
    })
    await scene.act?.(page)
    await pass(page, 500)
    // What axe does takes time of the page's own.
    await page.clock.resume()
    await page.evaluate(axeSource)
    for (const [name, look] of Object.entries(looks)) {
      await page.emulateMedia(look)
      await drawn(page)
      expect(await violationsOf(page, name === 'light' ? EVERYTHING : OF_COLOURS), name).toEqual([])
    }
    await page.setViewportSize(SMALL_AND_ZOOMED)
    // A menu is placed once, when it opens.
    if ((await page.getByRole('menu').count()) > 0) {
      await page.keyboard.press('Escape')
      await scene.act?.(page)
    }
    await drawn(page)
    expect(await obstaclesOf(page), 'small and zoomed').toEqual([])
    await expect.poll(() => page.evaluate(() => window.violations)).toEqual([])
  })
})

async function violationsOf(page: Page, runOnly: readonly string[]): Promise<readonly string[]> {
  const { violations } = await page.evaluate(async (only): Promise<AxeResults> => {
    const { axe } = window as unknown as { axe: { run(options: object): Promise<AxeResults> } }
    return axe.run({ runOnly: only, resultTypes: ['violations'] })
  }, runOnly)
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')} ${failureSummary ?? ''}`),
  )
}
