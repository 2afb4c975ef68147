// What the palette offers for what is typed: the app's own commands first, then the service apps that match.
import { isolated } from '#base/common/display-text.ts'
import type { AppView, ProfileView } from '#contract/contract.ts'
import type { Ask } from '#renderer/app/context.tsx'
import type { DialogRequest } from '#renderer/app/dialog-context.tsx'
import type { Route } from '#renderer/app/route.ts'
import type { IconName } from '#renderer/components/icon.tsx'
import { allOf } from '#renderer/features/history/history-filter.ts'
import { entryReader } from '#renderer/features/service-apps/entries.ts'
import { matches, wordsOf } from '#renderer/features/service-apps/rows.ts'
import type { Actions } from '#renderer/features/shared/actions.tsx'
import { orgWords } from '#renderer/features/shared/words.ts'

export interface Command {
  readonly id: string
  readonly words: string
  readonly detail: string | null
  readonly icon: IconName
  readonly run: () => void
}

export interface CommandParts {
  readonly actions: Actions
  readonly ask: Ask
  readonly open: (request: DialogRequest) => void
  readonly goTo: (route: Route) => void
}

type Shown = Pick<AppView, 'fleet' | 'delivery'>

const PROFILES_SHOWN = 8
const PAUSE_MINUTES = 60

export function commandsFor(text: string, view: Shown, parts: CommandParts): readonly Command[] {
  const { fleet } = view
  const typed = text.toLowerCase().split(/\s+/)
  const own = ownCommands(view, parts).filter(({ words }) => fits(words, typed))
  const verb = /^(open|refresh|copy|copy token|export \.env|deliver|add delivery|duplicate)\s+/i.exec(text)
  const wanted = verb === null ? text : text.slice(verb[0].length)
  if (wanted.trim() === '') return own
  const found: ProfileView[] = []
  const entryOf = entryReader()
  const words = wordsOf(wanted)
  for (const profile of fleet.profiles) {
    if (found.length === PROFILES_SHOWN) break
    if (matches(entryOf(profile), words)) found.push(profile)
  }
  const ofProfiles = found.flatMap((profile) => profileCommands(profile, verb !== null, parts))
  return [
    ...own,
    ...ofProfiles.filter(
      ({ words }) => verb === null || words.toLowerCase().startsWith(verb[0].trim().toLowerCase()),
    ),
  ]
}

const fits = (words: string, typed: readonly string[]) =>
  typed.every((word) => words.toLowerCase().includes(word))

function ownCommands({ fleet, delivery }: Shown, parts: CommandParts): readonly Command[] {
  const { actions, ask, open, goTo } = parts
  const { on, port } = delivery.endpoint
  const manager = fleet.managers.find(({ kind }) => kind === 'integration') ?? null
  const command = (
    words: string,
    icon: IconName,
    run: () => void,
    detail: string | null = null,
  ): Command => ({
    id: words,
    words,
    detail,
    icon,
    run,
  })
  return [
    command('Add service app', 'add', () => open({ kind: 'add', likeProfileId: null }), 'N'),
    command('Refresh all due', 'refresh', () => void actions.refreshDue()),
    command('Cancel refresh of all due', 'close', () => void actions.cancelRefresh()),
    manager === null
      ? command('Connect integration', 'integration', () => open({ kind: 'connect', managerId: null }))
      : command('Reconnect integration', 'integration', () =>
          open({ kind: 'connect', managerId: manager.id }),
        ),
    fleet.allPausedUntil === null
      ? command('Pause all for 1 hour', 'pause', () => void ask('fleet.pause', { minutes: PAUSE_MINUTES }))
      : command('Resume all', 'play', () => void ask('fleet.pause', { minutes: null })),
    command('Import service apps', 'add', () => open({ kind: 'import' })),
    command('Back up', 'shield', () => open({ kind: 'backup' })),
    command(
      'Export history as CSV',
      'export',
      () => void actions.exportHistory({ ...allOf(null), format: 'csv' }),
    ),
    command(
      'Export history as JSON',
      'export',
      () => void actions.exportHistory({ ...allOf(null), format: 'json' }),
    ),
    command('Add consumer of the local endpoint', 'add', () => open({ kind: 'add-consumer' })),
    command(
      on ? 'Turn local endpoint off' : 'Turn local endpoint on',
      'integration',
      () => void ask('endpoint.save', { on: !on, port }),
    ),
    command('Rehearse', 'play', () => open({ kind: 'rehearse' })),
    command('Go to overview', 'overview', () => goTo({ screen: 'overview' })),
    command('Go to problems', 'warning', () => goTo({ screen: 'problems' })),
    command('Go to service apps', 'service-apps', () => goTo({ screen: 'service-apps' })),
    command('Go to history', 'history', () => goTo({ screen: 'history' })),
    command('Go to settings', 'settings', () => goTo({ screen: 'settings' })),
    command('Keyboard shortcuts', 'information', () => open({ kind: 'keys' }), '?'),
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

/** `all`: the rarer ones too, for whoever typed what to do. */
function profileCommands(
  profile: ProfileView,
  all: boolean,
  { actions, open, goTo }: CommandParts,
): readonly Command[] {
  const { id, name, orgName, targetOrgId, accessToken } = profile
  const command = (verb: string, icon: IconName, run: () => void): Command => ({
    id: `${verb} ${id}`,
    words: `${verb} ${isolated(name)}`,
    detail: isolated(orgWords(orgName, targetOrgId)),
    icon,
    run,
  })
  return [
    command('Open', 'service-apps', () => goTo({ screen: 'service-app', profileId: id })),
    command('Refresh', 'refresh', () => void actions.refresh(profile)),
    ...(accessToken === null
      ? []
      : [command('Copy token', 'copy', () => void actions.copy(profile, 'token'))]),
    ...(all
      ? [
          command('Export .env', 'export', () => void actions.exportEnv(profile)),
          command('Deliver', 'deliver', () => void actions.deliver(profile, null)),
          command('Add delivery', 'add', () => open({ kind: 'add-delivery', profileId: id })),
          command('Duplicate', 'add', () => open({ kind: 'add', likeProfileId: id })),
        ]
      : []),
  ]
}
