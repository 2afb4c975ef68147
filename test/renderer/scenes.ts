// What can be seen: every screen and dialog, in calm and in trouble. Looked at by the gallery, examined by axe.
import type { Page } from 'playwright'
import { rawOrgId } from '#base/common/webex-id.ts'
import type { AppView, ManagerView, ProfileView, ShownAttempt } from '#contract/contract.ts'
import { type ListState, readViewState } from '#contract/view-state.ts'
import { SETTINGS_SECTIONS } from '#renderer/app/route.ts'
import { incident } from '../engine/support/incidents.ts'
import { dataSourceScenes } from './data-source-scenes.ts'
import { deliveryScenes } from './delivery-scenes.ts'
import {
  attempts,
  DAY,
  fleetOf,
  inState,
  integration,
  NOW,
  otherCopy,
  profile,
  troubledFleet,
  view,
} from './fake-view.ts'
import { keepingScenes } from './keeping-scenes.ts'
import { overviewScenes } from './overview-scenes.ts'
import { problemScenes } from './problem-scenes.ts'
import { noUpdate, updateScenes } from './update-scenes.ts'

export interface Scene {
  readonly name: string
  readonly view: AppView
  readonly hash?: string
  readonly answers?: Record<string, unknown>
  readonly attempts?: readonly ShownAttempt[]
  readonly act?: (page: Page) => Promise<void>
}

const connected = { managers: [integration()] }
/** Its refresh token is dead, and there is no token manager. */
export const tierless = profile({
  id: 'tierless',
  state: 'needs-attention',
  sentence:
    'Webex no longer accepts the refresh token of “Orders”, and no token manager is connected that could issue a new token. Paste a new refresh token under Edit, or connect the token manager integration.',
  fix: { kind: 'connect-integration', managerId: null },
  refreshToken: { issuedAt: NOW - 20 * DAY, expiresAt: NOW + 70 * DAY, dead: true },
  nextRefresh: null,
  isUnattended: false,
  unattendedUntil: null,
  ladder: [
    {
      tier: 1,
      state: 'spent',
      canRenew: false,
      lastUsedAt: NOW - 1000,
      isUnused: false,
      sentence: 'Webex no longer accepts the refresh token.',
    },
    ...([2, 3] as const).map((tier) => ({
      tier,
      state: 'spent' as const,
      canRenew: false,
      lastUsedAt: null,
      isUnused: true,
      sentence: 'No token manager is connected.',
    })),
  ],
})
const withFallback = (over: Partial<ManagerView>) => [
  integration({ name: 'Token manager integration', fallbackId: 'second', ...over }),
  integration({ id: 'second', name: 'Token manager integration 2', isDefault: false }),
]
const three = view({ fleet: { ...connected, profiles: fleetOf(3, 1) } })
const forty = view({ fleet: { ...connected, profiles: fleetOf(40) } })
const trouble = view({
  fleet: {
    managers: [
      integration({
        state: 'needs-attention',
        sentence: 'Its refresh token is dead.',
        refreshToken: { issuedAt: NOW, expiresAt: NOW, dead: true },
      }),
    ],
    ...troubledFleet(40),
  },
})
const left = (list: Partial<ListState>) => ({
  'view.recall': { ok: true, value: { route: '', list: { ...readViewState(null).list, ...list } } },
})
const openConnect = async (page: Page) => {
  await page.getByRole('button', { name: /^(Connect integration|Reconnect)$/ }).click()
  await page.getByRole('dialog').waitFor()
}
/** The client secret of the first service app cannot be read, nor a profile and the webhook, as main shows them. */
export function damagedFleet(count: number, orgsPerApp: number): AppView {
  const sentence =
    'The client secret of this service app cannot be read. Enter it again; everything else is still stored.'
  const profiles = fleetOf(count, orgsPerApp).map((one, index): ProfileView => {
    if (index >= orgsPerApp) return one
    return {
      ...one,
      ...{ state: 'needs-attention', sentence, accessToken: null, refreshToken: null, nextRefresh: null },
      ...{ unattendedUntil: null, ladder: [], last: null },
      fix: { kind: 'edit-service-app', profileId: one.id, field: 'clientSecret' },
      unreadable: { table: 'credentials', id: 'app-1' },
    }
  })
  const lost = profiles.slice(0, orgsPerApp).map(({ id }) => id)
  const depend = lost.length === 1 ? '1 customer depends' : `${lost.length} customers depend`
  const cause = { since: NOW }
  return view({
    fleet: {
      ...connected,
      profiles,
      incidents: [
        incident({
          ...cause,
          key: 'unreadable-secret:app-1',
          level: 'critical',
          title: `Client secret of “${profiles[0]?.name}” cannot be read: ${depend} on it`,
          sentence:
            'Enter the client secret again; everything else is still stored. Until then none of these tokens is renewed or given out.',
          fix: { kind: 'edit-service-app', profileId: lost[0] ?? '', field: 'clientSecret' },
          profileIds: lost,
        }),
        incident({
          ...cause,
          key: 'unreadable-webhook',
          title: 'A webhook cannot be read',
          sentence: 'The webhook cannot be read, so no alert is sent. Delete it and enter its address again.',
          fix: { kind: 'repair-record', table: 'webhook', id: '1' },
        }),
      ],
    },
  })
}
const damaged = damagedFleet(400, 200)
/** A profile's row is gone, and its tokens are left. */
export const withoutOwner = view({
  fleet: {
    ...connected,
    profiles: fleetOf(3, 1),
    incidents: [
      incident({
        key: 'unreadable-owners',
        level: 'critical',
        title: 'A service app or token manager is missing',
        sentence:
          'Its tokens are still stored, and nothing renews them. Take it from a kept copy or a backup, or delete its tokens.',
        fix: { kind: 'repair-record', table: 'token_pairs', id: 'gone' },
        since: NOW,
      }),
    ],
  },
})
const copies = {
  'record.copies': { ok: true, value: [{ file: 'vault-kept-version-6.db', at: NOW - 3 * DAY, isOwn: true }] },
}

