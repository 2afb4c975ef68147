// Whose history: of a service app or a token manager, and of a customer; each found by typing.
import { memo, useRef } from 'react'
import { commonName } from '#base/common/common-name.ts'
import { isolated } from '#base/common/display-text.ts'
import { orgKey } from '#base/common/webex-id.ts'
import type { FleetView, ProfileView } from '#contract/contract.ts'
import { useView } from '#renderer/app/context.tsx'
import { Combo, type ComboOption } from '#renderer/components/combo.tsx'
import { byName, orgWords, plural } from '#renderer/features/shared/words.ts'
import type { AttemptFilter } from './history-filter.ts'

type Subject = Pick<AttemptFilter, 'managerId' | 'appId' | 'orgId'>

const MANAGER = 'manager '

interface SubjectFilterProps {
  readonly subject: Subject
  readonly onChange: (subject: Partial<Subject>) => void
}

export function SubjectFilter({ subject, onChange }: SubjectFilterProps) {
  const { fleet } = useView()
  const choices = useChoices(fleet)
  const change = useRef(onChange)
  change.current = onChange
  return <Subjects {...subject} choices={choices} change={change} />
}

interface Choices {
  readonly apps: readonly ComboOption[]
  readonly customers: readonly ComboOption[]
}

interface SubjectsProps extends Subject {
  readonly choices: Choices
  readonly change: { readonly current: SubjectFilterProps['onChange'] }
}

/** Drawn anew only when a name changes: thousands of them would hold up the window with each refresh. */
const Subjects = memo(({ managerId, appId, orgId, choices, change }: SubjectsProps) => (
  <>
    <Combo
      label="Service app"
      value={managerId === null ? (appId ?? '') : `${MANAGER}${managerId}`}
      options={choices.apps}
      all="All"
      onChange={(value) =>
        change.current(
          value.startsWith(MANAGER)
            ? { appId: null, managerId: value.slice(MANAGER.length), orgId: null }
            : { appId: value === '' ? null : value, managerId: null },
        )
      }
    />
    <Combo
      label="Customer"
      value={orgId ?? ''}
      options={choices.customers}
      all="All"
      onChange={(value) => change.current(value === '' ? { orgId: null } : { orgId: value, managerId: null })}
    />
  </>
))

/** The same as long as names and IDs are: made only when they are not. */
function useChoices({ profiles, managers }: FleetView): Choices {
  const known = useRef<{ readonly of: readonly Named[]; readonly choices: Choices } | null>(null)
  const of = [...managers, ...profiles]
  const before = known.current?.of ?? []
  const isSame = of.length === before.length && of.every((one, i) => isSameName(one, before[i]))
  if (known.current === null || !isSame) known.current = { of, choices: choicesOf({ profiles, managers }) }
  return known.current.choices
}

type Named = { readonly id: string; readonly name: string } & Partial<
  Pick<ProfileView, 'appId' | 'targetOrgId' | 'orgName'>
>

function isSameName(one: Named, other: Named | undefined): boolean {
  if (one === other) return true
  return (
    one.id === other?.id &&
    one.name === other.name &&
    one.appId === other.appId &&
    one.targetOrgId === other.targetOrgId &&
    one.orgName === other.orgName
  )
}

function choicesOf({ profiles, managers }: Pick<FleetView, 'profiles' | 'managers'>): Choices {
  const apps = grouped(profiles, ({ appId }) => appId).map((group) => ({
    value: group[0].appId,
    name: commonName(group.map(({ name }) => name)),
    detail: plural(group.length, 'customer'),
  }))
  const customers = grouped(profiles, ({ targetOrgId }) => orgKey(targetOrgId)).map((group) => {
    const orgName = group.find((one) => one.orgName !== null)?.orgName ?? null
    return {
      value: group[0].targetOrgId,
      name: orgWords(orgName, group[0].targetOrgId),
      isNamed: orgName !== null,
      detail: plural(group.length, 'service app'),
    }
  })
  const options = (named: readonly { value: string; name: string; detail: string }[]) =>
    named.toSorted(byName).map(({ value, name, detail }) => ({ value, words: isolated(name), detail }))
  return {
    apps: [
      ...managers.map(({ id, name }) => ({
        value: `${MANAGER}${id}`,
        words: isolated(name),
        detail: 'Token manager',
      })),
      ...options(apps),
    ],
    // An ID is looked for last.
    customers: [
      ...options(customers.filter(({ isNamed }) => isNamed)),
      ...options(customers.filter(({ isNamed }) => !isNamed)),
    ],
  }
}

function grouped(
  profiles: readonly ProfileView[],
  keyOf: (profile: ProfileView) => string,
): readonly (readonly [ProfileView, ...ProfileView[]])[] {
  const groups = new Map<string, [ProfileView, ...ProfileView[]]>()
  for (const profile of profiles) {
    const key = keyOf(profile)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [profile])
    else group.push(profile)
  }
  return [...groups.values()]
}
