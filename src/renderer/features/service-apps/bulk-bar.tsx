// Actions on many: below the list while something is selected, and in the menu of a group.
import type { ProfileView } from '#contract/contract.ts'
import { useView, useViewStateStore } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { Menu, type Point } from '#renderer/components/menu.tsx'
import { useBulkActions } from './bulk-actions.ts'
import styles from './bulk-bar.module.css'
import type { GroupRow } from './rows.ts'
import { selectedAmong } from './selection.ts'

export default function BulkBar({ profiles }: { readonly profiles: readonly ProfileView[] }) {
  const { change } = useViewStateStore()
  const actions = useBulkActions(profiles)
  return (
    <section className={styles.bar} aria-label="Selection">
      <p className="figures" role="status">
        {profiles.length.toLocaleString()} selected
      </p>
      {actions.map(({ words, icon, act, danger, disabled }) => (
        <Button
          key={words}
          size={28}
          {...(icon === undefined ? {} : { icon })}
          danger={danger === true}
          disabled={disabled === true}
          onPress={act}
        >
          {words}
        </Button>
      ))}
      <span className="spring" />
      <Button size={28} kind="quiet" onPress={() => change({ selected: [] })}>
        Clear selection
      </Button>
    </section>
  )
}

interface GroupMenuProps {
  readonly row: GroupRow
  readonly anchor: HTMLElement
  readonly at: Point | undefined
  readonly onClose: () => void
}

export function GroupMenu({ row, ...menu }: GroupMenuProps) {
  const { fleet } = useView()
  const { open } = useDialogs()
  const members = selectedAmong(fleet.profiles, new Set(row.profileIds))
  const actions = useBulkActions(members)
  const like = members.find(({ unreadable }) => unreadable === undefined)
  const entries =
    row.of === 'customer' || like === undefined
      ? actions
      : [
          {
            words: 'Add customer…',
            icon: 'add',
            act: () => open({ kind: 'add', likeProfileId: like.id }),
          } as const,
          {
            words: 'Deliver tokens of this service app…',
            icon: 'deliver',
            act: () => open({ kind: 'add-fleet-delivery', appId: like.appId }),
          } as const,
          ...actions,
        ]
  return <Menu {...menu} label={`Actions for all of ${row.name}`} entries={entries} />
}
