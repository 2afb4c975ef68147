// The real app when Chromium's network service is killed, when a page answers in Webex's place, and when the app itself is
// suspended in the middle of a call.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { CALL_DEADLINE } from '#webex/http-exchange.ts'
import { notingBrowser } from '../../scripts/run/noting-browser.mjs'
import { closeServer } from '../connect/support/sockets.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'
import { answerConsent, arrive } from './support/consent.ts'
import { networkServices } from './support/network-services.ts'
import { addFleet } from './support/setup.ts'

const PATIENTLY = { timeout: 20_000, interval: 20 }

describe.runIf(process.platform === 'linux')('calls over the network', () => {
  const home = mkdtempSync(path.join(tmpdir(), 'satm-network-service-'))
  const dataFolder = path.join(home, 'data')
  const browser = notingBrowser(path.join(home, 'desktop'))
  let simulator: Simulator
  let receiver: Server
  let heard = 0
  let app: RunningApp
  let profileId: string

  beforeAll(async () => {
    simulator = await startSimulator({ apps: 1, orgs: 1 })
    receiver = createServer((request, response) => {
      request.resume().on('end', () => {
        heard += 1
        response.writeHead(204).end()
      })
    })
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    const env = { ...browser.env, SATM_WEBEX_BASE_URL: simulator.baseUrl }
    app = await launchApp({ dataFolder, env })
    const [first = ''] = await addFleet(app.page, simulator)
    profileId = first
    const { port } = receiver.address() as AddressInfo
    await ask(app.page, 'webhook.save', { url: `http://127.0.0.1:${port}/` })
  })
  afterAll(async () => {
    await app?.close()
    await simulator?.close()
    if (receiver !== undefined) await closeServer(receiver)
    rmSync(home, { recursive: true, force: true })
  })

  const main = () => app.electron.process().pid ?? 0
  const refresh = () => ask(app.page, 'profile.refresh', { profileId })
  const callsTo = (endpoint: 'tier1' | 'code') => simulator.ledger.at(endpoint).length
  const results = ({ calls }: { readonly calls: readonly { readonly result: string }[] }) =>
    calls.map(({ result }) => result)
  const testWebhook = () => ask(app.page, 'webhook.test', {})
  const connect = async () => {
    const known = browser.opened().length
    const managerId = (await ask(app.page, 'view.get', {})).fleet.managers[0]?.id ?? null
    await ask(app.page, 'connect.begin', { managerId, credentials: null })
    const consented = await answerConsent(await browser.next(known), 'accept')
    return async () => {
      await arrive(consented)
      const { connect: state } = await settled()
      return state.kind
    }
  }
  const settled = async () => {
    const view = () => ask(app.page, 'view.get', {})
    await expect.poll(async () => (await view()).connect.kind, PATIENTLY).toMatch(/connected|failed/)
    return view()
  }
  /** Kills it, and waits until the kernel has ended it, not until Chromium has noticed. */
  const kill = async () => {
    const [pid] = networkServices(main())
    if (pid === undefined) throw new Error('The app has no network service.')
    process.kill(pid, 'SIGKILL')
    await expect.poll(() => networkServices(main()), PATIENTLY).not.toContain(pid)
  }

  test('go on after the network service was killed while nothing was under way', async () => {
    expect((await refresh()).outcome).toBe('renewed')
    for (let round = 0; round < 3; round += 1) {
      const before = callsTo('tier1')
      await kill()
      const attempt = await refresh()
      expect(attempt).toMatchObject({ outcome: 'renewed', tier: 1 })
      expect(results(attempt)).toEqual(['ok'])
      expect(callsTo('tier1') - before).toBe(1)
    }
  })

  test('a webhook message is the first after the death', async () => {
    await kill()
    const before = heard
    expect(await testWebhook()).toMatchObject({ delivered: true })
    expect(heard - before).toBe(1)
  })

  test('the integration is connected, with a death before the browser opens and one before the code is exchanged', async () => {
    await kill()
    const come = await connect()
    await kill()
    const before = callsTo('code')
    expect(await come()).toBe('connected')
    expect(callsTo('code') - before).toBe(1)
  })

  test('one that was under way is told as a lost answer, once, and the next one works', async () => {
    simulator.control.fault({ endpoint: 'tier1', kind: 'hang' })
    const before = callsTo('tier1')
    const lost = refresh()
    await expect.poll(() => callsTo('tier1') - before, PATIENTLY).toBe(1)
    await kill()
    const attempt = await lost
    expect(results(attempt)).toEqual(['answer-lost'])
    expect(attempt.calls[0]?.duration).toBeLessThan(CALL_DEADLINE / 2)
    expect(results(await refresh())).toEqual(['ok'])
  })

  test('several deaths in a row, each as soon as there is a service again', async () => {
    for (let round = 0; round < 4; round += 1) {
      await kill()
      expect(await testWebhook()).toMatchObject({ delivered: true })
    }
    expect(results(await refresh())).toEqual(['ok'])
  })

  test('many at once find the service dead and move together', async () => {
    await kill()
    const before = heard
    const sent = await Promise.all([refresh(), ...Array.from({ length: 10 }, testWebhook)])
    const [attempt, ...messages] = sent
    expect(attempt).toMatchObject({ outcome: 'renewed' })
    expect(messages).toEqual(messages.map(() => expect.objectContaining({ delivered: true })))
    expect(heard - before).toBe(10)
  })

  test('the window works and can be loaded again', async () => {
    for (let round = 0; round < 5; round += 1) {
      await kill()
      // Begun before Chromium has noticed the death.
      await app.page.evaluate(() => {
        Object.assign(window, { isOld: true })
        location.reload()
      })
      await expect.poll(() => app.page.evaluate(() => 'isOld' in window), PATIENTLY).toBe(false)
      await app.page.getByText('Service apps').first().waitFor()
      expect(results(await refresh())).toEqual(['ok'])
    }
    const log = readFileSync(path.join(dataFolder, 'logs', 'app.log'), 'utf8')
    expect(log).toContain('network.session-replaced')
    expect(log).not.toMatch(/page\.\w+-refused/)
  })

  test('a page in place of the token endpoint’s answer stops nothing once Webex answers anything else', async () => {
    const faults = [
      { endpoint: 'dataSourceSchemas', kind: 'status', status: 404, times: 'until cleared' },
      { endpoint: 'dataSourceSchemas', kind: 'status', status: 503, shape: 'html', times: 'until cleared' },
    ] as const
    for (const fault of faults) {
      const id = simulator.control.fault(fault)
      simulator.control.fault({ endpoint: 'tier1', kind: 'status', status: 200, shape: 'html' })
      expect(results(await refresh())).toEqual(['interference'])
      const before = callsTo('tier1')
      expect(results(await refresh())).toEqual(['ok'])
      expect(callsTo('tier1') - before).toBe(1)
      expect((await ask(app.page, 'view.get', {})).fleet.incidents).toEqual([])
      simulator.control.clearFaults(id)
    }
  })

  test('an answer that came while the app was suspended past its deadline is taken', async () => {
    const before = callsTo('tier1')
    simulator.control.setLatency(1_000)
    const waited = refresh()
    await expect.poll(() => callsTo('tier1') - before, PATIENTLY).toBe(1)
    // As when the computer sleeps: none of them reads a socket.
    const suspended = [main(), ...networkServices(main())]
    for (const pid of suspended) process.kill(pid, 'SIGSTOP')
    simulator.control.setLatency(0)
    await new Promise((resolve) => setTimeout(resolve, CALL_DEADLINE + 1_500))
    for (const pid of suspended) process.kill(pid, 'SIGCONT')
    const attempt = await waited
    expect(attempt.outcome).toBe('renewed')
    expect(results(attempt)).toEqual(['ok'])
  })
})
