// Everything else one can do with a profile; the same on its row and on its page.
import { useRef, useState } from 'react'
import type { ProfileView } from '#contract/contract.ts'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { IconButton } from '#renderer/components/button.tsx'
import { Menu, type MenuEntry } from '#renderer/components/menu.tsx'
import { useActions } from './actions.tsx'

export function ProfileMenu({
  profile,
  tabIndex,
}: {
  readonly profile: ProfileView
  readonly tabIndex?: number
}) {
  const button = useRef<HTMLButtonElement>(null)
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const label = `More ${profile.name}`
  return (
    <>
      <IconButton
        ref={button}
        icon="more"
        label={label}
        expanded={anchor !== null}
        onPress={() => setAnchor(anchor === null ? button.current : null)}
        {...(tabIndex === undefined ? {} : { tabIndex })}
      />
      {anchor !== null && (
        <OpenMenu label={label} anchor={anchor} profile={profile} onClose={() => setAnchor(null)} />
      )}
    </>
  )
}

interface OpenMenuProps {
  readonly label: string
  readonly anchor: HTMLElement
  readonly profile: ProfileView
  readonly onClose: () => void
}

/** Its entries are made only now: a list draws hundreds of closed menus while it scrolls. */
function OpenMenu({ profile, ...menu }: OpenMenuProps) {
  return <Menu {...menu} entries={useEntries(profile)} />
}

function useEntries(profile: ProfileView): readonly MenuEntry[] {
  const actions = useActions()
  const { open } = useDialogs()
  const paused = profile.state === 'paused'
  const noToken = profile.accessToken === null
  const isUnreadable = profile.unreadable !== undefined
  return [
    {
      words: 'Copy as Authorization header',
      icon: 'copy',
      act: () => void actions.copy(profile, 'authorization-header'),
      disabled: noToken,
    },
    {
      words: 'Copy as .env line',
      icon: 'copy',
      act: () => void actions.copy(profile, 'env'),
      disabled: noToken,
    },
    { words: 'Export .env', icon: 'export', act: () => void actions.exportEnv(profile), disabled: noToken },
    { words: 'Test token', icon: 'test', act: () => void actions.test(profile), disabled: noToken },
    {
      words: 'Duplicate for another org',
      icon: 'add',
      act: () => open({ kind: 'add', likeProfileId: profile.id }),
      separated: true,
      disabled: isUnreadable,
    },
    {
      words: paused ? 'Resume' : 'Pause',
      icon: paused ? 'play' : 'pause',
      act: () => void actions.pause(profile, !paused),
      disabled: isUnreadable,
    },
    {
      words: 'Edit',
      icon: 'edit',
      act: () => open({ kind: 'edit', profileId: profile.id, field: null }),
    },
    {
      words: 'Remove',
      icon: 'remove',
      act: () => open({ kind: 'remove', profileId: profile.id }),
      danger: true,
      separated: true,
    },
  ]
}
