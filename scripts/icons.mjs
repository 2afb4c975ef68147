// Renders the SVGs under resources/icons to the PNGs beside them, with the system's Chromium. Run by hand after a drawing
// has changed (`node scripts/icons.mjs`); the results are in the repository.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { chromium } from 'playwright'

const icons = path.join(import.meta.dirname, '..', 'resources', 'icons')
const APP_SIZES = [16, 24, 32, 48, 64, 128, 256, 512]
const TRAY_SIZES = [16, 24, 32]

/** What each drawing is rendered to: file name and pixels. `@2x` is Electron's mark for twice the density. */
function renderings() {
  const app = APP_SIZES.map((size) => ({ svg: 'app.svg', png: `app-${size}.png`, size }))
  const tray = readdirSync(path.join(icons, 'tray'))
    .filter((file) => file.endsWith('.svg'))
    .flatMap((file) => {
      const name = file.slice(0, -'.svg'.length)
      const plain = name.endsWith('Template')
        ? [{ name, size: 16 }]
        : TRAY_SIZES.map((size) => ({ name: `${name}-${size}`, size }))
      return plain.flatMap((one) => [
        { svg: `tray/${file}`, png: `tray/${one.name}.png`, size: one.size },
        { svg: `tray/${file}`, png: `tray/${one.name}@2x.png`, size: one.size * 2 },
      ])
    })
  return [...app, ...tray]
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
})
const page = await browser.newPage()
for (const { svg, png, size } of renderings()) {
  const drawing = readFileSync(path.join(icons, svg), 'utf8').replace(
    '<svg',
    `<svg width="${size}" height="${size}"`,
  )
  await page.setViewportSize({ width: size, height: size })
  await page.setContent(`<style>body{margin:0}svg{display:block}</style>${drawing}`)
  writeFileSync(path.join(icons, png), await page.screenshot({ omitBackground: true }))
}
await browser.close()
console.log(`${renderings().length} pictures rendered.`)
