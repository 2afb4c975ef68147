// The simulator's pages in a real browser: usable, accessible, and not stopped by their own policy.
import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { authorizeUrl } from './support/calls.ts'
import { running } from './support/running.ts'

const CHROMIUM = '/usr/bin/chromium'
/** Chromium's sandbox refuses to run for the superuser; nobody else is given the switch. */
const sandboxSwitch = process.getuid?.() === 0 ? ['--no-sandbox'] : []

let browser: Browser
beforeAll(async () => {
  if (!existsSync(CHROMIUM)) {
    throw new Error(`${CHROMIUM} is missing. Run: sudo apt-get install --no-install-recommends -y chromium`)
  }
  browser = await chromium.launch({ executablePath: CHROMIUM, args: sandboxSwitch })
}, 60_000)
afterAll(() => browser?.close())

/** A page, and what its console complained of. */
async function newPage(): Promise<{ readonly page: Page; readonly complaints: readonly string[] }> {
  const context = await browser.newContext()
  onTestFinished(() => context.close())
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => void complaints.push(message.text()))
  return { page, complaints }
}

async function wrongsOf(page: Page): Promise<readonly string[]> {
  // Evaluated through the debugger, which no content security policy holds back.
  await page.evaluate(axe.source)
  return page.evaluate(async () => {
    const { violations } = await Reflect.get(globalThis, 'axe').run()
    return violations.map((violation: { readonly id: string }) => violation.id)
  })
}

/** Where the redirect URI leads: notes what arrives. */
async function redirectTarget(): Promise<{ readonly url: string; readonly arrived: readonly string[] }> {
  const arrived: string[] = []
  const server = createServer((request, response) => {
    arrived.push(request.url ?? '')
    response.writeHead(200, { 'Content-Type': 'text/html' }).end('<title>Back</title>')
  })
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://localhost:${port}/callback`, arrived }
}

test.each([
  ['Accept', /[?&]code=[\w-]+/],
  ['Decline', /[?&]error=access_denied/],
])('%s, by keyboard, arrives at the redirect URI', async (button, expected) => {
  const target = await redirectTarget()
  const simulator = await running({ redirectUri: target.url })
  const { page, complaints } = await newPage()
  await page.goto(authorizeUrl(simulator))
  await page.getByRole('button', { name: button, exact: true }).focus()
  await page.keyboard.press('Enter')
  await expect.poll(() => page.title()).toBe('Back')
  expect(target.arrived.filter((url) => expected.test(url))).toHaveLength(1)
  expect(complaints.filter((complaint) => /Content Security Policy/.test(complaint))).toEqual([])
})

test.each(['light', 'dark'] as const)('no page breaks a rule of accessibility, %s', async (colorScheme) => {
  const simulator = await running({ portal: true })
  const { page, complaints } = await newPage()
  await page.emulateMedia({ colorScheme })
  for (const url of [
    authorizeUrl(simulator),
    authorizeUrl(simulator, { client_id: 'C0' }),
    `${simulator.origin}/`,
  ]) {
    await page.goto(url)
    expect([url, await wrongsOf(page)]).toEqual([url, []])
  }
  expect(complaints.filter((complaint) => /Content Security Policy/.test(complaint))).toEqual([])
})
