// Every scene, light, dark and in high contrast: axe finds no violation, the policy reports none, nothing is thrown.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { scenes } from './scenes.ts'
import { drawn, pass, windows } from './window.ts'

const { open } = windows()
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const looks = {
  light: { colorScheme: 'light', contrast: 'no-preference' },
  dark: { colorScheme: 'dark', contrast: 'no-preference' },
  'high contrast, dark': { colorScheme: 'dark', contrast: 'more' },
  'high contrast, light': { colorScheme: 'light', contrast: 'more' },
} as const

describe('every scene, light, dark and in high contrast', () => {
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
      expect(await violationsOf(page), name).toEqual([])
    }
    await expect.poll(() => page.evaluate(() => window.violations)).toEqual([])
  })
})

async function violationsOf(page: Page): Promise<readonly string[]> {
  const { violations } = await page.evaluate(async (): Promise<AxeResults> => {
    const { axe } = window as unknown as { axe: { run(options: object): Promise<AxeResults> } }
    return axe.run({
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    })
  })
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')} ${failureSummary ?? ''}`),
  )
}
