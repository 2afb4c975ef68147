// Data folders as the app leaves them, with a fleet of any size whose Webex is simulated.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { type Simulator, type SimulatorOptions, startSimulator } from '#simulator/index.ts'
import { bundle } from '../../vault/support/bundle.ts'
import { runtime } from './probed.ts'

export interface SeedTokens {
  readonly accessToken: string
  readonly refreshToken: string
}

export interface Seeds {
  /** The vault's. */
  readonly folder: string
  /** The cloud that the credentials belong to. */
  readonly baseUrl: string
  /** Seconds that a service app's token lives. */
  readonly accessTtl: number
  readonly integration: Simulator['integration']
  readonly serviceApps: Simulator['serviceApps']
  /** In how many orgs the refresh token of a service app is dead, the first ones, by its name; or in which share of all. */
  readonly dead: Readonly<Record<string, number>> | number
  /** Whether there is a token manager. */
  readonly connected: boolean
}

export interface Seeded {
  readonly simulator: Simulator
  readonly dataFolder: string
  readonly env: Readonly<Record<string, string>>
}

const root = path.resolve(import.meta.dirname, '../../..')
/** ms */
const PATIENCE = 120_000
/** Seconds: 14 and 90 days. */
const LIFETIMES = { accessTtl: 1_209_600, refreshTtl: 7_776_000 }

/** `apps` service apps in each of `orgs` orgs; `accessTtl` in seconds, so short a one keeps renewals coming. */
export async function seeded(
  dataFolder: string,
  apps: number,
  orgs: number,
  accessTtl = LIFETIMES.accessTtl,
): Promise<Seeded> {
  return seededWith(dataFolder, { apps, orgs, accessTtl })
}

/** Every service app of the simulator in each of its orgs. */
export async function seededWith(
  dataFolder: string,
  options: SimulatorOptions,
  { dead = {}, connected = true }: Partial<Pick<Seeds, 'dead' | 'connected'>> = {},
): Promise<Seeded> {
  const accessTtl = options.accessTtl ?? LIFETIMES.accessTtl
  const simulator = await startSimulator({ ...LIFETIMES, ...options })
  const { baseUrl, integration, serviceApps } = simulator
  const folder = path.join(dataFolder, 'vault')
  await fill(dataFolder, { folder, baseUrl, accessTtl, integration, serviceApps, dead, connected })
  return { simulator, dataFolder, env: { SATM_WEBEX_BASE_URL: baseUrl } }
}

async function fill(dataFolder: string, seeds: Seeds): Promise<void> {
  const program = await bundle(path.join(import.meta.dirname, 'seed.ts'))
  try {
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 })
    const folder = path.dirname(program.path)
    // The keyring's entry goes by the product's name.
    const { name, productName, version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
    const manifest = { name, productName, version, type: 'module', main: path.basename(program.path) }
    writeFileSync(path.join(folder, 'package.json'), JSON.stringify(manifest))
    const list = path.join(folder, 'seeds.json')
    writeFileSync(list, JSON.stringify(seeds), { mode: 0o600 })
    const sandboxSwitch = process.getuid?.() === 0 ? ['--no-sandbox'] : []
    const args = [...sandboxSwitch, folder, `--user-data-dir=${path.join(dataFolder, 'chromium')}`]
    const child = spawn(runtime(), [...args, '--password-store=gnome-libsecret'], {
      env: { ...process.env, SATM_BENCH_SEEDS: list },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    let said = ''
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString()
    })
    const [code] = await once(child, 'exit', { signal: AbortSignal.timeout(PATIENCE) })
    if (code !== 0) throw new Error(`Seeding ended with ${code}:\n${said}`)
  } finally {
    program.remove()
  }
}
