// Everything else one can do with a profile; the same on its row and on its page.
import { useRef, useState } from 'react'
import type { ProfileView } from '#contract/contract.ts'
import { type DialogRequest, useDialogs } from '#renderer/app/dialog-context.tsx'
import { IconButton } from '#renderer/components/button.tsx'
import { Menu, type MenuEntry, type Point } from '#renderer/components/menu.tsx'
import { type Actions, useActions } from './actions.tsx'
import { useLabel } from './profile-name.ts'

export function ProfileMenu({ profile }: { readonly profile: ProfileView }) {
  return <ProfileMenuButton profile={profile} label={useLabel(profile)} />
}

interface ProfileMenuButtonProps {
  readonly profile: ProfileView
  /** What tells the profile from the others. */
  readonly label: string
  readonly tabIndex?: number
}

export function ProfileMenuButton({ profile, label: name, tabIndex }: ProfileMenuButtonProps) {
  const button = useRef<HTMLButtonElement>(null)
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const label = `More ${name}`
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
        <OpenProfileMenu label={label} anchor={anchor} profile={profile} onClose={() => setAnchor(null)} />
      )}
    </>
  )
}

interface OpenMenuProps {
  readonly label: string
  readonly anchor: HTMLElement
  readonly at?: Point | undefined
  readonly profile: ProfileView
  readonly onClose: () => void
}

/** Its entries are made only now: a list draws hundreds of closed menus while it scrolls. */
export function OpenProfileMenu({ profile, ...menu }: OpenMenuProps) {
  const actions = useActions()
  const { open } = useDialogs()
  return <Menu {...menu} entries={profileEntries(profile, actions, open)} />
}

/** Also what the commands offer. */
export function profileEntries(
  profile: ProfileView,
  actions: Actions,
  open: (request: DialogRequest) => void,
): readonly MenuEntry[] {
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
      words: 'Add delivery',
      icon: 'add',
      act: () => open({ kind: 'add-delivery', profileId: profile.id }),
      separated: true,
      disabled: isUnreadable,
    },
    {
      words: 'Deliver now',
      icon: 'deliver',
      act: () => void actions.deliver(profile, null),
      disabled: noToken,
    },
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
