// How a setting is saved: at once, with Undo beside the heading for the last change.
import { createContext, type ReactNode, use, useMemo, useState } from 'react'
import type { Input, Reply, RequestName } from '#contract/contract.ts'
import { useAsk, useToaster, useView } from '#renderer/app/context.tsx'
import { Button } from '#renderer/components/button.tsx'
import styles from './settings-screen.module.css'

type Send = () => Promise<Reply<RequestName>>

interface Change {
  /** The setting's label. */
  readonly what: string
  readonly apply: Send
  readonly undo: Send
}

/** Answers why it was not saved; null: it is. */
type Save<T> = (what: string, value: T) => Promise<string | null>

interface Saving {
  readonly last: (Change & { readonly isUndone: boolean }) | null
  readonly run: (change: Change, isUndone: boolean) => Promise<string | null>
}

const SavingContext = createContext<Saving | null>(null)

export function SavingProvider({ children }: { readonly children: ReactNode }) {
  const [last, setLast] = useState<Saving['last']>(null)
  const saving = useMemo(() => {
    const run: Saving['run'] = async (change, isUndone) => {
      const reply = await (isUndone ? change.undo : change.apply)()
      if (!reply.ok) return reply.error.message
      setLast({ ...change, isUndone })
      return null
    }
    return { last, run }
  }, [last])
  return <SavingContext value={saving}>{children}</SavingContext>
}

function useSaving(): Saving {
  const saving = use(SavingContext)
  if (saving === null) throw new Error('A setting was drawn outside <SavingProvider>')
  return saving
}

/** For what is not among `settings.save`. */
export function useChange(): (change: Change) => Promise<string | null> {
  const { run } = useSaving()
  return (change) => run(change, false)
}

/** For a field, which shows the refusal itself. */
export function useSaveField(): Save<Input<'settings.save'>> {
  const { settings } = useView()
  const ask = useAsk()
  const change = useChange()
  return (what, patch) => {
    const before = Object.fromEntries(Object.keys(patch).map((name) => [name, Reflect.get(settings, name)]))
    return change({
      what,
      apply: () => ask('settings.save', patch),
      undo: () => ask('settings.save', before),
    })
  }
}

/** For a list or a switch, which stays as it was when it could not be saved. */
export function useSave(): (what: string, patch: Input<'settings.save'>) => void {
  const saveField = useSaveField()
  const refuse = useRefusal()
  return (what, patch) => void saveField(what, patch).then(refuse)
}

/** Shows why something was not saved. */
export function useRefusal(): (refusal: string | null) => void {
  const toaster = useToaster()
  return (refusal) => {
    if (refusal !== null) toaster.say({ level: 'critical', text: refusal })
  }
}

/** The last change, and the way back. */
export function LastChange() {
  const { last, run } = useSaving()
  const refuse = useRefusal()
  return (
    <div className={styles.lastChange}>
      <span role="status" className="quiet small">
        {last !== null && `${last.isUndone ? 'Undone' : 'Saved'}: ${last.what}`}
      </span>
      {last !== null && (
        <Button size={28} onPress={() => void run(last, !last.isUndone).then(refuse)}>
          {last.isUndone ? 'Redo' : 'Undo'}
        </Button>
      )}
    </div>
  )
}
