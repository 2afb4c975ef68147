// The endpoint as the app puts it together, over a real engine and a real vault, with the simulated Webex behind them.
import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createEndpoint, type RunningEndpoint } from '#application/endpoint-consumers.ts'
import type { EngineSession } from '#application/engine-supervisor.ts'
import { UserFacingError } from '#application/errors.ts'
import { readUnreadable } from '#application/unreadable-records.ts'
import { fingerprint } from '#base/node/fingerprint.ts'
import type { ListenAddress } from '#delivery/endpoint/listen-address.ts'
import { preferencesOver } from '#desktop/preferences/preferences.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import type { Engine } from '#engine/domain/engine-api.ts'
import type { Attempt, FleetChange, TokenPair } from '#engine/domain/model.ts'
import { defaultSettings } from '#engine/domain/policy.ts'
import { Secret } from '#engine/domain/secret.ts'
import { createEngine } from '#engine/renewal-engine.ts'
import { type Simulator, type SimulatorOptions, startSimulator } from '#simulator/index.ts'
import { folderLock } from '#vault/db/folder-lock.ts'
import type { OpenVault } from '#vault/open-vault.ts'
import { openVault } from '#vault/opening.ts'
import { createWebex } from '#webex/client.ts'
import { freePort } from '../../../connect/support/sockets.ts'
import { fakeKeychain } from '../../../vault/support/fake-keychain.ts'

export interface Real {
  readonly simulator: Simulator
  readonly engine: Engine
  readonly vault: OpenVault
  readonly endpoint: RunningEndpoint
  /** The vault's. */
  readonly folder: string
  /** Free when it was looked for. */
  readonly port: number
  readonly attempts: readonly Attempt[]
  /** What went to the clipboard. */
  readonly copied: string[]
  /** Fingerprints of all tokens a profile had, the first as well. */
  tokensOf(profileId: string): readonly string[]
  /** What `parts.rows` and `parts.engine` give. */
  isOpen: boolean
  close(): Promise<void>
}

const MANAGER_LIFE = 86_400

/** Profiles `p0`, `p1` … with tokens of `accessTtl` seconds, not yet renewing: start the engine. */
export async function real(
  options: SimulatorOptions & {
    readonly accessTtl: number
    readonly began?: number
    /** As a server does. */
    readonly listen?: ListenAddress
  },
): Promise<Real> {
  const clock = systemClock()
  const folder = mkdtempSync(path.join(tmpdir(), 'satm-endpoint-'))
  const simulator = await startSimulator({ managerAccessTtl: MANAGER_LIFE, ...options })
  const lock = folderLock(folder)
  const opening = await openVault({
    folder,
    lock,
    keychain: fakeKeychain(),
    clock,
    weakStorageConsent: 'ask',
  })
  if (opening.kind !== 'open') throw new Error(opening.sentence)
  const { vault } = opening
  await vault.commit(fleetOf(simulator, clock.now(), options.accessTtl), [])
  const { fleet, lastAttempts } = await vault.load()
  const engine: Engine = createEngine({
    clock,
    random: Math.random,
    webex: createWebex({
      fetch: (url, init) => fetch(url, init),
      clock,
      userAgent: 'test',
      newTrackingId: randomUUID,
      baseUrl: () => simulator.baseUrl,
    }),
    vault,
    // Tokens of seconds come due more often than Webex's limit is made for.
    settings: { ...defaultSettings, requestsPerSecond: null },
    fleet,
    lastAttempts,
    newId: randomUUID,
  })
  const attempts: Attempt[] = []
  engine.subscribe((event) => event.kind === 'attempt' && attempts.push(event.attempt))
  const firstTokens = new Map([...fleet.profiles].map(([id, { pair }]) => [id, pair?.fingerprint ?? '']))
  const copied: string[] = []
  const stored: Record<string, unknown> = {}
  const endpoint = createEndpoint({
    clock,
    preferences: preferencesOver({
      file: '',
      open: () => ({ store: stored, set: (values) => void Object.assign(stored, values) }),
      exists: () => false,
      rename: () => {},
    }),
    vaultAccess: {
      vault: () => (state.isOpen ? vault : null),
      opened() {
        if (state.isOpen) return vault
        throw new UserFacingError('storage', 'The data is closed.')
      },
    },
    supervisor: {
      held: () => null,
      current: () =>
        state.isOpen ? ({ engine, unreadable: readUnreadable([], engine.fleet()) } as EngineSession) : null,
    },
    copySecret: (text) => copied.push(text),
    portOwner: async () => null,
    changed: () => {},
    failed: (error) => {
      if (!(error instanceof UserFacingError)) throw error
    },
    ...(options.listen === undefined ? {} : { listen: options.listen }),
  })
  const state: Real = {
    simulator,
    engine,
    vault,
    endpoint,
    folder,
    port: options.listen?.port ?? (await freePort()),
    attempts,
    copied,
    isOpen: true,
    tokensOf: (profileId) => [
      firstTokens.get(profileId) ?? '',
      ...attempts.flatMap(({ subject, after }) =>
        subject.kind === 'profile' && subject.profileId === profileId && after !== null ? [after] : [],
      ),
    ],
    async close() {
      await endpoint.stop()
      await engine.stop()
      vault.close()
      lock.release()
      await simulator.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await endpoint.reload()
  return state
}

function fleetOf({ integration, serviceApps }: Simulator, now: number, ttl: number): readonly FleetChange[] {
  const manager = {
    kind: 'integration' as const,
    id: 'manager',
    name: 'Integration',
    isDefault: true,
    fallbackId: null,
    createdAt: now,
    clientId: integration.clientId,
    clientSecret: new Secret(integration.clientSecret),
    pair: pairOf(integration, now, MANAGER_LIFE),
  }
  let count = 0
  return [
    { kind: 'manager-saved', manager },
    ...serviceApps.flatMap((app): FleetChange[] => [
      {
        kind: 'service-app-saved',
        serviceApp: {
          id: app.name,
          appId: app.appId,
          clientId: app.clientId,
          clientSecret: new Secret(app.clientSecret),
        },
      },
      ...app.orgs.map((org): FleetChange => {
        const id = `p${count}`
        count += 1
        return {
          kind: 'profile-saved',
          profile: {
            id,
            name: `${app.name} in ${org.name}`,
            serviceAppId: app.name,
            targetOrgId: org.orgId,
            orgName: org.name,
            managerId: null,
            probe: { kind: 'data-sources' },
            paused: false,
            createdAt: now,
            pair: pairOf(org, now, ttl),
          },
        }
      }),
    ]),
  ]
}

function pairOf(tokens: { accessToken: string; refreshToken: string }, now: number, ttl: number): TokenPair {
  return {
    accessToken: new Secret(tokens.accessToken),
    fingerprint: fingerprint(tokens.accessToken),
    issuedAt: now,
    expiresAt: now + ttl * 1000,
    origin: 'applications-api',
    refresh: {
      token: new Secret(tokens.refreshToken),
      issuedAt: now,
      expiresAt: now + 90 * 86_400_000,
      firstLifetime: 90 * 86_400_000,
      dead: false,
    },
  }
}
