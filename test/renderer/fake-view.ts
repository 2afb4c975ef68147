// Views as main would push them, made by builders: a fleet of any size, healthy or in trouble.
import type {
  AppView,
  Incident,
  ManagerView,
  ProfileState,
  ProfileView,
  ShownAttempt,
  TierView,
} from '#contract/contract.ts'
import { openProblems } from '#engine/domain/view-model.ts'
import { resultInfo } from '#engine/failure/failure-catalogue.ts'
import { incident } from '../engine/support/incidents.ts'

export const NOW = Date.UTC(2026, 4, 18, 9, 30)
export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

const idOf = (kind: string, id: string) => Buffer.from(`ciscospark://us/${kind}/${id}`).toString('base64')
const hex = (seed: number, length: number) =>
  Array.from({ length }, (_, i) =>
    ((seed * 2_654_435_761 + i * 40_503) >>> (i % 13)).toString(16).at(-1),
  ).join('')
const uuid = (seed: number) => {
  const digits = hex(seed + 7, 32)
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    digits.slice(12, 16),
    digits.slice(16, 20),
    digits.slice(20),
  ].join('-')
}

export const appIdOf = (app: number) => idOf('APPLICATION', `C${hex(app, 64)}`)
export const orgIdOf = (org: number) => idOf('ORGANIZATION', uuid(org))

export const readyLadder = (now = NOW): readonly TierView[] => [
  {
    tier: 1,
    state: 'ready',
    canRenew: true,
    isUnused: false,
    lastUsedAt: now - 2 * DAY,
    sentence: 'Its refresh token works: the next refresh uses it.',
  },
  {
    tier: 2,
    state: 'ready',
    canRenew: true,
    isUnused: false,
    lastUsedAt: now - 40 * DAY,
    sentence: 'Would issue a new pair through the token manager if tier 1 failed.',
  },
  {
    tier: 3,
    state: 'ready',
    canRenew: true,
    isUnused: false,
    lastUsedAt: now - 5 * DAY,
    sentence: 'Would refresh the token manager itself, then tier 2 is tried once more.',
  },
]

export function profile(over: Partial<ProfileView> & { readonly id: string }): ProfileView {
  return {
    name: 'Orders',
    appId: appIdOf(1),
    clientId: `C${hex(1, 64)}`,
    targetOrgId: orgIdOf(1),
    orgName: null,
    managerId: 'manager-1',
    probe: { kind: 'data-sources' },
    state: 'healthy',
    sentence: null,
    fix: null,
    accessToken: {
      fingerprint: '5f3a09c1',
      issuedAt: NOW - 2 * DAY,
      expiresAt: NOW + 12 * DAY - HOUR,
      origin: 'refresh-grant',
    },
    refreshToken: { issuedAt: NOW - 20 * DAY, expiresAt: NOW + 70 * DAY, dead: false },
    nextRefresh: { at: NOW + 5 * DAY, why: 'At 50 % of its lifetime' },
    isUnattended: true,
    unattendedUntil: NOW + 158 * DAY,
    ladder: readyLadder(),
    last: {
      at: NOW - 2 * DAY,
      trigger: 'scheduled',
      outcome: 'renewed',
      tier: 1,
      sentence: null,
      trackingId: 'ROUTER_66F1A2B3-7C11-01BB-4E52-AC10E5C04E52',
    },
    unsaved: false,
    ...over,
  }
}

