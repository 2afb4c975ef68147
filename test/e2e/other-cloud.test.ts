// The cloud belongs to the vault, in the real app: a settings file that was cut short, a backup of another cloud, a vault
// of an older version. Nothing leaves before the person has said which cloud is right.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Simulator, startSimulator } from '#simulator/index.ts'
import { launchApp, type RunningApp } from './support/app.ts'
import { ask } from './support/ask.ts'
import { addFleet } from './support/setup.ts'

const SOON = { timeout: 20_000, interval: 100 }
const ELSEWHERE = 'https://webex-of-somebody.example/v1'
const BACKUP_PASSPHRASE = 'a staple of another kind'
const OLDER_VAULT = path.join(import.meta.dirname, '../vault/support/version-3.db.gz')

describe('a vault and the cloud in force', () => {
  let home: string
  let simulator: Simulator
  let app: RunningApp

  beforeEach(async () => {
    home = mkdtempSync(path.join(tmpdir(), 'satm-other-cloud-'))
    simulator = await startSimulator({ accessTtl: 600, refreshTtl: 1200, apps: 2, orgs: 1 })
  })
  afterEach(async () => {
    await app?.close().catch(() => undefined)
    await simulator.close()
    rmSync(home, { recursive: true, force: true })
  })

  const folder = (name: string) => path.join(home, name)
  const start = async (name: string, env: Readonly<Record<string, string>> = {}) => {
    app = await launchApp({ dataFolder: folder(name), keyring: 'none', env })
  }
  const simulated = () => ({ SATM_WEBEX_BASE_URL: simulator.baseUrl })
  const heading = (name: string) => app.page.getByRole('heading', { name, exact: true }).waitFor()
  const button = (name: string) => app.page.getByRole('button', { name, exact: true })
  const storeUnprotected = () => button('Store unprotected').click()
  const chooses = (file: string) =>
    app.electron.evaluate(({ dialog }, chosen) => {
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [chosen] })
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: chosen })
    }, file)
  const settingsWith = (name: string, text: string) => {
    mkdirSync(folder(name), { recursive: true })
    writeFileSync(path.join(folder(name), 'preferences.json'), text)
  }
  /** Requests with a token that is none of the simulator's own; a look at its clock carries none. */
  const strangers = () =>
    simulator.ledger.entries.filter(
      ({ client, presentedFingerprint }) => client === undefined && presentedFingerprint !== undefined,
    )

  test('a settings file that was cut short makes it forget nothing: it asks, and goes on with one click', async () => {
    settingsWith('a', JSON.stringify({ baseUrl: simulator.baseUrl }))
    await start('a')
    await storeUnprotected()
    await heading('Service apps')
    const [profileId = ''] = await addFleet(app.page, simulator)
    await app.close()
    settingsWith('a', `{"baseUrl": "${simulator.baseUrl.slice(0, 12)}`)
    simulator.ledger.clear()

    await start('a')
    await heading('Which Webex cloud?')
    await app.page.getByText(/the settings file could not be read/).waitFor()
    await expect(ask(app.page, 'profile.refresh', { profileId })).rejects.toThrow(simulator.baseUrl)
    expect(simulator.ledger.entries).toEqual([])
    await button(`Use ${simulator.baseUrl}`).click()
    await heading('Service apps')
    expect((await ask(app.page, 'profile.refresh', { profileId })).outcome).toBe('renewed')
  })

  test('a backup of another cloud brings its cloud with it, and nothing of it is sent to the one in force', async () => {
    const backup = folder('other.satm-backup')
    await start('other', { SATM_WEBEX_BASE_URL: ELSEWHERE })
    await storeUnprotected()
    await heading('Service apps')
    const [serviceApp] = simulator.serviceApps
    await ask(app.page, 'service-app.add', {
      name: 'Elsewhere',
      appId: serviceApp?.appId ?? '',
      clientId: `C${'7'.repeat(64)}`,
      clientSecret: 'c4n4ry-client-secret-elsewhere',
      targetOrgId: serviceApp?.orgs[0]?.orgId ?? '',
      orgName: null,
      probe: { kind: 'data-sources' },
      accessToken: null,
      refreshToken: 'c4n4ry-refresh-token-elsewhere',
      tokenManager: null,
      issueToken: false,
    })
    await chooses(backup)
    await ask(app.page, 'backup.write', { passphrase: BACKUP_PASSPHRASE })
    await app.close()

    await start('mine', simulated())
    await storeUnprotected()
    await heading('Service apps')
    await addFleet(app.page, simulator)
    await chooses(backup)
    await ask(app.page, 'backup.choose', {})
    expect(await ask(app.page, 'backup.read', { passphrase: BACKUP_PASSPHRASE })).toMatchObject({
      cloud: ELSEWHERE,
    })
    await ask(app.page, 'backup.restore', { paused: false })
    await heading('Which Webex cloud?')
    await app.page.getByText(/came with a restored backup/).waitFor()
    // The variable is in force: no button could change that.
    expect(await button(`Use ${ELSEWHERE}`).count()).toBe(0)
    await expect(ask(app.page, 'fleet.refresh-due', {})).rejects.toThrow(ELSEWHERE)
    await app.close()

    await start('mine', simulated())
    await heading('Which Webex cloud?')
    expect(strangers()).toEqual([])
    expect(readFileSync(backup).includes('c4n4ry')).toBe(false)
  })

  test('a vault of an older version that notes another cloud is asked for, and is sent nowhere before', async () => {
    mkdirSync(path.join(folder('old'), 'vault'), { recursive: true })
    writeFileSync(path.join(folder('old'), 'vault', 'vault.db'), gunzipSync(readFileSync(OLDER_VAULT)))
    settingsWith('old', JSON.stringify({ cloudOfTokens: ELSEWHERE }))
    await start('old', simulated())
    await ask(app.page, 'storage.passphrase', { passphrase: 'made by version three' })
    await heading('Which Webex cloud?')
    expect(simulator.ledger.entries).toEqual([])
    await expect(ask(app.page, 'storage.choose-cloud', { baseUrl: ELSEWHERE })).rejects.toThrow(
      /can no longer be chosen/,
    )
    await button(`Confirm ${simulator.baseUrl}`).click()
    await heading('Service apps')
    await expect.poll(() => strangers().length, SOON).toBeGreaterThan(0)
    await app.close()

    await start('old', { SATM_WEBEX_BASE_URL: ELSEWHERE })
    await ask(app.page, 'storage.passphrase', { passphrase: 'made by version three' })
    await app.page.getByText(`belong to ${simulator.baseUrl}`).waitFor()
  })
})
