// Problems as a person sees them: of every kind, opened, snoozed, resolved, and those of thousands.
import type { AppView, Incident, ProblemNotesView } from '#contract/contract.ts'
import { incident } from '../engine/support/incidents.ts'
import {
  DAY,
  deadIntegration,
  fleetOf,
  HOUR,
  inState,
  integration,
  NOW,
  notAuthorized,
  view,
} from './fake-view.ts'
import type { Scene } from './scenes.ts'

const PER_APP = 30
const idsOf = (app: number, count = PER_APP) =>
  Array.from({ length: count }, (_, index) => `profile-${app * PER_APP + index + 1}`)
const app = (index: number, name: string) => ({ id: `app-${index}`, name, appId: `appid-${index}` })

/** Two service apps share a name. */
const incidents: readonly Incident[] = [
  deadIntegration(idsOf(0, 5)),
  incident({
    key: 'client-refused:app-2',
    level: 'critical',
    title: 'Client secret of “Call quality” rejected',
    sentence:
      "Webex rejected the service app's own client secret. If it was regenerated, paste the new one (not the integration's).",
    fix: { kind: 'replace-secret', profileId: 'profile-61' },
    owner: 'app-owner',
    serviceApp: app(2, 'Call quality'),
    profileIds: idsOf(2),
    deadline: NOW - 2 * HOUR,
    since: NOW - DAY,
  }),
  notAuthorized(idsOf(1), {
    title: '“Contact routing” is no longer authorized in 30 orgs',
    serviceApp: app(1, 'Contact routing'),
    waiting: { since: NOW - 2 * DAY, customers: 12 },
  }),
  notAuthorized(idsOf(3), {
    key: 'not-authorised:app-3',
    title: '“Contact routing” is no longer authorized in 30 orgs',
    serviceApp: app(3, 'Contact routing'),
    deadline: NOW + 12 * DAY,
  }),
  incident({
    key: 'undelivered:app-0:1',
    title: 'Tokens of “Orders” not delivered for 5 customers',
    sentence: 'The disk that holds the file is full. Free some space; the file was not changed.',
    fix: { kind: 'deliver', profileId: 'profile-1' },
    serviceApp: app(0, 'Orders'),
    profileIds: idsOf(0, 5),
    since: NOW - HOUR,
  }),
  incident({
    key: 'tier-1-dead:app-0',
    level: 'information',
    title: 'Refresh token of “Orders” no longer accepted in Acme',
    sentence: 'The Applications API issues new tokens instead; no action needed.',
    owner: 'tier-2',
    serviceApp: app(0, 'Orders'),
    profileIds: ['profile-1'],
    deadline: NOW + 11 * DAY,
  }),
  incident({
    key: 'wrong-org:app-0',
    title: 'Target org ID of “Orders” rejected for 2 orgs',
    fix: { kind: 'edit-service-app', profileId: 'profile-8', field: 'targetOrgId' },
    serviceApp: app(0, 'Orders'),
    profileIds: ['profile-8', 'profile-9'],
    snoozedUntil: NOW + 3 * DAY,
  }),
]

export const notes: ProblemNotesView = {
  resolved: [
    {
      key: 'network-down',
      title: 'Resolved: Webex was reached again',
      level: 'warning',
      customers: 41,
      since: NOW - 2 * DAY,
      resolvedAt: NOW - 47 * HOUR,
    },
  ],
  waiting: idsOf(1, 12).map((profileId) => ({ profileId, since: NOW - 2 * DAY })),
}

export const problems: AppView = view({
  fleet: {
    managers: [integration()],
    profiles: fleetOf(120, PER_APP).map((one, index) =>
      (index >= 30 && index < 60) || index >= 90 ? inState('needs-attention', one) : one,
    ),
    incidents,
  },
})

/** Each of `count` service apps lost `customers` customers. */
export function manyProblems(count: number, customers: number): AppView {
  return view({
    fleet: {
      managers: [integration()],
      profiles: fleetOf(count * customers, customers).map((one) => inState('needs-attention', one)),
      incidents: Array.from({ length: count }, (_, index) =>
        notAuthorized(
          Array.from({ length: customers }, (_, place) => `profile-${index * customers + place + 1}`),
          { key: `not-authorised:app-${index}`, serviceApp: app(index, `Service app ${index}`) },
        ),
      ),
    },
  })
}

const answers = { 'problem.notes': { ok: true, value: notes } }
const at = { view: problems, hash: '#/problems', answers }

export const problemScenes: readonly Scene[] = [
  { ...at, name: 'problems' },
  {
    ...at,
    name: 'problems-open',
    act: async (page) => {
      await page.getByRole('button', { name: '“Contact routing” is no longer authorized' }).first().click()
      await page.getByRole('table', { name: 'Customers' }).waitFor()
    },
  },
  {
    ...at,
    name: 'problems-snooze',
    act: (page) => page.getByRole('button', { name: 'Snooze until …' }).first().click(),
  },
  {
    ...at,
    name: 'problems-snooze-date',
    act: async (page) => {
      await page.getByRole('button', { name: 'Snooze until …' }).first().click()
      await page.getByRole('menuitem', { name: 'A date…' }).click()
      await page.getByRole('dialog', { name: 'Snooze until …' }).waitFor()
    },
  },
  {
    ...at,
    name: 'replace-secret',
    act: async (page) => {
      await page.getByRole('button', { name: 'Replace secret' }).click()
      await page.getByRole('dialog').waitFor()
    },
  },
  { name: 'problems-none', view: view({ fleet: { managers: [integration()] } }), hash: '#/problems' },
  { name: 'problems-many', view: manyProblems(60, 10), hash: '#/problems' },
]