export function integration(over: Partial<ManagerView> = {}): ManagerView {
  return {
    id: 'manager-1',
    kind: 'integration',
    name: 'Token manager',
    isDefault: true,
    fallbackId: null,
    isReplaced: false,
    clientId: `C${hex(99, 64)}`,
    state: 'ready',
    isRefused: false,
    sentence: null,
    fix: null,
    accessToken: {
      fingerprint: 'a11ce5f0',
      issuedAt: NOW - 4 * DAY,
      expiresAt: NOW + 10 * DAY + 4 * HOUR,
      origin: 'refresh-grant',
    },
    refreshToken: { issuedAt: NOW - 30 * DAY, expiresAt: NOW + 60 * DAY, dead: false },
    nextRefresh: { at: NOW + 3 * DAY, why: 'At 50 % of its lifetime' },
    last: {
      at: NOW - 4 * DAY,
      trigger: 'scheduled',
      outcome: 'renewed',
      tier: 3,
      sentence: null,
      trackingId: null,
    },
    unsaved: false,
    ...over,
  }
}

export function view(over: {
  readonly locked?: boolean
  readonly fleet?: Partial<AppView['fleet']>
  readonly problems?: AppView['problems']
  readonly app?: Partial<AppView['app']>
  readonly settings?: Partial<AppView['settings']>
  readonly proxy?: AppView['proxy']
  readonly connect?: AppView['connect']
  readonly storage?: AppView['storage']
  readonly delivery?: AppView['delivery']
  readonly dataSources?: AppView['dataSources']
  readonly updates?: AppView['updates']
  readonly toasts?: AppView['toasts']
  readonly goTo?: AppView['goTo']
  readonly revision?: number
}): AppView {
  return {
    revision: over.revision ?? 1,
    fleet: {
      now: NOW,
      clockSkew: 0,
      profiles: [],
      managers: [],
      incidents: [],
      allPausedUntil: null,
      ...over.fleet,
    },
    problems: over.problems ?? totalsOf(over.fleet?.incidents ?? []),
    connect: over.connect ?? { kind: 'idle' },
    storage: over.storage ?? {
      kind: 'open',
      level: 'protected',
      backend: 'gnome_libsecret',
      sentence: 'Tokens and secrets are encrypted; the keyring of this desktop holds the key.',
      hasPassphrase: false,
    },
    locked: over.locked ?? false,
    settings: {
      baseUrl: 'https://webexapis.com/v1',
      baseUrlLocked: false,
      redirectPort: 3000,
      redirectUri: 'http://localhost:3000/callback',
      refreshAt: 0.5,
      attemptsAtOnce: 8,
      requestsPerSecond: 4,
      alertAfterFailures: 3,
      alertHoursBeforeExpiry: 24,
      monthlyDrill: false,
      notify: 'all',
      clipboardClearSeconds: 30,
      theme: 'system',
      startAtLogin: false,
      startInTray: false,
      lockAfterMinutes: 0,
      lockWithScreen: true,
      checkForUpdates: true,
      ...over.settings,
    },
    proxy: over.proxy ?? { proxyMode: 'system', proxyAddress: '', proxyBypass: '', signIn: null },
    delivery: over.delivery ?? noDelivery,
    dataSources: over.dataSources ?? { revision: 0, kept: 0, firstEnd: null },
    updates: over.updates ?? null,
    toasts: over.toasts ?? [],
    goTo: over.goTo ?? null,
    app: {
      version: '0.1.0',
      electron: '45.4.1',
      chromium: '156.0.8078.79',
      supportEndedAt: null,
      node: '24.11.0',
      platform: 'Linux 6.1 (x64)',
      dataFolder: '/home/ada/.config/Service App Token Manager',
      simulated: false,
      foreignCloud: false,
      tray: true,
      idleCountsFrom: 'computer',
      ...over.app,
    },
  }
}

/** As main counts them, with an org for each profile. */
function totalsOf(incidents: readonly Incident[]): AppView['problems'] {
  const open = openProblems(incidents)
  const snoozed = incidents.filter(({ snoozedUntil }) => snoozedUntil !== undefined)
  const scopeOf = (some: readonly Incident[]) => ({
    count: some.length,
    customers: new Set(some.flatMap(({ profileIds }) => profileIds)).size,
  })
  const deadlines = open.flatMap(({ deadline }) => deadline ?? [])
  return {
    ...scopeOf(open),
    deadline: deadlines.length === 0 ? null : Math.min(...deadlines),
    snoozed: scopeOf(snoozed),
  }
}

