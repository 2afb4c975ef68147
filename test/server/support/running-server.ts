// A server as a process of its own: a vault with the service apps of a simulated Webex, and `satm serve` over it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { fingerprint } from '#base/node/fingerprint.ts'
import type { DeliverySpec } from '#engine/domain/delivery-model.ts'
import type { FleetChange, TokenPair } from '#engine/domain/model.ts'
import { Secret } from '#engine/domain/secret.ts'
import { type Simulator, type SimulatorOptions, startSimulator } from '#simulator/index.ts'
import { absentKeychain } from '#vault/crypto/absent-keychain.ts'
import { folderLock } from '#vault/db/folder-lock.ts'
import { type OpenVault, openVault } from '#vault/opening.ts'
import { buildIfStale } from '../../../scripts/build/build.mjs'

export const PASSPHRASE = 'canary-passphrase of the server'
const DAY = 86_400_000
export const SATM = path.resolve(import.meta.dirname, '../../../out/satm/index.js')

/** To be called before the first server of a test file. */
export const buildServer = () => buildIfStale(['programs'])

export interface Place {
  readonly folder: string
  readonly passphraseFile: string
  readonly env: NodeJS.ProcessEnv
}

/** Gone when the test is over. */
export function aPlace(env: NodeJS.ProcessEnv = {}): Place {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), 'satm-server-')))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const passphraseFile = path.join(root, 'passphrase')
  writeFileSync(passphraseFile, `${PASSPHRASE}\n`, { mode: 0o600 })
  return {
    folder: path.join(root, 'data'),
    passphraseFile,
    env: { PATH: process.env.PATH, HOME: root, SATM_OPERATIONS_LISTEN: 'off', ...env },
  }
}

export async function aWebex(options: SimulatorOptions = {}): Promise<Simulator> {
  const webex = await startSimulator({ apps: 1, orgs: 1, ...options })
  onTestFinished(() => webex.close())
  return webex
}

/** The profile of an org of the simulator. */
export const profileIdOf = (orgId: string) => `profile-${fingerprint(orgId)}`

/**
 * Fills a vault as the app would have left it: a profile for each org, whose tokens end in `left` ms.
 */
export async function fillVault(
  { folder }: Place,
  webex: Pick<Simulator, 'serviceApps' | 'baseUrl'>,
  more: {
    readonly left?: number
    readonly targets?: (profileId: string) => readonly DeliverySpec[]
    readonly then?: (vault: OpenVault) => Promise<void>
  } = {},
): Promise<void> {
  const vaultFolder = path.join(folder, 'vault')
  mkdirSync(vaultFolder, { recursive: true, mode: 0o700 })
  const lock = folderLock(vaultFolder)
  const opening = await openVault({
    folder: vaultFolder,
    lock,
    keychain: absentKeychain,
    clock: { now: Date.now },
    weakStorageConsent: 'ask',
    passphrase: new Secret(PASSPHRASE),
  })
  if (opening.kind !== 'open') throw new Error(opening.sentence)
  const { vault } = opening
  const changes = changesFor(webex, more.left ?? -1000)
  await vault.commit(changes, [])
  await vault.cloud.record(webex.baseUrl)
  for (const change of changes) {
    if (change.kind !== 'profile-saved') continue
    for (const [index, spec] of (more.targets?.(change.profile.id) ?? []).entries())
      await vault.deliveries.save({
        id: `target-${index}-${change.profile.id}`,
        profileId: change.profile.id,
        spec,
        createdAt: Date.now(),
      })
  }
  await more.then?.(vault)
  vault.close()
  lock.release()
}

