// What the palette offers for what is typed: screens and the app's own commands, then the service apps that match.
import { foldText } from '#base/common/fold-text.ts'
import type { AppView, ProfileView } from '#contract/contract.ts'
import { type Route, SETTINGS_SECTIONS, type SettingsSection } from '#renderer/app/route.ts'
import type { IconName } from '#renderer/components/icon.tsx'
import { allOf } from '#renderer/features/history/history-filter.ts'
import type { Entry } from '#renderer/features/service-apps/entries.ts'
import { wordsOf } from '#renderer/features/service-apps/rows.ts'
import { sectionWords } from '#renderer/features/shared/words.ts'
import type { Command, CommandParts } from './command.ts'
import { commandsHere, profileCommands } from './profile-commands.ts'

type Shown = Pick<AppView, 'fleet' | 'delivery' | 'storage' | 'sharedVault'>

interface OwnCommand extends Command {
  /** The screen or section that it leads to: its exact name comes first. */
  readonly place: string
  /** Other words that it is looked for by. */
  readonly also: string
}

const PAUSE_MINUTES = 60

/** `here`: the service app whose page is open, or whose row has the focus. */
export function commandsFor(
  text: string,
  view: Shown,
  here: ProfileView | null,
  entryOf: (profile: ProfileView) => Entry,
  parts: CommandParts,
): readonly Command[] {
  const own = ownCommands(view, parts)
  const words = wordsOf(text)
  if (words.length === 0) return [...(here === null ? [] : commandsHere(here, parts)), ...own]
  const { profiles } = view.fleet
  const ranked = own.flatMap((command) => {
    const rank = rankOf(command, words)
    return rank === null ? [] : [{ command, rank }]
  })
  const better = (isBetter: boolean) =>
    ranked
      .filter(({ rank }) => rank < BY_OTHER_WORDS === isBetter)
      .toSorted((one, other) => one.rank - other.rank)
      .map(({ command }) => command)
  return [...better(true), ...profileCommands(text, profiles, here, entryOf, parts), ...better(false)]
}

const BY_OTHER_WORDS = 4

/** The lower, the sooner; null: it does not fit. */
function rankOf({ words, place, also }: OwnCommand, typed: readonly string[]): number | null {
  const shown = foldText(words)
  const text = typed.join(' ')
  if (text === foldText(place)) return 0
  if (shown.startsWith(text) || foldText(place).startsWith(text)) return 1
  const areIn = (within: readonly string[]) =>
    typed.every((word) => within.some((one) => one.startsWith(word)))
  if (areIn(wordsOf(shown))) return 2
  if (typed.every((word) => shown.includes(word))) return 3
  return areIn(wordsOf(`${shown} ${also}`)) ? BY_OTHER_WORDS : null
}

