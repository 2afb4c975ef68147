// The copies of the data that the data folder keeps: what opens each of them, and how they are deleted.
import { useEffect, useState } from 'react'
import type { CopyView } from '#contract/contract.ts'
import { useAsk } from '#renderer/app/context.tsx'
import { Button, FormButtons } from '#renderer/components/button.tsx'
import { Dialog } from '#renderer/components/dialog.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice, Refusal } from '#renderer/components/notice.tsx'
import { useMoments } from '#renderer/features/shared/moments.ts'
import { plural, visible } from '#renderer/features/shared/words.ts'
import styles from './acting-list.module.css'

const kindWords: Readonly<Record<CopyView['kind'], string>> = {
  'before-restore': 'Before a restore',
  'before-update': 'Before an update of the app',
  'set-aside': 'Could not be opened',
  other: 'Other copy',
}

const reasons: Readonly<Record<CopyView['opens'], string | null>> = {
  'as-the-vault': null,
  otherwise: 'Still opens with an earlier passphrase or keychain.',
  unreadable: 'Cannot be read: it is damaged, from a newer version of this app, or a link to another place.',
}

export default function CopiesDialog({ onClose }: { readonly onClose: () => void }) {
  const ask = useAsk()
  const [copies, setCopies] = useState<readonly CopyView[] | null>(null)
  const [refusal, setRefusal] = useState<string | null>(null)
  /** What is deleted once it is confirmed. */
  const [chosen, setChosen] = useState<readonly CopyView[]>([])

  useEffect(() => {
    void ask('copies.list', {}).then((reply) => {
      if (reply.ok) setCopies(reply.value.copies)
      else setRefusal(reply.error.message)
    })
  }, [ask])

  const remove = async () => {
    const names = chosen.map(({ name }) => name)
    const reply = await ask('copies.remove', { names })
    setRefusal(reply.ok ? null : reply.error.message)
    if (reply.ok) setCopies((all) => all?.filter(({ name }) => !names.includes(name)) ?? null)
    setChosen([])
  }

  if (chosen.length > 0) {
    return (
      <Dialog title={`Delete ${plural(chosen.length, 'copy', 'copies')}?`} step="delete" onClose={onClose}>
        <div className={layout.form}>
          <p>
            {chosen.length === 1 ? 'The copy is' : 'The copies are'} deleted from this computer and cannot be
            restored. The data in use is not affected.
          </p>
          <FormButtons>
            <span className="spring" />
            <Button onPress={() => setChosen([])}>Keep</Button>
            <Button kind="primary" danger onPress={() => void remove()}>
              Delete
            </Button>
          </FormButtons>
        </div>
      </Dialog>
    )
  }
  return (
    <Dialog title="Kept copies" step="list" onClose={onClose}>
      <div className={layout.form}>
        <Refusal>{refusal}</Refusal>
        <p>
          The app keeps a copy before a restore and before an update, and a data file that could not be
          opened. Each copy contains the secrets and tokens of that time.
        </p>
        {copies !== null && <Copies copies={copies} onDelete={setChosen} />}
        <FormButtons>
          {copies !== null && copies.length > 1 && (
            <Button danger onPress={() => setChosen(copies)}>
              Delete all copies…
            </Button>
          )}
          <span className="spring" />
          <Button kind="primary" onPress={onClose}>
            Done
          </Button>
        </FormButtons>
      </div>
    </Dialog>
  )
}

interface CopiesProps {
  readonly copies: readonly CopyView[]
  readonly onDelete: (copies: readonly CopyView[]) => void
}

function Copies({ copies, onDelete }: CopiesProps) {
  const { exactly } = useMoments()
  const uncovered = copies.filter(({ opens }) => opens !== 'as-the-vault')
  if (copies.length === 0) return <p className="quiet">No copies.</p>
  // Those that want a decision come first.
  const ordered = [...uncovered, ...copies.filter(({ opens }) => opens === 'as-the-vault')]
  return (
    <>
      {uncovered.length > 0 && (
        <Notice
          level="warning"
          title={`${plural(uncovered.length, 'copy does', 'copies do')} not follow your passphrase or keychain`}
        >
          {uncovered.length === 1 ? 'It opens' : 'They open'} with what protected the data at that time.
          Delete {uncovered.length === 1 ? 'it' : 'them'} unless you need{' '}
          {uncovered.length === 1 ? 'it' : 'them'}.
        </Notice>
      )}
      <ul className={styles.list} aria-label="Kept copies">
        {ordered.map((copy) => (
          <li key={copy.name}>
            <div className={layout.rowWords}>
              <span>
                {kindWords[copy.kind]}, {exactly(copy.modifiedAt)}, {sizeWords(copy.size)}
              </span>
              <span className="mono small break">{visible(copy.name)}</span>
              {reasons[copy.opens] !== null && <span className="small">{reasons[copy.opens]}</span>}
            </div>
            <Button size={28} danger label={`Delete ${copy.name}`} onPress={() => onDelete([copy])}>
              Delete…
            </Button>
          </li>
        ))}
      </ul>
    </>
  )
}

const MEGABYTE = 1_000_000

function sizeWords(bytes: number): string {
  if (bytes < MEGABYTE) return `${Math.ceil(bytes / 1000)} kB`
  return `${(bytes / MEGABYTE).toFixed(1)} MB`
}
