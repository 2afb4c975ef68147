// A person with a browser of their own.
import path from 'node:path'
import { chromium } from 'playwright'
import { sandboxArguments } from '../run/electron.mjs'

/**
 * The person at the consent page, in a browser of their own.
 * @param {string} address
 * @param {string} output
 */
export async function consent(address, output) {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: [...sandboxArguments()],
  })
  try {
    const page = await browser.newPage({ viewport: { width: 900, height: 640 } })
    await page.goto(address)
    await page.screenshot({ path: path.join(output, 'browser-consent.png') })
    await page.getByRole('button', { name: 'Accept' }).click()
    await page.waitForURL(/localhost/)
    await page.screenshot({ path: path.join(output, 'browser-last-page.png') })
  } finally {
    await browser.close()
  }
}
