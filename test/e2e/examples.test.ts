// The programs of examples/ live through renewals: the real app keeps their tokens, the simulated Webex looks at each call.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { freePort } from '../connect/support/sockets.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'
import {
  type Example,
  inCommandLines,
  installUnits,
  runEverySecond,
  runExample,
  syncSecret,
} from './support/examples.ts'
import { addFleet } from './support/setup.ts'

/** Seconds; renewed after 3.2 to 4.8. */
const ACCESS_TTL = 8
const CALLS = 10
const root = path.resolve(import.meta.dirname, '../..')

describe.runIf(process.platform === 'linux')('a program that asks the app', () => {
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'satm-examples-'))
  const envFile = path.join(dataFolder, 'program.env')
  const programs: Record<string, Example> = {}
  let simulator: Simulator
  let app: RunningApp
  let secret: string

  const orgs = () => simulator.serviceApps[0]?.orgs ?? []
  /** Tokens that were presented for an org since the programs run, and how many calls were refused. */
  const seenOf = (orgId: string) => {
    const calls = simulator.ledger.at('dataSourceSchemas').filter((call) => call.orgId === orgId)
    return {
      tokens: new Set(calls.map((call) => call.presentedFingerprint)).size,
      refused: calls.filter(({ status }) => status !== 200).length,
    }
  }

  beforeAll(async () => {
    simulator = await startSimulator({
      accessTtl: ACCESS_TTL,
      refreshTtl: 600,
      managerAccessTtl: 3600,
      apps: 1,
      orgs: 9,
    })
    app = await launchApp({ dataFolder, env: { SATM_WEBEX_BASE_URL: simulator.baseUrl } })
    const ids = await addFleet(app.page, simulator)
    const port = await freePort()
    await ask(app.page, 'endpoint.save', { on: true, port })
    await ask(app.page, 'endpoint.add-consumer', {
      name: 'examples',
      profileIds: [0, 1, 5, 8].map((at) => ids[at] ?? ''),
    })
    secret = await app.electron.evaluate(({ clipboard }) => clipboard.readText())
    await ask(app.page, 'delivery.save', {
      profileId: ids[4] ?? '',
      targetId: null,
      target: {
        kind: 'env-file',
        path: envFile,
        accessTokenName: 'WEBEX_SERVICE_APP_ACCESS_TOKEN',
        refreshTokenName: null,
        confirmed: [],
      },
    })
    simulator.ledger.clear()
    const url = (at: number) => `http://127.0.0.1:${port}/v1/token/${ids[at]}`
    const common = { WEBEX_URL: simulator.baseUrl, EVERY: '0.5' }
    const satm = {
      SATM: `${process.execPath} ${path.join(root, 'out/satm/index.js')}`,
      SATM_DATA_FOLDER: dataFolder,
      KEEP: '1',
    }
    programs.node = runExample([process.execPath, 'node/call-webex.mjs'], {
      ...common,
      SATM_URL: url(0),
      SATM_SECRET: secret,
    })
    programs.shell = runExample(['sh', 'shell/call-webex.sh'], {
      ...common,
      SATM_URL: url(1),
      SATM_SECRET: secret,
    })
    programs.nodeSatm = runExample([process.execPath, 'node/call-webex.mjs'], {
      ...common,
      ...satm,
      SATM_PROFILE: ids[2] ?? '',
    })
    programs.shellSatm = runExample(['sh', 'shell/call-webex.sh'], {
      ...common,
      ...satm,
      EVERY: '1',
      SATM_PROFILE: ids[3] ?? '',
    })
    programs.python = runExample(['/usr/bin/python3', 'python/call_webex.py'], {
      ...common,
      SATM_URL: url(5),
      SATM_SECRET: secret,
    })
    programs.pythonSatm = runExample(['/usr/bin/python3', 'python/call_webex.py'], {
      ...common,
      ...satm,
      EVERY: '1',
      SATM_PROFILE: ids[6] ?? '',
    })
    const unit = installUnits(path.join(dataFolder, 'units'), {
      satm: satm.SATM,
      folder: path.join(root, 'examples'),
    })
    programs.systemd = runEverySecond(unit.command.replace('Orders', ids[7] ?? ''), {
      ...common,
      ...unit.environment,
      SATM_DATA_FOLDER: dataFolder,
    })
    programs.kubernetes = syncSecret(
      readFileSync(path.join(root, 'examples/kubernetes/external-secret.yaml'), 'utf8'),
      {
        endpoint: `http://127.0.0.1:${port}`,
        key: ids[8] ?? '',
        secrets: { 'webex-token-consumer': { secret } },
        webex: simulator.baseUrl,
      },
    )
    programs.dotenv = runExample([process.execPath, 'dotenv/call-webex.mjs'], {
      ...common,
      ENV_FILE: envFile,
    })
  })

  afterAll(async () => {
    for (const program of Object.values(programs)) program.stop()
    await app?.close()
    await simulator?.close()
    rmSync(dataFolder, { recursive: true, force: true })
  })

  test('calls on and on, with token after token, and no call fails', async () => {
    const enough = () =>
      Object.values(programs).every((program) => program.lines().length >= CALLS) &&
      orgs().every(({ orgId }, at) => seenOf(orgId).tokens >= (at < 2 ? 3 : 2))
    const shown = new Set<string>()
    await expect.poll(() => Object.values(programs).every((program) => program.lines().length > 0)).toBe(true)
    for (const { orgId } of orgs().slice(0, 2)) {
      simulator.control.killAccessToken(simulator.serviceApps[0]?.name ?? '', orgId)
    }
    await expect
      .poll(
        () => {
          for (const found of inCommandLines([secret, ...simulator.secrets()])) shown.add(found)
          return enough() || Object.values(programs).some((program) => program.failures().length > 0)
        },
        { timeout: 60_000, interval: 100 },
      )
      .toBe(true)
    for (const [name, program] of Object.entries(programs)) {
      expect.soft(program.failures(), name).toEqual([])
      expect.soft(program.lines().length, name).toBeGreaterThanOrEqual(CALLS)
    }
    const [byNode = 0, byShell = 0, ...others] = orgs().map(({ orgId }) => seenOf(orgId).refused)
    // Whose token was killed had a new one for the very same call: refused were that, and the app's own look at it. The
    // shell's keeps none and may have had a new one already.
    expect([1, 2]).toContain(byNode)
    expect(byShell).toBeLessThanOrEqual(2)
    expect(others).toEqual(others.map(() => 0))
    // Neither the programs nor what they start show a secret to whoever lists processes.
    expect([...shown]).toEqual([])
  })
})