const appNames = [
  'Orders',
  'Contact routing',
  'Call quality',
  'Recording archive',
  'Room booking',
  'Data locality',
]
const orgNames = [
  'Acme',
  'Globex',
  'Initech',
  'Umbrella',
  'Hooli',
  'Stark Industries',
  'Wayne Enterprises',
  'Wonka',
]

/** `count` profiles: apps with many orgs, ages spread over the lifetime. */
export function fleetOf(count: number, orgsPerApp = 10): ProfileView[] {
  return Array.from({ length: count }, (_, i) => {
    const app = Math.floor(i / orgsPerApp)
    const appName = `${appNames[app % appNames.length]}${app < appNames.length ? '' : ` ${Math.floor(app / appNames.length) + 1}`}`
    const org = i % orgsPerApp
    const orgName = `${orgNames[org % orgNames.length]}${org < orgNames.length ? '' : ` ${Math.floor(org / orgNames.length) + 1}`}`
    const age = ((i * 37) % 60) / 10
    const issuedAt = NOW - age * DAY
    return profile({
      id: `profile-${i + 1}`,
      name: count <= 3 ? appName : `${appName} ${orgName}`,
      appId: appIdOf(app),
      clientId: `C${hex(app, 64)}`,
      targetOrgId: orgIdOf(i),
      orgName: i % 3 === 2 ? null : orgName,
      accessToken: {
        fingerprint: hex(i, 8),
        issuedAt,
        expiresAt: issuedAt + 14 * DAY,
        origin: i % 7 === 0 ? 'applications-api' : 'refresh-grant',
      },
      nextRefresh: {
        at: Math.max(NOW + 20 * MINUTE, issuedAt + (6 + ((i * 13) % 24) / 10) * DAY),
        why: 'At 50 % of its lifetime',
      },
      last: {
        at: issuedAt,
        trigger: 'scheduled',
        outcome: i % 11 === 5 ? 'unchanged' : 'renewed',
        tier: i % 7 === 0 ? 2 : 1,
        sentence: null,
        trackingId: null,
      },
    })
  })
}

type Trouble = Pick<ProfileView, 'state' | 'sentence' | 'fix'> & Partial<ProfileView>

/** What each state looks like, for one profile. */
export function inState(state: ProfileState, one: ProfileView, now = NOW): ProfileView {
  return { ...one, ...troubles(one, now)[state] }
}

