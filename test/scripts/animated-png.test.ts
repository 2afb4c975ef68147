import { chromium, type Page } from 'playwright'
import { expect, onTestFinished, test } from 'vitest'
import { animatedPng } from '../../scripts/run/animated-png.mjs'

async function aPage(): Promise<Page> {
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] })
  onTestFinished(() => browser.close())
  return browser.newPage({ viewport: { width: 40, height: 30 } })
}

async function colored(page: Page, color: string): Promise<Buffer> {
  await page.setContent(`<body style="margin:0;background:${color}">`)
  return page.screenshot()
}

test('a browser decodes every frame, with its time', async () => {
  const page = await aPage()
  const frames = [
    { png: await colored(page, 'rgb(250, 0, 0)'), ms: 1500 },
    { png: await colored(page, 'rgb(0, 250, 0)'), ms: 700 },
    { png: await colored(page, 'rgb(0, 0, 250)'), ms: 2000 },
  ] as const
  const animation = animatedPng(frames).toString('base64')
  // Only a page that came securely may decode pictures.
  await page.route('**/*', (route) => route.fulfill({ contentType: 'text/html', body: '' }))
  await page.goto('https://pictures.example/')
  const decoded = await page.evaluate(async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
    const decoder = new ImageDecoder({ data: bytes, type: 'image/png' })
    await decoder.tracks.ready
    const canvas = new OffscreenCanvas(40, 30).getContext('2d')
    const all = []
    for (let frameIndex = 0; frameIndex < (decoder.tracks.selectedTrack?.frameCount ?? 0); frameIndex++) {
      const { image } = await decoder.decode({ frameIndex })
      canvas?.drawImage(image, 0, 0)
      all.push([...(canvas?.getImageData(20, 15, 1, 1).data ?? [])].slice(0, 3), (image.duration ?? 0) / 1000)
    }
    return all
  }, animation)
  expect(decoded).toEqual([[250, 0, 0], 1500, [0, 250, 0], 700, [0, 0, 250], 2000])
})

test('pictures of two sizes make no animation', async () => {
  const page = await aPage()
  const small = await colored(page, 'red')
  await page.setViewportSize({ width: 41, height: 30 })
  const large = await colored(page, 'red')
  expect(() =>
    animatedPng([
      { png: small, ms: 1 },
      { png: large, ms: 1 },
    ]),
  ).toThrow('different kinds or sizes')
})
