// Which token manager issues a service app's tokens: only a question where there are several.
import { type RefObject, useState } from 'react'
import type { ManagerView } from '#contract/contract.ts'
import { Choice } from '#renderer/components/field.tsx'

const THE_DEFAULT = ''

export function ManagerChoice({
  managers,
  initial,
}: {
  readonly managers: readonly ManagerView[]
  readonly initial: string | null
}) {
  const [chosen, choose] = useState(initial ?? THE_DEFAULT)
  if (managers.length < 2) return null
  const standard = managers.find(({ isDefault }) => isDefault)?.name ?? 'none'
  return (
    <Choice
      label="Token manager"
      name="managerId"
      options={[
        [THE_DEFAULT, `The default one (${standard})`],
        ...managers.map(({ id, name }) => [id, name] as const),
      ]}
      value={chosen}
      onChange={choose}
      hint="Issues new tokens when the refresh token cannot."
    />
  )
}

/** Nothing where it was not asked: then it stays as it is. */
export function managerIn(form: RefObject<HTMLFormElement | null>): { managerId?: string | null } {
  const field = form.current?.elements.namedItem('managerId')
  if (!(field instanceof HTMLSelectElement)) return {}
  return { managerId: field.value === THE_DEFAULT ? null : field.value }
}