/** As one profile's history is: a refresh a week. */
const rare = attempts(20, 6 * DAY)
const ok = { ok: true, value: null }

export const scenes: readonly Scene[] = [
  { name: 'empty', view: view({}) },
  { name: 'three', view: three },
  { name: 'forty', view: forty },
  { name: 'five-thousand', view: view({ fleet: { ...connected, profiles: fleetOf(5000, 212) } }) },
  { name: 'trouble', view: trouble },
  {
    name: 'list-selected',
    view: trouble,
    answers: left({ isCompact: true, selected: ['profile-1', 'profile-2'], grouping: 'customer' }),
  },
  {
    name: 'list-preview',
    view: trouble,
    answers: left({ hasPreview: true }),
    act: async (page) => {
      await page
        .getByRole('row', { name: /^Orders Globex/ })
        .first()
        .click()
      await page.getByRole('complementary', { name: 'Preview' }).waitFor()
    },
  },
  {
    name: 'list-group-menu',
    view: trouble,
    act: async (page) => {
      await page
        .getByRole('button', { name: /^Actions for all of / })
        .first()
        .click()
      await page.getByRole('menu').waitFor()
    },
  },
  {
    name: 'list-view-menu',
    view: three,
    act: (page) => page.getByRole('button', { name: 'View' }).click(),
  },
  {
    name: 'keys',
    view: three,
    act: async (page) => {
      await page.keyboard.press('?')
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    },
  },
  { name: 'damaged-one', view: damagedFleet(3, 1) },
  { name: 'damaged-many', view: damaged },
  { name: 'damaged-page', view: damaged, hash: '#/service-apps/profile-1' },
  {
    name: 'other-copy',
    view: view({
      fleet: { ...connected, profiles: fleetOf(40), incidents: [otherCopy(['profile-1', 'profile-2'])] },
    }),
    hash: '#/problems',
    act: async (page) => {
      await page.getByRole('button', { name: 'What to do' }).click()
      await page.getByRole('button', { name: 'Pause here' }).waitFor()
    },
  },
  {
    name: 'all-paused-here',
    view: view({
      fleet: {
        managers: [
          integration({ state: 'needs-attention', isRefused: true, sentence: 'Reconnect the integration.' }),
        ],
        profiles: fleetOf(3, 1).map((one) => inState('paused', one)),
      },
    }),
  },
  {
    name: 'fallback-chosen',
    view: view({ fleet: { managers: withFallback({}) } }),
    hash: '#/settings/token-managers',
  },
  {
    name: 'fallback-used',
    view: view({
      fleet: {
        managers: withFallback({
          state: 'needs-attention',
          sentence:
            "Webex no longer accepts the integration's refresh token. Reconnect the integration. Nothing is lost; refresh tokens of service apps keep working meanwhile.",
          isReplaced: true,
          isRefused: true,
          refreshToken: { issuedAt: NOW, expiresAt: NOW, dead: true },
        }),
      },
    }),
    hash: '#/settings/token-managers',
  },
  {
    name: 'no-tier-left',
    view: view({ fleet: { managers: [], profiles: [tierless] } }),
    hash: '#/service-apps/tierless',
  },
  {
    name: 'damaged-edit',
    view: damaged,
    hash: '#/problems',
    answers: copies,
    act: async (page) => {
      await page.getByRole('button', { name: 'Edit credentials' }).click()
      await page.getByRole('button', { name: /^Take it from the copy/ }).waitFor()
    },
  },
  {
    name: 'missing',
    view: withoutOwner,
    hash: '#/problems',
    answers: copies,
    act: async (page) => {
      await page.getByRole('button', { name: 'Repair' }).click()
      await page.getByRole('button', { name: /^Take it from the copy/ }).waitFor()
    },
  },
  {
    name: 'damaged-delete',
    view: damaged,
    hash: '#/problems',
    answers: { 'record.copies': { ok: true, value: [] } },
    act: async (page) => {
      await page.getByRole('button', { name: 'Repair' }).click()
      await page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'menu',
    view: three,
    act: (page) =>
      page
        .getByRole('button', { name: /^More / })
        .first()
        .click(),
  },
  { name: 'profile', view: forty, hash: '#/service-apps/profile-1', attempts: rare },
  {
    name: 'profile-trouble',
    view: view({
      fleet: {
        ...connected,
        profiles: fleetOf(3, 1).map((one, i) => (i === 0 ? inState('needs-attention', one) : one)),
      },
    }),
    hash: '#/service-apps/profile-1',
    attempts: rare,
  },
  {
    name: 'profile-tested',
    view: view({
      fleet: {
        ...connected,
        profiles: [profile({ id: 'profile-1', drill: { by: 'person', requestedAt: NOW, isNext: true } })],
      },
    }),
    hash: '#/service-apps/profile-1',
    attempts: attempts(20, DAY).map((attempt, i) =>
      i === 2 ? { ...attempt, reason: { code: 'drill', by: 'person', share: null } } : attempt,
    ),
  },
  {
    name: 'drill',
    view: forty,
    hash: '#/service-apps/profile-1',
    act: async (page) => {
      await page.getByRole('button', { name: 'Test all tiers' }).click()
      await page.getByRole('button', { name: 'Test now' }).waitFor()
    },
  },
  ...(['Edit', 'Remove'] as const).map(
    (words): Scene => ({
      name: words.toLowerCase(),
      view: forty,
      hash: '#/service-apps/profile-1',
      act: async (page) => {
        const edit = page.getByRole('button', { name: 'Edit', exact: true })
        if (words === 'Edit') await edit.first().click()
        else {
          await edit.first().waitFor()
          await page
            .getByRole('button', { name: /^More / })
            .first()
            .click()
          await page.getByRole('menuitem', { name: words }).click()
        }
        await page.getByRole('dialog').waitFor()
      },
    }),
  ),
  ...['Change cloud…', 'Change proxy…'].map(
    (name): Scene => ({
      name: name === 'Change cloud…' ? 'change-cloud' : 'change-proxy',
      view: three,
      hash: '#/settings/webex',
      act: async (page) => {
        await page.getByRole('button', { name }).click()
        await page.getByRole('dialog').waitFor()
      },
    }),
  ),
  ...problemScenes,
  { name: 'history', view: forty, hash: '#/history' },
  {
    name: 'history-customer',
    view: forty,
    hash: '#/history',
    act: async (page) => {
      await page.getByRole('combobox', { name: 'Customer' }).click()
      await page.getByRole('option').first().waitFor()
    },
  },
  ...SETTINGS_SECTIONS.map((section) => ({
    name: `settings-${section}`,
    view: forty,
    hash: `#/settings/${section}`,
  })),
  ...Object.entries(updateScenes).map(([name, updates]) => ({
    name: `updates-${name}`,
    view: view({ fleet: { ...connected, profiles: fleetOf(3, 1) }, updates: { ...noUpdate, ...updates } }),
    hash: '#/settings/about',
  })),
  { name: 'connect', view: view({}), act: openConnect },
  {
    name: 'connect-waiting',
    view: view({
      connect: {
        kind: 'waiting',
        since: NOW - 42_000,
        expiresAt: NOW + 258_000,
        redirectUri: 'http://localhost:3000/callback',
        listening: true,
        problem: null,
        hint: null,
        portTakenBy: null,
      },
    }),
    act: (page) => page.getByRole('dialog').waitFor(),
  },
  {
    name: 'connect-https',
    view: view({
      connect: {
        kind: 'waiting',
        since: NOW - 75_000,
        expiresAt: NOW + 225_000,
        redirectUri: 'http://localhost:3000/callback',
        listening: true,
        problem: 'browser-uses-https',
        hint: null,
        portTakenBy: null,
      },
    }),
    act: (page) => page.getByRole('dialog').waitFor(),
  },
  {
    name: 'connect-taken',
    view: view({
      connect: {
        kind: 'waiting',
        since: NOW,
        expiresAt: NOW + 300_000,
        redirectUri: 'http://localhost:3000/callback',
        listening: false,
        problem: 'port-taken',
        hint: null,
        portTakenBy: 'node (process 4711)',
      },
    }),
    act: (page) => page.getByRole('dialog').waitFor(),
  },
  {
    name: 'connect-personal',
    view: view({}),
    act: async (page) => {
      await openConnect(page)
      await page.getByRole('button', { name: 'Use a personal access token' }).click()
    },
  },
  {
    name: 'add',
    view: three,
    act: async (page) => {
      await page.getByRole('button', { name: 'Add service app' }).click()
      await page.getByRole('textbox', { name: 'Name' }).fill('Orders')
      await page.getByRole('textbox', { name: 'Client ID' }).fill(three.fleet.managers[0]?.clientId ?? '')
      await page.getByRole('textbox', { name: 'App ID' }).fill(three.fleet.profiles[0]?.appId ?? '')
      await page.getByRole('textbox', { name: 'Client secret' }).fill('0123456789abcdef')
    },
  },
  {
    name: 'add-pasted',
    view: three,
    answers: {
      'paste.read': {
        ok: true,
        value: {
          kind: 'values',
          id: 'paste-1',
          texts: {
            name: 'Orders',
            orgName: 'Acme',
            appId: 'Y2lzY29zcGFyazovL3VzL0FQUExJQ0FUSU9OL0Mx',
            targetOrgId: 'xyz',
          },
          secrets: ['clientSecret', 'refreshToken'],
          withManager: false,
          remarks: ['Token manager ignored: one is already connected.'],
        },
      },
    },
    act: async (page) => {
      await page.getByRole('button', { name: 'Add service app' }).click()
      await page.getByRole('textbox', { name: 'Customer' }).fill('Globex')
      await page.getByRole('textbox', { name: 'App ID' }).fill('{}')
      await page.getByText('Not changed: ').waitFor()
    },
  },
  {
    name: 'add-pasted-rows',
    view: three,
    answers: { 'paste.read': { ok: true, value: { kind: 'import', id: 'paste-1', rows: 12 } } },
    act: async (page) => {
      await page.getByRole('button', { name: 'Add service app' }).click()
      await page.getByRole('textbox', { name: 'App ID' }).fill(three.fleet.profiles[0]?.targetOrgId ?? '')
      await page.getByRole('textbox', { name: 'Name' }).fill('[]')
      await page.getByText('Open in Import').waitFor()
    },
  },
  {
    name: 'add-twice',
    view: three,
    answers: {
      'service-app.add': {
        ok: false,
        error: {
          code: 'invalid',
          field: 'targetOrgId',
          message: `This service app is already in the list for this org, as “${three.fleet.profiles[0]?.name}”.`,
          profileId: three.fleet.profiles[0]?.id,
        },
      },
    },
    act: async (page) => {
      await page.getByRole('button', { name: 'Add service app' }).click()
      const { appId = '', clientId = '', targetOrgId = '' } = three.fleet.profiles[0] ?? {}
      for (const [name, text] of [
        ...[
          ['Name', 'Orders'],
          ['App ID', appId],
          ['Client ID', clientId],
        ],
        ...[
          ['Client secret', '0123456789abcdef'],
          ['Target org ID', rawOrgId(targetOrgId).toUpperCase()],
        ],
      ])
        await page.getByRole('textbox', { name: name ?? '' }).fill(text ?? '')
      await page.getByRole('button', { name: 'Save and issue token' }).click()
      await page.getByText('Open it').waitFor()
    },
  },
  {
    name: 'palette',
    view: forty,
    act: async (page) => {
      await page.keyboard.press('Control+k')
      await page.getByRole('combobox', { name: 'Command' }).fill('acme')
    },
  },
  {
    name: 'detail',
    view: forty,
    hash: '#/history',
    act: (page) =>
      page.getByRole('row').filter({ hasText: 'no answer' }).first().getByRole('button').first().click(),
  },
  {
    name: 'toasts',
    view: three,
    answers: {
      'profile.copy-token': { ok: true, value: { clearsAfterSeconds: 30, refreshedFirst: false } },
      'profile.test': {
        ok: true,
        value: {
          result: 'invalid',
          sentence: 'Webex refuses this token.',
          status: 401,
          trackingId: 'ROUTER_1',
        },
      },
      'fleet.refresh-due': ok,
    },
    act: async (page) => {
      await page
        .getByRole('button', { name: /^Copy token / })
        .first()
        .click()
      await page
        .getByRole('button', { name: /^More / })
        .first()
        .click()
      await page.getByRole('menuitem', { name: 'Test token' }).click()
      await page.getByText('Webex refuses').waitFor()
    },
  },
  {
    name: 'signs',
    view: view({
      app: { foreignCloud: true },
      settings: { baseUrl: 'http://127.0.0.1:40123/v1', baseUrlLocked: true },
      fleet: {
        ...connected,
        profiles: fleetOf(3, 1),
        clockSkew: 14 * 60_000,
        allPausedUntil: NOW + 3_500_000,
      },
      storage: {
        kind: 'open',
        level: 'weak',
        backend: 'basic_text',
        sentence: 'Tokens and secrets are not protected: this system has no keyring.',
        hasPassphrase: false,
      },
    }),
  },
  {
    name: 'out-of-support',
    view: view({
      app: { electron: '33.2.1', supportEndedAt: Date.UTC(2025, 3, 29, 12) },
      fleet: { ...connected, profiles: fleetOf(3, 1) },
    }),
    hash: '#/settings/about',
    act: (page) => page.getByText('no longer gets security fixes').scrollIntoViewIfNeeded(),
  },
  {
    name: 'consent',
    view: view({
      storage: {
        kind: 'consent-needed',
        level: 'closed',
        sentence:
          'This system has no keyring, so stored tokens and secrets could be read by anyone who can read your files. Set a passphrase to protect them, or agree to store them unprotected.',
        ways: ['set-passphrase', 'accept-weak', 'restart', 'restore'],
        waiting: null,
        clouds: [],
      },
    }),
  },
  ...overviewScenes,
  ...keepingScenes,
  ...deliveryScenes,
  ...dataSourceScenes,
]
