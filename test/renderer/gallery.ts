// Draws every screen from fake views into PNGs, to be looked at by a person. Not a test.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type Browser, chromium } from 'playwright'
import { buildRenderer } from './build.ts'
import { installBridge } from './fake-bridge.ts'
import { attempts, NOW } from './fake-view.ts'
import { type Scene, scenes } from './scenes.ts'
import { serve } from './serve.ts'

const sizes = {
  small: { width: 900, height: 600 },
  /** The small one at 150 %. */
  zoomed: { width: 600, height: 400 },
  large: { width: 1600, height: 1000 },
  middle: { width: 1200, height: 800 },
}

export default async function gallery(
  out: string,
  only = '',
  themes = 'light,dark',
  shapes = 'middle',
): Promise<void> {
  await mkdir(out, { recursive: true })
  const folder = await mkdtemp(path.join(tmpdir(), 'satm-gallery-'))
  await buildRenderer(folder)
  const served = await serve(folder)
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  try {
    for (const scene of scenes) {
      if (only !== '' && !only.split(',').includes(scene.name)) continue
      for (const theme of themes.split(',') as ('light' | 'dark' | 'contrast')[]) {
        for (const shape of shapes.split(',') as (keyof typeof sizes)[]) {
          await draw(
            browser,
            served.url,
            scene,
            theme,
            sizes[shape],
            path.join(out, `${scene.name}-${theme}-${shape}.png`),
          )
        }
      }
    }
  } finally {
    await browser.close()
    await served.close()
    await rm(folder, { recursive: true })
  }
}

async function draw(
  browser: Browser,
  url: string,
  scene: Scene,
  theme: 'light' | 'dark' | 'contrast',
  size: { readonly width: number; readonly height: number },
  file: string,
): Promise<void> {
  const page = await browser.newPage({
    viewport: size,
    colorScheme: theme === 'dark' ? 'dark' : 'light',
    contrast: theme === 'contrast' ? 'more' : 'no-preference',
    reducedMotion: 'reduce',
  })
  page.on('pageerror', (error) => console.log(scene.name, 'page error', error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') console.log(scene.name, message.text())
  })
  await page.clock.install({ time: NOW })
  await installBridge(page, {
    view: scene.view,
    answers: scene.answers ?? {},
    attempts: scene.attempts ?? attempts(60),
  })
  await page.goto(`${url}${scene.hash ?? ''}`)
  // Most screens are loaded when they are wanted.
  await page.locator('main > *').waitFor()
  await page.evaluate(() => document.fonts.ready)
  await scene.act?.(page)
  await page.clock.runFor(300)
  await page.screenshot({ path: file })
  await page.close()
}
