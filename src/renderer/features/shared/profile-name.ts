// What tells a profile from others: its name where no other has it, and the customer wherever there is room.
import type { ProfileView } from '#contract/contract.ts'
import { useOfView } from '#renderer/app/context.tsx'
import { nameWithOrg, orgWords } from './words.ts'

type Named = Pick<ProfileView, 'id' | 'name' | 'orgName' | 'targetOrgId'>

/** For accessible names: "Contact sync", or "Contact sync, Hooli" where another profile is called Contact sync too. */
export const labelOf = ({ name, orgName, targetOrgId }: Named, isNamesake: boolean): string =>
  isNamesake ? `${name}, ${orgWords(orgName, targetOrgId)}` : name

const hasNamesake = ({ id, name }: Named, profiles: readonly Named[]): boolean =>
  profiles.some((other) => other.name === name && other.id !== id)

/** The label of one profile. The list, which has thousands, counts their names itself. */
export function useLabel(profile: Named): string {
  const isNamesake = useOfView(({ fleet }) => hasNamesake(profile, fleet.profiles))
  return labelOf(profile, isNamesake === true)
}

/** For sentences: "Contact sync · Hooli"; the org's ID stands for a name that is not known only where it has to. */
export function fullNameOf(profile: Named, profiles: readonly Named[]): string {
  const { name, orgName, targetOrgId } = profile
  if (orgName !== null || !hasNamesake(profile, profiles)) return nameWithOrg(profile)
  return nameWithOrg({ name, orgName: orgWords(null, targetOrgId) })
}
