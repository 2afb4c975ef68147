// Files that take long to read, or were made to, in the real app: renewals, satm and the endpoint go on meanwhile, the
// reading can be canceled, and what was read is restored.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { attemptLine } from '#vault/backup/backup-records.ts'
import { freePort } from '../connect/support/sockets.ts'
import { ask as askEndpoint } from '../delivery/endpoint/support/running.ts'
import { fileOf, PASSPHRASE, profile, sealed, serviceApp } from '../vault/support/backups.ts'
import { anAttempt } from '../vault/support/builders.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask, attemptsOf } from './support/ask.ts'
import { addFleet } from './support/setup.ts'

const satmProgram = path.resolve(import.meta.dirname, '../../out/satm/index.js')
const MIB = 1024 * 1024
const passphrase = PASSPHRASE.reveal()

describe.runIf(process.platform === 'linux')('large files', () => {
  const dataFolder = mkdtempSync(path.join(tmpdir(), 'satm-large-files-'))
  let simulator: Simulator
  let app: RunningApp
  let port: number
  let profileIds: readonly string[]

  /** The system's dialogs cannot be driven; what a person would choose in them is. */
  const chooses = (file: string) =>
    app.electron.evaluate(({ dialog }, chosen) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [chosen] })
    }, file)
  const reads = async (file: string) => {
    await chooses(file)
    await ask(app.page, 'backup.choose', {})
    return ask(app.page, 'backup.read', { passphrase })
  }
  const satm = async (...args: string[]) => {
    const child = spawn(process.execPath, [satmProgram, ...args], {
      env: { ...process.env, SATM_DATA_FOLDER: dataFolder, SATM_WEBEX_BASE_URL: simulator.baseUrl },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [[code], out] = await Promise.all([
      once(child, 'close'),
      (async () => {
        let text = ''
        for await (const chunk of child.stdout) text += String(chunk)
        return text
      })(),
    ])
    return { code, out: out.trimEnd() }
  }
  /** The longest time for which the main process did nothing else, as a share of all the time that `work` took. */
  const blockedDuring = async (work: () => Promise<unknown>) => {
    await app.electron.evaluate(() => {
      const { monitorEventLoopDelay } = process.getBuiltinModule('perf_hooks')
      const delay = monitorEventLoopDelay({ resolution: 5 })
      delay.enable()
      Object.assign(globalThis, { delay })
    })
    const began = performance.now()
    await work()
    const took = performance.now() - began
    const longest = await app.electron.evaluate(
      () => (globalThis as unknown as { delay: { max: number } }).delay.max / 1e6,
    )
    return longest / took
  }

  beforeAll(async () => {
    simulator = await startSimulator({ apps: 1, orgs: 2 })
    port = await freePort()
    app = await launchApp({ dataFolder, env: { SATM_WEBEX_BASE_URL: simulator.baseUrl } })
    profileIds = await addFleet(app.page, simulator)
    await ask(app.page, 'endpoint.save', { on: true, port })
  })

  afterAll(async () => {
    await app?.close()
    await simulator?.close()
    rmSync(dataFolder, { recursive: true, force: true })
  })

  test('while one is read, tokens are renewed and programs get theirs, until it is canceled', async () => {
    await ask(app.page, 'endpoint.add-consumer', { name: 'Nightly report', profileIds: null })
    const secret = await app.electron.evaluate(({ clipboard }) => clipboard.readText())
    const [profileId = ''] = profileIds
    const { fleet } = await ask(app.page, 'view.get', {})
    const name = fleet.profiles[0]?.name ?? ''
    const before = (await attemptsOf(app.page, name)).length
    // Half a million attempts: some 300 MiB.
    const file = await sealed(
      Buffer.concat(Array(500).fill(gzipSync(attemptLine(anAttempt('a')).repeat(1000)))),
    )
    let over = false
    const reading = reads(file).then(
      () => 'read',
      (error: Error) => {
        over = true
        return error.message
      },
    )
    const blocked = await blockedDuring(async () => {
      for (let n = 0; n < 3; n++) {
        const heard = await askEndpoint(port, { secret, path: `/v1/token/${profileId}` })
        expect(heard.status).toBe(200)
        const { code, out } = await satm('token', name)
        expect([code, out]).toEqual([0, heard.json().access_token])
        await ask(app.page, 'profile.refresh', { profileId })
      }
    })
    expect((await attemptsOf(app.page, name)).length).toBe(before + 3)
    expect(over).toBe(false)
    expect(blocked).toBeLessThan(0.25)
    await ask(app.page, 'backup.forget', {})
    expect(await reading).toContain('Canceled. Nothing was changed.')
  })

  test('one that was made to fill the memory is refused in words, and the app goes on', async () => {
    const bomb = await sealed(Buffer.concat(Array(22).fill(gzipSync(Buffer.alloc(64 * MIB, 'a')))))
    await expect(reads(bomb)).rejects.toThrow('This file is larger than any backup')
    const lines = await sealed(Buffer.concat(Array(22).fill(gzipSync(Buffer.alloc(64 * MIB, '\n')))))
    await expect(reads(lines)).rejects.toThrow('This backup is damaged')
    expect((await ask(app.page, 'view.get', {})).fleet.profiles).toHaveLength(2)
  })

  test('a list of 50 MB is read and planned, and one that is larger is refused', async () => {
    const row = (n: number) => `Org ${n},app-${n},client-${n},${'s'.repeat(4900)},org-${n}`
    const csv = path.join(dataFolder, 'orgs.csv')
    const rows = Array.from({ length: 10_000 }, (_, n) => row(n))
    writeFileSync(csv, ['name,app id,client id,secret,org id', ...rows].join('\n'))
    await chooses(csv)
    let dryRun: unknown
    const blocked = await blockedDuring(async () => {
      dryRun = await ask(app.page, 'import.choose', {})
    })
    await ask(app.page, 'import.forget', {})
    expect(dryRun).toMatchObject({ kind: 'profiles', comingIn: 10_000, refused: 0 })
    // In this process it would be nearly all of it.
    expect(blocked).toBeLessThan(0.33)
    writeFileSync(csv, Buffer.alloc(51 * MIB, 'a'))
    await expect(ask(app.page, 'import.choose', {})).rejects.toThrow('The limit is 50 MB')
  })

  test('what the thread read is restored, with its secrets and its history', async () => {
    const records = [
      { kind: 'cloud', value: { baseUrl: simulator.baseUrl } },
      serviceApp('sa'),
      profile('p', { name: 'From the backup' }),
      ...Array.from({ length: 700 }, (_, n) => JSON.parse(attemptLine(anAttempt(`a${n}`))) as object),
    ]
    expect(await reads(await fileOf(records))).toMatchObject({ serviceApps: 1, customers: 1, attempts: 700 })
    await ask(app.page, 'backup.restore', { paused: false })
    const { fleet } = await ask(app.page, 'view.get', {})
    expect(fleet.profiles.map(({ name }) => name)).toEqual(['From the backup'])
    expect((await attemptsOf(app.page, 'Profile p1')).length).toBeGreaterThan(100)
  })
})
