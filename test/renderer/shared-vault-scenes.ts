// The scenes of the shared vault: none, waiting, joined, offline, no computer renews, and what opens there.
import type { Page } from 'playwright'
import type { AppView, SharedVaultMembers, SharedVaultView } from '#contract/contract.ts'
import { incident } from '../engine/support/incidents.ts'
import { DAY, fleetOf, HOUR, integration, MINUTE, NOW, SECOND, view } from './fake-view.ts'
import type { Scene } from './scenes.ts'
import { push } from './window.ts'

export type JoinedView = Extract<SharedVaultView, { kind: 'joined' }>

const fleet = { managers: [integration()], profiles: fleetOf(3, 1) }
export const RECIPIENT = 'age1yt0rxd4cu0l3tdw3nmf7h7wxxlk6n8hvx9r3jps8lpqqm8tqcvqs6x8f0h'

const serverKey = 'age1qs5x0v2ak6m3l7s9p8u4gk0n2wq5tn6vy8r7e3d9c4fjh0zlm2xs7c5wqp'
const strangeKey = 'age1k7w3h5n0u8z2c6m9q4x0v5t7y3r8e6d2s4a9g0f5j8l7p3kqw2xs6v0n9'

export const members: SharedVaultMembers = {
  members: [
    {
      name: 'server 1',
      recipient: serverKey,
      addedAt: NOW - 40 * DAY,
      addedBy: null,
      isAuthentic: true,
      isOwn: false,
    },
    {
      name: 'Ada’s laptop',
      recipient: RECIPIENT,
      addedAt: NOW - 3 * DAY,
      addedBy: 'server 1',
      isAuthentic: true,
      isOwn: true,
    },
    {
      name: 'backup host',
      recipient: strangeKey,
      addedAt: NOW - 2 * HOUR,
      addedBy: 'server 1',
      isAuthentic: false,
      isOwn: false,
    },
  ],
  computers: [
    { node: 'server-1 (a1f0)', seenAt: NOW - 5 * SECOND, leads: true },
    { node: 'ada-laptop (09c4)', seenAt: NOW - 12 * SECOND, leads: false },
    { node: 'server-2 (77b3)', seenAt: NOW - 3 * DAY, leads: false },
  ],
}

export const sharedAnswers = { 'shared-vault.members': { ok: true, value: members } }

export function joined(over: Partial<JoinedView> = {}, more: Parameters<typeof view>[0] = {}): AppView {
  return view({
    fleet,
    ...more,
    sharedVault: {
      kind: 'joined',
      node: 'ada-laptop (09c4)',
      mayLead: true,
      leader: 'server-1 (a1f0)',
      leadsHere: false,
      leaderlessSince: null,
      trouble: null,
      agreedAt: NOW - 8 * SECOND,
      ...over,
    },
  })
}

export const trouble = (
  sentence: string,
  since: number,
  kind: NonNullable<JoinedView['trouble']>['kind'] = 'not-usable',
) => ({ kind, sentence, since, recipient: kind === 'not-usable' ? null : RECIPIENT })

const UNREACHABLE =
  "The shared vault's database cannot be reached, and nothing can be changed until it is. Check the network and the database server."

const sharedIncident = (code: string, title: string, sentence: string, since: number) =>
  incident({
    key: code,
    code,
    level: 'critical',
    title,
    sentence,
    since,
    fix: { kind: 'show-shared-vault' },
    owner: 'database',
  })

export const offline = joined(
  { leader: null, trouble: trouble(UNREACHABLE, NOW - 12 * MINUTE), agreedAt: NOW - 12 * MINUTE },
  {
    fleet: {
      ...fleet,
      incidents: [
        sharedIncident(
          'shared-vault',
          'The shared vault has been unavailable for 10 min',
          `${UNREACHABLE} The state of May 18, 2026, 9:18 AM is shown; tokens are given out until they expire, and this computer renews none.`,
          NOW - 12 * MINUTE,
        ),
      ],
    },
  },
)

const ADDED_BY = `a member runs: satm vault add-member NAME ${RECIPIENT}`

export const removed = joined({
  leader: null,
  agreedAt: NOW - 20 * MINUTE,
  trouble: trouble(
    `This computer was removed from the shared vault. It gives out the tokens it knows until they expire. To add it again, ${ADDED_BY}`,
    NOW - 20 * MINUTE,
    'removed',
  ),
})

export const notYetAdded = joined({
  leader: null,
  agreedAt: null,
  trouble: trouble(
    `This computer is not a member of the shared vault yet. ${ADDED_BY.replace('a', 'A')}`,
    NOW - 20 * MINUTE,
    'not-yet-a-member',
  ),
})