function troubles(one: ProfileView, now: number): Record<ProfileState, Trouble> {
  const failed = (sentence: string): ProfileView['last'] => ({
    at: now - 12 * MINUTE,
    trigger: 'scheduled',
    outcome: 'failed',
    tier: null,
    sentence,
    trackingId: 'ROUTER_66F1A2B3-7C11-01BB-4E52-AC10E5C04E52',
  })
  const unauthorised =
    'A full admin of this org has to authorize the service app in Control Hub: Webex answered that it is not authorized.'
  const secret = 'Webex refuses the client secret of this service app. Put the current one in.'
  return {
    healthy: { state: 'healthy', sentence: null, fix: null },
    refreshing: { state: 'refreshing', sentence: null, fix: null },
    retrying: {
      state: 'retrying',
      sentence: 'Webex could not be reached. The token is still good; tried again in 4 minutes.',
      fix: { kind: 'refresh', profileId: one.id },
      nextRefresh: { at: now + 4 * MINUTE, why: 'the network failed, so it waits a little longer each time' },
      last: failed('Webex could not be reached (connection refused).'),
    },
    'needs-attention': {
      state: 'needs-attention',
      sentence: unauthorised,
      fix: { kind: 'authorise-in-control-hub', profileId: one.id },
      nextRefresh: { at: now + 6 * HOUR, why: 'Needs attention: checked again every 6 hours' },
      isUnattended: false,
      unattendedUntil: null,
      refreshToken: { issuedAt: now - 88 * DAY, expiresAt: now + 2 * DAY, dead: true },
      ladder: [
        {
          tier: 1,
          state: 'spent',
          canRenew: false,
          isUnused: false,
          lastUsedAt: now - 12 * MINUTE,
          sentence: 'Webex refused its refresh token.',
        },
        {
          tier: 2,
          state: 'failing',
          canRenew: false,
          isUnused: false,
          lastUsedAt: now - 12 * MINUTE,
          sentence: unauthorised,
        },
        {
          tier: 3,
          state: 'ready',
          canRenew: true,
          isUnused: false,
          lastUsedAt: now - 5 * DAY,
          sentence: 'Cannot help here: the token manager is fine.',
        },
      ],
      last: failed(unauthorised),
    },
    expired: {
      state: 'expired',
      sentence: secret,
      fix: { kind: 'edit-service-app', profileId: one.id, field: 'clientSecret' },
      accessToken: {
        fingerprint: '0badf00d',
        issuedAt: now - 15 * DAY,
        expiresAt: now - 26 * HOUR,
        origin: 'refresh-grant',
      },
      nextRefresh: null,
      isUnattended: false,
      unattendedUntil: null,
      last: failed(secret),
    },
    paused: {
      state: 'paused',
      sentence: 'Paused by you.',
      fix: { kind: 'resume', profileId: one.id },
      nextRefresh: null,
    },
    'not-yet-issued': {
      state: 'not-yet-issued',
      sentence: 'It gets its first token as soon as the integration is connected.',
      fix: { kind: 'connect-integration', managerId: null },
      accessToken: null,
      refreshToken: null,
      nextRefresh: null,
      isUnattended: false,
      unattendedUntil: null,
      last: null,
    },
  }
}

export const deadIntegration = (affected: readonly string[]): Incident =>
  incident({
    key: 'manager-dead:manager-1',
    level: 'critical',
    title: `Reconnect the integration: ${affected.length} customers depend on it`,
    sentence:
      "Webex no longer accepts the integration's refresh token. Reconnect the integration. Nothing is lost; refresh tokens of service apps keep working meanwhile.",
    fix: { kind: 'connect-integration', managerId: 'manager-1' },
    owner: 'integration-owner',
    profileIds: affected,
    deadline: NOW + 2 * DAY,
    trackingId: 'ROUTER_66F1A2B3-7C11-01BB-4E52-AC10E5C04E52',
    since: NOW - 3 * HOUR,
  })

/** `ids`: of those it affects. */
export const otherCopy = (ids: readonly string[]): Incident =>
  incident({
    key: 'other-copy',
    title: 'Another copy uses these credentials',
    sentence:
      'Refresh tokens that had just been stored were no longer accepted, repeatedly and for no reason known here: another copy of this app or another program uses the same credentials.',
    fix: { kind: 'end-other-copy' },
    owner: 'other-copy',
    profileIds: ids,
    since: NOW - 3 * HOUR,
  })

/** `ids`: of the customers of one service app. */
export const notAuthorized = (ids: readonly string[], over: Partial<Incident> = {}): Incident =>
  incident({
    key: 'not-authorised:app-1',
    title: `“Orders” is no longer authorized in ${ids.length} orgs`,
    sentence: `Webex issues no token for these ${ids.length} orgs. Ask a full admin of each org to authorize the app in Control Hub (Apps → Service Apps).`,
    fix: { kind: 'authorise-in-control-hub', profileId: ids[0] ?? 'profile-1' },
    owner: 'customer-admin',
    serviceApp: { id: 'app-1', name: 'Orders', appId: appIdOf(1) },
    profileIds: ids,
    deadline: NOW + 9 * DAY,
    since: NOW - HOUR,
    ...over,
  })

