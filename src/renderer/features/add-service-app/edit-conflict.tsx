// Edit conflict: what someone else has stored meanwhile, and how to continue from it.
import type { ProfileView } from '#contract/contract.ts'
import { Button } from '#renderer/components/button.tsx'
import layout from '#renderer/components/layout.module.css'
import { Name } from '#renderer/components/name.tsx'
import { Notice } from '#renderer/components/notice.tsx'

interface ConflictProps {
  /** As it was when the form was opened. */
  readonly before: ProfileView
  /** As it is now; null: it was removed. */
  readonly there: ProfileView | null
  readonly onTake: (there: ProfileView) => void
}

const FIELDS = [
  ['Name', 'name'],
  ['Customer', 'orgName'],
  ['App ID', 'appId'],
  ['Client ID', 'clientId'],
  ['Target org ID', 'targetOrgId'],
] as const

export function EditConflict({ before, there, onTake }: ConflictProps) {
  const changed =
    there === null
      ? []
      : FIELDS.flatMap(([label, field]) =>
          there[field] === before[field] ? [] : [[label, there[field] ?? ''] as const],
        )
  return (
    <Notice level="warning" alert title="Someone else changed this in the meantime">
      {there === null ? (
        <p>It has been removed. Nothing was saved.</p>
      ) : (
        <>
          <p>
            Nothing was saved.{' '}
            {changed.length > 0
              ? 'Current values:'
              : 'The values shown are the same: a secret or another setting was changed.'}
          </p>
          {changed.length > 0 && (
            <dl className={layout.values}>
              {changed.map(([label, value]) => (
                <div key={label}>
                  <dt>{label}</dt>
                  <dd>{value === '' ? <span className="quiet">Empty</span> : <Name>{value}</Name>}</dd>
                </div>
              ))}
            </dl>
          )}
          <p>To overwrite them with yours, save again.</p>
          <Button size={28} onPress={() => onTake(there)}>
            Load current values
          </Button>
        </>
      )}
    </Notice>
  )
}