function ownCommands(
  { fleet, delivery, storage, sharedVault }: Shown,
  parts: CommandParts,
): readonly OwnCommand[] {
  const { actions, ask, open, goTo } = parts
  const { on, port } = delivery.endpoint
  const manager = fleet.managers.find(({ kind }) => kind === 'integration') ?? null
  const hasPassphrase = storage.level !== 'closed' && storage.hasPassphrase
  const command = (
    words: string,
    icon: IconName,
    run: () => void,
    { detail = null, place = '', also = '' }: Partial<Pick<OwnCommand, 'detail' | 'place' | 'also'>> = {},
  ): OwnCommand => ({ id: words, words, detail, icon, run, place, also })
  const screen = (to: Exclude<Route['screen'], 'service-app'>, name: string, icon: IconName, also = '') =>
    command(`Go to ${name.toLowerCase()}`, icon, () => goTo({ screen: to }), { place: name, also })
  return [
    command('Add service app', 'add', () => open({ kind: 'add', likeProfileId: null }), {
      detail: 'N',
      also: 'new customer org',
    }),
    command('Refresh all due', 'refresh', () => void actions.refreshDue(), { also: 'renew tokens' }),
    command('Cancel refresh of all due', 'close', () => void actions.cancelRefresh()),
    manager === null
      ? command('Connect integration', 'integration', () => open({ kind: 'connect', managerId: null }), {
          also: 'token manager authorize sign in',
        })
      : command(
          'Reconnect integration',
          'integration',
          () => open({ kind: 'connect', managerId: manager.id }),
          { also: 'token manager authorize again sign in' },
        ),
    fleet.allPausedUntil === null
      ? command('Pause all for 1 hour', 'pause', () => void ask('fleet.pause', { minutes: PAUSE_MINUTES }))
      : command('Resume all', 'play', () => void ask('fleet.pause', { minutes: null })),
    command('Import service apps', 'add', () => open({ kind: 'import' }), { also: 'csv json file' }),
    command('Rehearse', 'play', () => open({ kind: 'rehearse' }), { also: 'what if forecast' }),
    screen('overview', 'Overview', 'overview', 'forecast'),
    screen('problems', 'Problems', 'warning', 'needs attention failures e-mails'),
    screen('service-apps', 'Service apps', 'service-apps', 'list customers tokens'),
    screen('history', 'History', 'history', 'attempts log'),
    screen('settings', 'Settings', 'settings', 'preferences options'),
    ...SETTINGS_SECTIONS.map((section) =>
      command(`Settings: ${sectionWords[section]}`, 'settings', () => goTo({ screen: 'settings', section }), {
        place: sectionWords[section],
        also: inSection[section],
      }),
    ),
    ...(hasPassphrase
      ? [
          command('Lock now', 'shield', () => void ask('lock.now', {}), { also: 'passphrase security' }),
          command('Change passphrase', 'shield', () => open({ kind: 'passphrase', change: 'change' })),
        ]
      : [
          command('Set a passphrase', 'shield', () => open({ kind: 'passphrase', change: 'set' }), {
            also: 'lock security',
          }),
        ]),
    command('Back up', 'shield', () => open({ kind: 'backup' }), { also: 'backup save' }),
    // What is here is the shared vault's.
    ...(sharedVault.kind === 'joined'
      ? []
      : [command('Restore a backup', 'shield', () => open({ kind: 'restore' }))]),
    ...(sharedVault.kind === 'none'
      ? [
          command('Create a shared vault', 'shield', () => open({ kind: 'make-shared-vault' }), {
            also: 'postgresql database team',
          }),
          command('Join a shared vault', 'shield', () => open({ kind: 'join-shared-vault' }), {
            also: 'postgresql database team',
          }),
        ]
      : []),
    command('Export history as CSV', 'export', () =>
      actions.exportHistory({ ...allOf(null), format: 'csv' }),
    ),
    command('Export history as JSON', 'export', () =>
      actions.exportHistory({ ...allOf(null), format: 'json' }),
    ),
    command('Add consumer of the local endpoint', 'add', () => open({ kind: 'add-consumer' })),
    command(
      on ? 'Turn local endpoint off' : 'Turn local endpoint on',
      'integration',
      () => void ask('endpoint.save', { on: !on, port }),
    ),
    command('Keyboard shortcuts', 'information', () => open({ kind: 'keys' }), {
      detail: '?',
      also: 'keys help',
    }),
    command('Use the light theme', 'settings', () => void ask('settings.save', { theme: 'light' })),
    command('Use the dark theme', 'settings', () => void ask('settings.save', { theme: 'dark' })),
    command(
      'Use the high contrast theme',
      'settings',
      () => void ask('settings.save', { theme: 'contrast' }),
    ),
    command('Use the system’s theme', 'settings', () => void ask('settings.save', { theme: 'system' })),
  ]
}

/** What is in each section, by the words that it is looked for by. */
const inSection: Readonly<Record<SettingsSection, string>> = {
  'token-managers': 'integration personal access token disconnect reconnect redirect port',
  security: 'passphrase password lock idle keychain keyring clipboard',
  notifications: 'desktop alerts recovery signing secret url',
  delivery: 'local endpoint command line satm consumers programs',
  'shared-vault': 'postgresql database team members join leave server several computers',
  data: 'backup back up restore export delete folder',
  appearance: 'theme dark light contrast login tray',
  'refresh-policy': 'renewal lifetime tiers monthly test retries requests concurrency',
  webex: 'government commercial address host sign-in',
  about: 'version licenses updates diagnostics log',
}
