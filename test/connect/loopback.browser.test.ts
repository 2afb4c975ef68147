// A real Chromium at the loopback: what it sends, whom it reaches, and what pages of other origins can do with it.
import axe from 'axe-core'
import type { Browser, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { redirectUriOf } from '#connect/flow.ts'
import { Secret } from '#engine/domain/secret.ts'
import { startSimulator } from '#simulator/index.ts'
import { createAuthorization } from '#webex/authorization.ts'
import { attackerSite } from './support/attacker.ts'
import { launchChromium } from './support/chromium.ts'
import { harness, realClock } from './support/harness.ts'
import { ask, EVERYWHERE, freePort, LOOPBACK, PATIENTLY, stranger, watchAnswers } from './support/sockets.ts'

// A browser on a busy machine takes its time.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let browser: Browser
beforeAll(async () => {
  browser = await launchChromium(['evil.example'])
})
afterAll(() => browser.close())

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function newPage(): Promise<Page> {
  const context = await browser.newContext()
  closing.push(() => context.close())
  return context.newPage()
}

/** The flow against the simulated Webex; the "system browser" is the page, a person accepts. */
async function flowInBrowser(decision: 'Accept' | 'Decline' = 'Accept') {
  const port = await freePort()
  const simulator = await startSimulator({ redirectUri: redirectUriOf(port) })
  closing.push(() => simulator.close())
  const { authorizationUrl, exchangeCode } = createAuthorization({
    baseUrl: () => simulator.baseUrl,
    fetch: (url, init) => fetch(url, init),
    clock: realClock,
    userAgent: 'service-app-token-manager/0.1.0 (test)',
    newTrackingId: () => 'SATM_test',
  })
  const page = await newPage()
  let person: Promise<unknown> = Promise.resolve()
  const flow = await harness({
    port,
    authorizationUrl,
    exchangeCode,
    openBrowser: async (url) => {
      person = page.goto(url).then(() => page.getByRole('button', { name: decision }).click())
    },
  })
  closing.push(() => flow.connect.cancel())
  const { clientId, clientSecret } = simulator.integration
  const begin = () =>
    flow.connect.begin({
      credentials: { clientId, clientSecret: new Secret(clientSecret) },
      port,
      managerId: null,
    })
  return { flow, page, simulator, begin, person: () => person }
}

describe('the browser’s last page', () => {
  test('after a consent has no code in its address and says that it may be closed', async () => {
    const { flow, page, begin, person } = await flowInBrowser()
    await begin()
    await person()
    await page.waitForURL(/\/answered$/)
    expect(page.url()).toBe(`http://localhost:${flow.port}/answered`)
    await expect.poll(() => page.getByText('You can close this page.').count(), PATIENTLY).toBe(1)
    expect(await flow.until('connected')).toMatchObject({ kind: 'connected' })
    expect(flow.fronts()).toBe(1)
    const visited = await page.evaluate(() => ({
      referrer: document.referrer,
      entries: performance
        .getEntries()
        .map((entry) => entry.name)
        .join(' '),
    }))
    expect(JSON.stringify(visited)).not.toMatch(/code=|state=/)
  })

  test('after a refusal says so, and the app says what to do', async () => {
    const { flow, page, begin, person } = await flowInBrowser('Decline')
    await begin()
    await person()
    await expect.poll(() => page.getByRole('heading').textContent(), PATIENTLY).toContain('not authorized')
    expect(await flow.until('failed')).toMatchObject({ sentence: expect.stringContaining('declined') })
  })

  test.for(['light', 'dark'] as const)('is accessible in %s', async (colorScheme) => {
    const { page, begin, person } = await flowInBrowser()
    await page.emulateMedia({ colorScheme })
    await begin()
    await person()
    await page.waitForURL(/\/answered$/)
    await page.evaluate(axe.source)
    const violations = await page.evaluate(
      'axe.run().then((result) => result.violations.map((each) => each.id))',
    )
    expect(violations).toEqual([])
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    expect(ground).toBe(colorScheme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(26, 26, 26)')
  })
})

describe('a stranger on the port', () => {
  test.for(LOOPBACK)('on %s never gets a code: no browser is opened', async (host) => {
    const { flow, page, begin } = await flowInBrowser()
    const other = await stranger(flow.port, host)
    closing.push(() => other.close())
    await begin()
    expect(flow.connect.state()).toMatchObject({ kind: 'waiting', listening: false })
    expect(page.url()).toBe('about:blank')
    expect(other.asked).toEqual([])
  })

  test.for(EVERYWHERE)('who comes later finds %s taken, and the code reaches the app', async (host) => {
    const { flow, page, begin } = await flowInBrowser()
    await begin()
    await expect(stranger(flow.port, host)).rejects.toMatchObject({ code: 'EADDRINUSE' })
    await page.waitForURL(/\/answered$/)
    await flow.until('connected')
  })
})

describe('pages of other origins', () => {
  test.for(attackerSite.attacks)(
    '%s gets %s, and the true answer afterwards is taken',
    async ([attack, status]) => {
      const flow = await harness()
      closing.push(() => flow.connect.cancel())
      await flow.begin()
      const state = flow.state()
      // Even with the one-time state in hand, which no other page can know, only a real navigation would do.
      const known = attack.startsWith('a new window') || attack === 'a link' ? 'guessed' : state
      const site = await attackerSite.serve(attack, `${redirectUriOf(flow.port)}?code=f0reign&state=${known}`)
      closing.push(() => site.close())

      const { served, stop } = watchAnswers(flow.port)
      closing.push(async () => stop())
      const page = await newPage()
      await page.goto(`http://evil.example:${site.port}/`)
      await expect.poll(() => served.length, PATIENTLY).toBeGreaterThan(0)
      expect(served.map((each) => each.status)).toEqual(served.map(() => status))
      expect(flow.connect.state().kind).toBe('waiting')
      expect(flow.exchanges).toEqual([])

      const heard = await ask(flow.port, { target: `/callback?code=true&state=${state}` })
      expect(heard.status).toBe(303)
      await flow.until('connected')
      expect(flow.exchanges.map((each) => each.code)).toEqual(['true'])
    },
  )

  test('cannot read that a flow waits', async () => {
    const flow = await harness()
    closing.push(() => flow.connect.cancel())
    await flow.begin()
    const site = await attackerSite.serve('an empty page', '')
    closing.push(() => site.close())
    const page = await newPage()
    await page.goto(`http://evil.example:${site.port}/`)
    const read = await page.evaluate(
      (url) =>
        fetch(url)
          .then((response) => response.text())
          .catch((error: Error) => error.name),
      redirectUriOf(flow.port),
    )
    expect(read).toBe('TypeError')
  })
})
