// What the palette offers for what is typed: the app's own commands first, then the service apps that match.
import type { FleetView, ProfileView } from '../../../preload/contract.ts'
import type { Actions } from '../../actions.ts'
import type { DialogRequest } from '../../dialogs.tsx'
import type { IconName } from '../../parts/icon-paths.ts'
import type { Route } from '../../route.ts'
import type { Ask } from '../../window-parts.tsx'
import { matches, textReader, wordsOf } from '../service-apps/rows.ts'

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

const PROFILES_SHOWN = 8
const PAUSE_MINUTES = 60

export function commandsFor(text: string, fleet: FleetView, parts: CommandParts): readonly Command[] {
  const own = ownCommands(fleet, parts).filter(({ words }) => fits(words, text))
  const verb = /^(open|refresh|copy|copy token)\s+/i.exec(text)
  const wanted = verb === null ? text : text.slice(verb[0].length)
  if (wanted.trim() === '') return own
  const found: ProfileView[] = []
  const textsOf = textReader()
  const words = wordsOf(wanted)
  for (const profile of fleet.profiles) {
    if (found.length === PROFILES_SHOWN) break
    if (matches(textsOf(profile), words)) found.push(profile)
  }
  const ofProfiles = found.flatMap((profile) => profileCommands(profile, parts))
  return [
    ...own,
    ...ofProfiles.filter(
      ({ words }) => verb === null || words.toLowerCase().startsWith(verb[0].trim().toLowerCase()),
    ),
  ]
}

const fits = (words: string, text: string) =>
  text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => words.toLowerCase().includes(word))

function ownCommands(fleet: FleetView, { actions, ask, open, goTo }: CommandParts): readonly Command[] {
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
    command('Go to service apps', 'service-apps', () => goTo({ screen: 'service-apps' })),
    command('Go to history', 'history', () => goTo({ screen: 'history' })),
    command('Go to settings', 'settings', () => goTo({ screen: 'settings' })),
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

function profileCommands(profile: ProfileView, { actions, goTo }: CommandParts): readonly Command[] {
  const { id, name, orgName, accessToken } = profile
  const command = (verb: string, icon: IconName, run: () => void): Command => ({
    id: `${verb} ${id}`,
    words: `${verb} ${name}`,
    detail: orgName,
    icon,
    run,
  })
  return [
    command('Open', 'service-apps', () => goTo({ screen: 'service-app', profileId: id })),
    command('Refresh', 'refresh', () => void actions.refresh(profile)),
    ...(accessToken === null
      ? []
      : [command('Copy token', 'copy', () => void actions.copy(profile, 'token'))]),
  ]
}
