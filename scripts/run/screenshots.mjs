// Takes the pictures; inside the desktop that screenshots.mjs made.
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { _electron } from 'playwright'
import { runnerImport } from 'vite'
import { projectRoot } from '../project.mjs'
import { animatedPng } from './animated-png.mjs'
import { sandboxArguments } from './electron.mjs'

/** Seconds: 14 days, what Webex gives. */
const ACCESS_TTL = 1209599
const SIZE = { width: 1180, height: 760 }

const [folder = ''] = process.argv.slice(2)
const file = path.join(projectRoot, 'test', 'gallery', 'tour.ts')
/** @type {{ module: { tour: () => Promise<import('./animated-png.mjs').Frame[]> } }} */
const { module } = await runnerImport(file, { configFile: false, logLevel: 'error' })
await writeFile(path.join(folder, 'tour.png'), animatedPng(await module.tour()))

const app = await _electron.launch({
  executablePath: process.env.SATM_ELECTRON ?? '',
  // Playwright would switch it off for everybody.
  chromiumSandbox: true,
  args: [...sandboxArguments(), projectRoot, '--demo', `--demo-access-ttl=${ACCESS_TTL}`],
})
try {
  const page = await app.firstWindow()
  await page.setViewportSize(SIZE)
  /** @param {string} name */
  const shot = (name) => page.screenshot({ path: path.join(folder, `${name}.png`), animations: 'disabled' })
  /** @param {'light' | 'dark'} theme */
  const dress = (theme) => page.emulateMedia({ colorScheme: theme })

  await dress('light')
  const rows = page.getByRole('row')
  await rows.filter({ hasText: 'Healthy' }).first().waitFor()
  await refresh('Orders data source (Globex)')
  await rows.filter({ hasText: 'Renewed by tier 2' }).first().waitFor()
  await refresh('Meeting reports (Globex)')
  await rows.filter({ hasText: 'Needs attention' }).first().waitFor()
  await dismissAll()
  await page.mouse.move(0, 0)
  await shot('service-apps')
  await dress('dark')
  await shot('service-apps-dark')
  await dress('light')
  await rows.filter({ hasText: 'Orders data source (Globex)' }).first().click()
  await page.getByRole('heading', { name: 'Renewal' }).waitFor()
  await shot('service-app')

  /** @param {string} name */
  async function refresh(name) {
    await page.getByRole('button', { name: `Refresh ${name}`, exact: true }).click()
  }

  async function dismissAll() {
    const dismiss = page.getByRole('button', { name: 'Dismiss' })
    while ((await dismiss.count()) > 0) await dismiss.first().click()
  }
} finally {
  await app.close()
}