function changesFor({ serviceApps }: Pick<Simulator, 'serviceApps'>, left: number): readonly FleetChange[] {
  const now = Date.now()
  return serviceApps.flatMap(({ name, appId, clientId, clientSecret, orgs }): FleetChange[] => {
    const serviceApp = { id: `app-${clientId}`, appId, clientId, clientSecret: new Secret(clientSecret) }
    return [
      { kind: 'service-app-saved', serviceApp },
      ...orgs.map((org): FleetChange => {
        const profile = {
          id: profileIdOf(org.orgId),
          name: `${name} ${org.name}`,
          serviceAppId: serviceApp.id,
          targetOrgId: org.orgId,
          orgName: org.name,
          managerId: null,
          probe: { kind: 'data-sources' },
          paused: false,
          createdAt: now - 14 * DAY,
          pair: pairOf(org, now, left),
        } as const
        return { kind: 'profile-saved', profile }
      }),
    ]
  })
}

function pairOf(
  { accessToken, refreshToken }: { readonly accessToken: string; readonly refreshToken: string },
  now: number,
  left: number,
): TokenPair {
  const issuedAt = now + left - 14 * DAY
  return {
    accessToken: new Secret(accessToken),
    fingerprint: fingerprint(accessToken),
    issuedAt,
    expiresAt: now + left,
    origin: 'refresh-grant',
    refresh: {
      token: new Secret(refreshToken),
      issuedAt,
      expiresAt: issuedAt + 90 * DAY,
      firstLifetime: 90 * DAY,
      dead: false,
    },
  }
}

export interface LogLine {
  readonly time: string
  readonly level: string
  readonly event: string
  readonly [field: string]: unknown
}

export interface Server {
  readonly child: ChildProcess
  readonly place: Place
  /** All it has printed so far. */
  readonly out: () => string
  readonly err: () => string
  readonly log: () => readonly LogLine[]
  /** Resolves with the first line of this event. */
  logged(event: string): Promise<LogLine>
  /** Resolves with the exit code, or the signal. */
  readonly ended: Promise<number | string>
  /** Resolves with how it ended. */
  stop(signal?: NodeJS.Signals): Promise<number | string>
}

export async function aFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

/** Ended with the test. */
export async function aServer(place: Place, args: readonly string[] = []): Promise<Server> {
  const { folder, passphraseFile, env } = place
  const port = await aFreePort()
  const usual = [
    '--data-folder',
    folder,
    '--passphrase-file',
    passphraseFile,
    '--listen',
    `127.0.0.1:${port}`,
  ]
  const child = spawn(process.execPath, [SATM, 'serve', ...usual, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed = { out: '', err: '' }
  child.stdout?.on('data', (bytes: Buffer) => {
    printed.out += bytes.toString()
  })
  child.stderr?.on('data', (bytes: Buffer) => {
    printed.err += bytes.toString()
  })
  const ended = once(child, 'close').then(([code, signal]): number | string => signal ?? code)
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const log = () =>
    printed.out
      .split('\n')
      .filter((line) => line !== '')
      .map((line): LogLine => JSON.parse(line))
  const lineOf = (event: string) => log().find((line) => line.event === event)
  return {
    child,
    place,
    out: () => printed.out,
    err: () => printed.err,
    log,
    async logged(event) {
      await expect
        .poll(
          () =>
            lineOf(event) === undefined && child.exitCode !== null
              ? printed
              : (lineOf(event)?.event ?? printed.out),
          {
            timeout: 30_000,
            interval: 20,
          },
        )
        .toBe(event)
      const found = lineOf(event)
      if (found === undefined) throw new Error(`no ${event}`)
      return found
    },
    ended,
    stop(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
  }
}

/** satm as a program, over the server's socket. */
export async function satm(
  place: Place,
  ...args: readonly string[]
): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [SATM, ...args, '--no-start', '--data-folder', place.folder], {
    env: place.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const printed = { out: '', err: '' }
  child.stdout?.on('data', (bytes: Buffer) => {
    printed.out += bytes.toString()
  })
  child.stderr?.on('data', (bytes: Buffer) => {
    printed.err += bytes.toString()
  })
  const [code] = await once(child, 'close')
  return { code, ...printed }
}
