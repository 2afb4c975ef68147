// The command palette: type, choose by arrow keys, Enter.
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import type { FleetView, ProfileView } from '#contract/contract.ts'
import { useAsk, useView, useViewStateStore } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { goTo, useRoute } from '#renderer/app/route.ts'
import { Dialog } from '#renderer/components/dialog.tsx'
import { SearchField } from '#renderer/components/field.tsx'
import { Icon } from '#renderer/components/icon.tsx'
import { entryReader } from '#renderer/features/service-apps/entries.ts'
import { useActions } from '#renderer/features/shared/actions.tsx'
import type { Command } from './command.ts'
import { commandsFor } from './commands.ts'
import styles from './palette-dialog.module.css'

export default function PaletteDialog({ onClose }: { readonly onClose: () => void }) {
  const view = useView()
  const { open } = useDialogs()
  const actions = useActions()
  const ask = useAsk()
  const id = useId()
  const list = useRef<HTMLDivElement>(null)
  const [text, setText] = useState('')
  const [at, setAt] = useState(0)
  const here = useProfileHere(view.fleet)
  const [entryOf] = useState(entryReader)
  const commands = commandsFor(text, view, here, entryOf, { actions, ask, open, goTo })
  const chosen = Math.min(at, commands.length - 1)
  const optionId = (index: number) => `${id}-${index}`

  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: 'nearest' })
  }, [chosen])

  const run = (command: Command | undefined) => {
    if (command === undefined) return
    onClose()
    command.run()
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const next = moves(event.key, chosen, commands.length)
    if (next !== null) setAt(next)
    else if (event.key === 'Enter') run(commands[chosen])
    else return
    event.preventDefault()
  }

  return (
    <Dialog title="Commands" onClose={onClose}>
      <SearchField
        className={styles.search}
        role="combobox"
        aria-label="Command"
        aria-expanded={commands.length > 0}
        aria-controls={`${id}-list`}
        aria-activedescendant={commands.length === 0 ? undefined : optionId(chosen)}
        aria-autocomplete="list"
        placeholder="Command, screen, setting or service app"
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          setAt(0)
        }}
        onKeyDown={onKeyDown}
      />
      <div ref={list} id={`${id}-list`} className={styles.list} role="listbox" aria-label="Commands">
        {commands.map((command, index) => (
          <div
            key={command.id}
            id={optionId(index)}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            onClick={() => run(command)}
            onKeyDown={onKeyDown}
            onPointerMove={() => setAt(index)}
          >
            <Icon name={command.icon} />
            <span className="cut">{command.words}</span>
            {command.detail !== null && <span className="quiet small cut">{command.detail}</span>}
          </div>
        ))}
      </div>
      <p className={`${styles.none} quiet`} role="status">
        {commands.length === 0 && 'No matches'}
      </p>
    </Dialog>
  )
}

/** The one whose page is open, or whose row of the list had the focus last. */
function useProfileHere({ profiles }: FleetView): ProfileView | null {
  const route = useRoute()
  const { focus } = useViewStateStore()
  const id =
    route.screen === 'service-app' ? route.profileId : route.screen === 'service-apps' ? focus.row : null
  return (id !== null && profiles.find((profile) => profile.id === id)) || null
}

function moves(key: string, at: number, count: number): number | null {
  if (count === 0) return null
  if (key === 'ArrowDown') return (at + 1) % count
  if (key === 'ArrowUp') return (at - 1 + count) % count
  return null
}
