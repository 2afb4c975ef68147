// Commands for single service apps: "test orders" finds the token test of those that "orders" finds.
import { isolated } from '#base/common/display-text.ts'
import { foldText } from '#base/common/fold-text.ts'
import type { ProfileView } from '#contract/contract.ts'
import type { Entry } from '#renderer/features/service-apps/entries.ts'
import { matches, wordsOf } from '#renderer/features/service-apps/rows.ts'
import { profileEntries } from '#renderer/features/shared/profile-menu.tsx'
import { orgWords } from '#renderer/features/shared/words.ts'
import type { Command, CommandParts } from './command.ts'

const MOST_FOUND = 8
/** Words: "Copy as Authorization header". */
const LONGEST_VERB = 4

interface Verb extends Pick<Command, 'words' | 'icon' | 'run'> {
  /** Found by the profile's name alone. */
  readonly isUsual?: boolean
}

/** All that can be done with the one whose page is open, or whose row has the focus. */
export const commandsHere = (profile: ProfileView, parts: CommandParts): readonly Command[] => [
  ...verbsOf(profile, parts).map((verb) => commandOf(verb, profile)),
  ...(profile.unreadable === undefined ? APP_VERBS.map((verb) => appCommandOf(verb, profile, parts)) : []),
]

/** `here`: meant where none is named. */
export function profileCommands(
  text: string,
  profiles: readonly ProfileView[],
  here: ProfileView | null,
  entryOf: (profile: ProfileView) => Entry,
  parts: CommandParts,
): readonly Command[] {
  const typed = wordsOf(text)
  const found = new Map<string, Command>()
  for (let at = Math.min(typed.length, LONGEST_VERB); at >= 0; at -= 1) {
    const verb = typed.slice(0, at)
    const named = typed.slice(at)
    const meant = named.length === 0 && here !== null ? [here] : find(named, profiles, entryOf)
    for (const profile of meant)
      for (const one of verbsOf(profile, parts))
        if (at === 0 ? one.isUsual : beginsWith(one.words, verb)) {
          const command = commandOf(one, profile)
          if (!found.has(command.id)) found.set(command.id, command)
        }
    for (const one of APP_VERBS)
      if (begins(one, verb))
        for (const command of appCommands(one, named, profiles, parts)) found.set(command.id, command)
  }
  return [...found.values()]
}

function find(
  words: readonly string[],
  profiles: readonly ProfileView[],
  entryOf: (profile: ProfileView) => Entry,
): readonly ProfileView[] {
  const found: ProfileView[] = []
  for (const profile of profiles) {
    if (found.length === MOST_FOUND) break
    if (matches(entryOf(profile), words)) found.push(profile)
  }
  return found
}

/** Whether each typed word begins a word of the verb, the first of them its first. */
function beginsWith(words: string, typed: readonly string[]): boolean {
  const verb = wordsOf(words)
  const [first = ''] = typed
  return (
    verb[0]?.startsWith(first) === true && typed.every((word) => verb.some((one) => one.startsWith(word)))
  )
}

const commandOf = ({ words, icon, run }: Verb, profile: ProfileView): Command => ({
  id: `${words} ${profile.id}`,
  words: `${words} ${isolated(profile.name)}`,
  detail: isolated(orgWords(profile.orgName, profile.targetOrgId)),
  icon,
  run,
})

function verbsOf(profile: ProfileView, { actions, open, goTo }: CommandParts): readonly Verb[] {
  const { id, accessToken, unreadable } = profile
  return [
    {
      words: 'Open',
      icon: 'service-apps',
      isUsual: true,
      run: () => goTo({ screen: 'service-app', profileId: id }),
    },
    ...(unreadable === undefined
      ? [
          {
            words: 'Refresh',
            icon: 'refresh',
            isUsual: true,
            run: () => void actions.refresh(profile),
          } as const,
        ]
      : []),
    ...(accessToken === null
      ? []
      : [
          {
            words: 'Copy token',
            icon: 'copy',
            isUsual: true,
            run: () => void actions.copy(profile, 'token'),
          } as const,
        ]),
    ...profileEntries(profile, actions, open).flatMap(({ words, icon = 'more', act, disabled }) =>
      disabled === true ? [] : [{ words, icon, run: act }],
    ),
    ...(accessToken === null
      ? []
      : [
          {
            words: 'Test all tiers',
            icon: 'test',
            run: () => open({ kind: 'drill', profileId: id }),
          } as const,
        ]),
  ]
}

/** What is done with a service app, whoever its customers are. */
interface AppVerb {
  /** Its name follows. */
  readonly words: string
  readonly icon: Command['icon']
  run(profile: ProfileView, parts: CommandParts): void
}

const APP_VERBS: readonly AppVerb[] = [
  {
    words: 'Add customer to',
    icon: 'add',
    run: ({ id }, { open }) => open({ kind: 'add', likeProfileId: id }),
  },
  {
    words: 'Deliver tokens of',
    icon: 'deliver',
    run: ({ appId }, { open }) => open({ kind: 'add-fleet-delivery', appId }),
  },
]

const begins = ({ words }: AppVerb, verb: readonly string[]) =>
  verb.length > 0 && wordsOf(words).join(' ').startsWith(verb.join(' '))

const appCommandOf = (verb: AppVerb, profile: ProfileView, parts: CommandParts): Command => ({
  id: `${verb.words} ${profile.id}`,
  words: `${verb.words} ${isolated(profile.name)}`,
  detail: null,
  icon: verb.icon,
  run: () => verb.run(profile, parts),
})

/** One for each service app. */
function appCommands(
  verb: AppVerb,
  named: readonly string[],
  profiles: readonly ProfileView[],
  parts: CommandParts,
): readonly Command[] {
  const apps = new Map<string, Command>()
  for (const profile of profiles) {
    if (apps.size === MOST_FOUND) break
    const { appId, name, unreadable } = profile
    if (unreadable !== undefined || apps.has(appId) || !foldedNameHas(name, named)) continue
    apps.set(appId, appCommandOf(verb, profile, parts))
  }
  return [...apps.values()]
}

const foldedNameHas = (name: string, words: readonly string[]) => {
  const folded = foldText(name)
  return words.every((word) => folded.includes(word))
}