/** A fleet in which every state and two incidents can be seen. */
export function troubledFleet(count: number): { profiles: ProfileView[]; incidents: Incident[] } {
  const states: readonly ProfileState[] = [
    'needs-attention',
    'expired',
    'retrying',
    'refreshing',
    'paused',
    'not-yet-issued',
  ]
  const profiles = fleetOf(count).map((one, i) =>
    i % 4 === 1 ? inState(states[Math.floor(i / 4) % states.length] ?? 'healthy', one) : one,
  )
  const needy = profiles.filter(({ state }) => state === 'needs-attention').map(({ id }) => id)
  return {
    profiles,
    incidents: [deadIntegration(profiles.map(({ id }) => id)), notAuthorized(needy)],
  }
}

/** A history of `count` attempts, newest first. */
export function attempts(count: number, spacing = 7 * HOUR, now = NOW): ShownAttempt[] {
  return Array.from({ length: count }, (_, i): ShownAttempt => {
    const startedAt = now - i * spacing - 12 * MINUTE
    const kind = i % 6
    const trackingId = `ROUTER_${uuid(i).toUpperCase()}`
    const base = {
      id: `attempt-${i}`,
      subject: { kind: 'profile', profileId: `profile-${(i % 5) + 1}` } as const,
      name: `${appNames[i % appNames.length]} ${orgNames[i % orgNames.length]}`,
      orgId: orgIdOf(i % 5),
      // Of one it is not known.
      orgName: i % 5 === 4 ? null : (orgNames[i % orgNames.length] ?? null),
      trigger: i % 9 === 4 ? ('manual' as const) : ('scheduled' as const),
      // An older version kept none.
      ...(i % 9 === 4
        ? { reason: { code: 'requested', by: 'person' } as const, reasonMessage: 'Requested manually' }
        : i % 9 === 8
          ? { reason: null, reasonMessage: null }
          : {
              reason: { code: 'lifetime-share', share: 0.57 } as const,
              reasonMessage: 'At 57 % of its lifetime',
            }),
      startedAt,
      endedAt: startedAt + 431 + i * 13,
      before: hex(i + 1, 8),
      trackingId,
      owner: null,
    }
    const call = (tier: 1 | 2 | 3, result: string, status: number | null, detail: string | null) => ({
      tier,
      startedAt: startedAt + tier * 140,
      duration: 138 + tier,
      status,
      trackingId,
      result,
      resultName: resultInfo(result)?.shortName ?? result,
      detail,
    })
    if (kind === 2) {
      return {
        ...base,
        calls: [call(1, 'grant-dead', 400, 'The refresh token is invalid.'), call(2, 'ok', 200, null)],
        outcome: 'renewed',
        tier: 2,
        after: hex(i, 8),
        sentence: null,
      }
    }
    if (kind === 4) {
      return {
        ...base,
        calls: [call(1, 'transient', null, 'connect ECONNREFUSED 170.72.231.1:443')],
        owner: resultInfo('transient')?.owner ?? null,
        outcome: 'failed',
        tier: null,
        after: null,
        sentence: 'Webex could not be reached. It is tried again by itself.',
      }
    }
    if (kind === 5) {
      return {
        ...base,
        calls: [call(1, 'unchanged', 200, null)],
        outcome: 'unchanged',
        tier: 1,
        after: base.before,
        sentence: null,
      }
    }
    return {
      ...base,
      calls: [call(1, 'ok', 200, null)],
      outcome: 'renewed',
      tier: 1,
      after: hex(i, 8),
      sentence: null,
    }
  })
}

/** No target, the endpoint off. */
export const noDelivery: AppView['delivery'] = {
  revision: 0,
  targets: 0,
  failing: [],
  endpoint: { on: false, port: 3710, listening: false, problem: null, consumers: [] },
  webhook: { url: null, held: false, last: null },
  commandLine: {
    command: 'satm',
    socket: '/home/ada/.config/Service App Token Manager/satm.sock',
    problem: null,
  },
}
