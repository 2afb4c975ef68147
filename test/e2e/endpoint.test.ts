// The local endpoint of the real app: switched on by a person, asked by programs, out of reach of web pages.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DeliveryView } from '#contract/contract.ts'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { closeServer, freePort, LOOPBACK, listenersOn, stranger } from '../connect/support/sockets.ts'
import { ask as askEndpoint } from '../delivery/endpoint/support/running.ts'
import { launchApp, launchBrowser, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'
import { addFleet } from './support/setup.ts'

const PASSPHRASE = 'correct horse battery'

describe.runIf(process.platform === 'linux')('the local endpoint', () => {
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'satm-endpoint-'))
  let simulator: Simulator
  let app: RunningApp
  let port: number
  let profileIds: readonly string[]
  let secret: string
  let consumerId: string

  const start = () => launchApp({ dataFolder, env: { SATM_WEBEX_BASE_URL: simulator.baseUrl } })
  const view = async (): Promise<DeliveryView['endpoint']> =>
    (await ask(app.page, 'view.get', {})).delivery.endpoint
  const clipboard = () => app.electron.evaluate(({ clipboard: board }) => board.readText())
  const token = (profileId = profileIds[0], given = secret) =>
    askEndpoint(port, { secret: given, path: `/v1/token/${profileId}` })

  beforeAll(async () => {
    simulator = await startSimulator({ apps: 1, orgs: 2 })
    port = await freePort()
    app = await start()
    profileIds = await addFleet(app.page, simulator)
  })

  afterAll(async () => {
    await app?.close()
    await simulator?.close()
    rmSync(dataFolder, { recursive: true, force: true })
  })

  test('is off until a person switches it on, then listens on loopback only', async () => {
    expect(await view()).toMatchObject({ on: false, listening: false })
    await ask(app.page, 'endpoint.save', { on: true, port })
    expect(listenersOn(port)).toEqual(LOOPBACK)
    expect(await view()).toMatchObject({ on: true, listening: true, problem: null })
  })

  test('gives a token that Webex accepts, for a secret that only the clipboard held', async () => {
    const reply = await ask(app.page, 'endpoint.add-consumer', {
      name: 'Nightly report',
      profileIds: [profileIds[0] ?? ''],
    })
    consumerId = reply.consumerId
    secret = await clipboard()
    expect(secret).toMatch(/^satm_[\w-]{43}$/)
    const heard = await token()
    expect(heard.status).toBe(200)
    const webex = await fetch(`${simulator.baseUrl}/dataSources/schemas`, {
      headers: { authorization: `Bearer ${heard.json().access_token}` },
    })
    expect(webex.status).toBe(200)
    expect((await token(profileIds[1])).status).toBe(404)
    expect((await token(profileIds[0], `${secret.slice(0, -1)}_`)).status).toBe(401)
    const page = JSON.stringify(await ask(app.page, 'view.get', {})) + (await app.page.content())
    expect(page).not.toContain(secret.slice(5))
    expect(readFileSync(path.join(dataFolder, 'logs', 'app.log'), 'utf8')).not.toContain(secret.slice(5))
    await expect.poll(async () => (await view()).consumers[0]?.lastUsedAt).toEqual(expect.any(Number))
  })

  test('gives a web page nothing, not even with the secret', async () => {
    const site = createServer((_request, response) =>
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>A page</h1>'),
    )
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
    const address = site.address()
    const browser = await launchBrowser()
    try {
      const page = await browser.newPage()
      const statuses: (readonly [string, number])[] = []
      page.on('response', (response) => statuses.push([response.url(), response.status()]))
      await page.goto(`http://localhost:${typeof address === 'object' ? address?.port : ''}/`)
      const url = `http://127.0.0.1:${port}/v1/token/${profileIds[0]}`
      const read = (init: object) =>
        page.evaluate(
          `fetch(${JSON.stringify(url)}, ${JSON.stringify(init)}).then((one) => one.text()).catch((error) => error.name)`,
        )
      expect(await read({ headers: { authorization: `Bearer ${secret}` } })).toBe('TypeError')
      expect(await read({})).toBe('TypeError')
      expect(await read({ mode: 'no-cors' })).toBe('TypeError')
      const typed = await page.goto(url)
      expect(typed?.status()).toBe(403)
      expect(await typed?.text()).not.toContain('access_token')
      expect(statuses.filter(([asked, status]) => asked === url && status !== 403)).toEqual([])
    } finally {
      await browser.close()
      await closeServer(site)
    }
  })

  test('after a restart knows its consumers, names who took its port, and comes back when that is gone', async () => {
    await ask(app.page, 'endpoint.forget-secret', {})
    await expect(ask(app.page, 'endpoint.copy-secret', {})).rejects.toThrow('no longer available')
    await app.close()
    expect(listenersOn(port)).toEqual([])
    const other = await stranger(port, '127.0.0.1')
    app = await start()
    await expect
      .poll(async () => (await view()).problem)
      .toMatch(
        new RegExp(
          `^Port ${port} is taken by .+ \\(process ${process.pid}\\)\\. Stop that, or choose another one, such as \\d+\\.`,
        ),
      )
    await other.close()
    await ask(app.page, 'endpoint.save', { on: true, port })
    expect((await token()).status).toBe(200)
    expect((await view()).consumers).toMatchObject([{ id: consumerId, name: 'Nightly report' }])
  })

  test('knows a revoked secret no more, and listens no more once it is off', async () => {
    await ask(app.page, 'endpoint.revoke', { consumerId })
    expect((await token()).status).toBe(401)
    await ask(app.page, 'endpoint.save', { on: false, port })
    expect(listenersOn(port)).toEqual([])
  })

  test('goes on while the window is locked', async () => {
    await ask(app.page, 'endpoint.save', { on: true, port })
    await ask(app.page, 'endpoint.add-consumer', { name: 'Night shift', profileIds: null })
    secret = await clipboard()
    await ask(app.page, 'security.set-passphrase', { passphrase: PASSPHRASE, mode: 'beside' })
    await ask(app.page, 'lock.now', {})
    await expect(ask(app.page, 'endpoint.copy-secret', {})).rejects.toThrow(/locked/i)
    expect((await token()).status).toBe(200)
  })
})