export const unrenewed = joined(
  { leader: null, leaderlessSince: NOW - 7 * MINUTE },
  {
    fleet: {
      ...fleet,
      incidents: [
        sharedIncident(
          'shared-vault-unrenewed',
          'No computer has renewed tokens for 5 min',
          'The shared vault is reachable, but no computer renews its tokens. Start a server, or let this computer renew: Settings → Shared vault.',
          NOW - 7 * MINUTE,
        ),
      ],
    },
  },
)

const none = view({ fleet })
export const waiting = view({
  sharedVault: { kind: 'waiting', recipient: RECIPIENT, problem: null },
})

const hash = '#/settings/shared-vault'
const open = (name: string, title: string) => async (page: Page) => {
  await page.getByRole('button', { name, exact: true }).click()
  await page.getByRole('dialog', { name: title }).waitFor()
}

const held = {
  level: 'closed',
  ways: ['shared-vault', 'renew-here', 'restore', 'quit'],
  waiting: null,
  clouds: [],
} as const

export const left = view({
  storage: {
    ...held,
    kind: 'moved',
    sentence:
      'This computer’s service apps are in a shared vault since May 18, 2026, but this computer does not use it now. Nothing is renewed, delivered or given out here. Join the shared vault, or restore a backup. To renew the last known tokens here, stop everything that uses the shared vault first: if both renew, tokens are lost. Then choose “Renew here again” in the window, or run “satm confirm renewals”.',
  },
})

export const interrupted = view({
  sharedVault: { kind: 'waiting', recipient: RECIPIENT, problem: null },
  storage: {
    ...held,
    kind: 'moving',
    sentence:
      'A move to a shared vault began on May 18, 2026 and was interrupted. Nothing is renewed, neither here nor there. Continue the move, or choose “Renew here again” in the window, or run “satm confirm renewals”.',
  },
})

export const sharedVaultScenes: readonly Scene[] = [
  { name: 'shared-none', view: none, hash },
  { name: 'shared-make', view: none, hash, act: open('Create a shared vault…', 'Create a shared vault') },
  { name: 'shared-join', view: none, hash, act: open('Join a shared vault…', 'Join a shared vault') },
  { name: 'shared-waiting', view: waiting, hash },
  { name: 'shared-joined', view: joined(), hash, answers: sharedAnswers },
  {
    name: 'shared-add-member',
    view: joined(),
    hash,
    answers: sharedAnswers,
    act: open('Add member…', 'Add member'),
  },
  {
    name: 'shared-remove-member',
    view: joined(),
    hash,
    answers: sharedAnswers,
    act: open('Remove server 1', 'Remove server 1?'),
  },
  {
    name: 'shared-leave',
    view: joined(),
    hash,
    answers: sharedAnswers,
    act: open('Leave the shared vault…', 'Leave the shared vault?'),
  },
  {
    name: 'shared-offline',
    view: offline,
    hash,
    answers: { 'shared-vault.members': { ok: false, error: { code: 'storage', message: UNREACHABLE } } },
  },
  {
    name: 'shared-removed',
    view: removed,
    hash,
    answers: { 'shared-vault.members': { ok: false, error: { code: 'storage', message: 'No member.' } } },
  },
  { name: 'shared-offline-problems', view: offline, hash: '#/problems' },
  { name: 'shared-unrenewed', view: unrenewed, hash, answers: sharedAnswers },
  { name: 'shared-list', view: joined({ leader: 'ada-laptop (09c4)', leadsHere: true }) },
  {
    name: 'shared-conflict',
    view: joined(),
    hash: '#/service-apps/profile-1',
    answers: {
      'service-app.edit': {
        ok: false,
        error: { code: 'conflict', message: 'Someone else changed this in the meantime.' },
      },
    },
    act: async (page) => {
      await page.getByRole('button', { name: 'Edit', exact: true }).click()
      await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Orders of mine')
      await page.getByRole('button', { name: 'Save', exact: true }).click()
      await page.getByRole('alert').waitFor()
      const [first, ...others] = fleet.profiles
      if (first === undefined) throw new Error('There is no profile.')
      const profiles = [{ ...first, name: 'Orders of theirs', orgName: 'Globex' }, ...others]
      await push(page, joined({}, { fleet: { ...fleet, profiles } }))
    },
  },
  { name: 'shared-data', view: joined(), hash: '#/settings/data' },
  { name: 'shared-left', view: left },
  { name: 'shared-interrupted', view: interrupted },
]
