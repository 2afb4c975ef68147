// Pasted values: a file or some rows of one, pasted into any field of a form, fill its fields. Main reads them and keeps the
// secrets; nothing that was typed is replaced unless the person says so.
import {
  type ClipboardEvent,
  type DragEvent,
  type FormEvent,
  type ReactNode,
  type RefObject,
  useEffect,
  useRef,
  useState,
} from 'react'
import type { Input, PastedView, SecretField } from '#contract/contract.ts'
import type { PlainField } from '#contract/value-rules.ts'
import { useAsk } from '#renderer/app/context.tsx'
import { useDialogs } from '#renderer/app/dialog-context.tsx'
import { Button } from '#renderer/components/button.tsx'
import { putText, textOf } from '#renderer/components/form.tsx'
import { Notice } from '#renderer/components/notice.tsx'
import { hasSeveralValues, trimCopied } from './pasted-text.ts'
import { plural } from './words.ts'

type FieldName = PlainField | SecretField
type Values = Extract<PastedView, { kind: 'values' }>

const LABELS: Readonly<Record<FieldName, string>> = {
  name: 'name',
  orgName: 'customer',
  appId: 'App ID',
  clientId: 'client ID',
  clientSecret: 'client secret',
  targetOrgId: 'target org ID',
  accessToken: 'access token',
  refreshToken: 'refresh token',
  token: 'personal access token',
}
const NAMES: readonly string[] = ['name', 'orgName']

/** `filled`, `kept`: fields that took a value of it, and those in which another one was. */
type Shown =
  | { readonly kind: 'reading' }
  | { readonly kind: 'refused'; readonly sentence: string }
  | Extract<PastedView, { kind: 'import' }>
  | {
      readonly kind: 'values'
      readonly values: Values
      readonly filled: readonly FieldName[]
      readonly kept: readonly FieldName[]
    }

/** How a field shows that main has its secret. */
export const PASTED_SECRET = {
  placeholder: 'From the pasted text',
  hint: 'Pasted, not shown. Enter another one to replace it.',
} as const

interface PasteTarget {
  readonly form: RefObject<HTMLFormElement | null>
  readonly kind: Input<'paste.read'>['form']
  /** What stands there was suggested and not typed, so it is replaced. */
  readonly isSuggested?: (name: FieldName, text: string) => boolean
  readonly onFilled: (values: Values) => void
}

export interface Pasted {
  /** Of secrets that main puts in, the reading they are in. */
  readonly ids: Readonly<Partial<Record<SecretField, string>>>
  /** The reading whose token manager is taken over. */
  readonly managerId: string | null
  /** What was filled and what was not; false before anything was pasted. */
  readonly notice: ReactNode
  /** Of the form. `onInput` answers whether it has taken what was put in. */
  readonly onPaste: (event: ClipboardEvent) => void
  readonly onDrop: (event: DragEvent) => void
  readonly onInput: (event: FormEvent) => boolean
}

export function usePastedValues({ form, kind, isSuggested, onFilled }: PasteTarget): Pasted {
  const ask = useAsk()
  const dialogs = useDialogs()
  const [shown, show] = useState<Shown | null>(null)
  const [ids, setIds] = useState<Pasted['ids']>({})
  const [managerId, setManagerId] = useState<string | null>(null)
  const newest = useRef(0)

  // Main keeps the secrets for as long as the form is open.
  useEffect(() => () => void ask('paste.forget', {}), [ask])

  const put = (values: Values, names: readonly FieldName[]) => {
    const secrets = values.secrets.filter((name) => names.includes(name))
    for (const name of names) putText(form, name, values.texts[name as PlainField] ?? '')
    setIds((before) => ({ ...before, ...Object.fromEntries(secrets.map((name) => [name, values.id])) }))
    onFilled(values)
  }
  const fill = (values: Values) => {
    const texts = Object.entries(values.texts) as [FieldName, string][]
    const state = (name: FieldName, text: string) => {
      const there = textOf(form.current, name)
      if (there === text && text !== '') return 'same'
      return there === '' || isSuggested?.(name, there) === true ? 'free' : 'other'
    }
    const plain = texts.map(([name, text]) => [name, state(name, text)] as const)
    const isOther = plain.some(([, is]) => is === 'other')
    const secret = values.secrets.map((name) => {
      // Pasted before, with values that it does not belong to.
      const is = isOther && ids[name] !== undefined ? 'other' : state(name, '')
      return [name, is] as const
    })
    const which = (wanted: string) =>
      [...plain, ...secret].flatMap(([name, is]) => (is === wanted ? [name] : []))
    const filled = which('free')
    put(values, filled)
    if (values.withManager) setManagerId(values.id)
    show({ kind: 'values', values, filled, kept: which('other') })
  }
  const read = async (text: string) => {
    newest.current += 1
    const turn = newest.current
    show({ kind: 'reading' })
    const reply = await ask('paste.read', { form: kind, text })
    if (turn !== newest.current) return
    if (!reply.ok) return show({ kind: 'refused', sentence: reply.error.message })
    if (reply.value.kind === 'import') return show(reply.value)
    fill(reply.value)
  }
  const goOn = async (id: string) => {
    const reply = await ask('paste.import', { id })
    if (!reply.ok) return show({ kind: 'refused', sentence: reply.error.message })
    dialogs.open({ kind: 'import', dryRun: reply.value })
  }
  const replace = (values: Values, kept: readonly FieldName[], filled: readonly FieldName[]) => {
    put(values, kept)
    show({ kind: 'values', values, filled: [...filled, ...kept], kept: [] })
  }
  const take = (event: ClipboardEvent | DragEvent, text: string): boolean => {
    const isTaken = event.target instanceof HTMLInputElement && hasSeveralValues(text)
    if (isTaken) {
      event.preventDefault()
      void read(text)
    }
    return isTaken
  }

  return {
    ids,
    managerId,
    notice: shown !== null && (
      <div key={newest.current} ref={bringIntoView}>
        <PasteNotice shown={shown} onReplace={replace} onImport={(id) => void goOn(id)} />
      </div>
    ),
    onPaste(event) {
      const text = event.clipboardData.getData('text')
      const field = event.target
      if (take(event, text) || !(field instanceof HTMLInputElement)) return
      const trimmed = trimCopied(text, NAMES.includes(field.name))
      const isWhole = field.selectionStart === 0 && field.selectionEnd === field.value.length
      if (!isWhole || trimmed === text) return
      event.preventDefault()
      // Like typing: it can be undone, which setting the value cannot.
      document.execCommand('insertText', false, trimmed)
    },
    onDrop: (event) => void take(event, event.dataTransfer.getData('text')),
    onInput({ target: field }) {
      // Put in as a whole by something that pastes in another way. An input has no line ends.
      if (!(field instanceof HTMLInputElement) || !/^\s*[[{].*[\]}]\s*$/.test(field.value)) return false
      void read(field.value)
      field.value = ''
      return true
    },
  }
}

/** The field it was pasted into may be far below. */
function bringIntoView(notice: HTMLElement | null): void {
  notice?.scrollIntoView({ block: 'nearest' })
}

interface NoticeProps {
  readonly shown: Shown
  readonly onReplace: (values: Values, kept: readonly FieldName[], filled: readonly FieldName[]) => void
  readonly onImport: (id: string) => void
}

function PasteNotice({ shown, onReplace, onImport }: NoticeProps) {
  switch (shown.kind) {
    case 'reading':
      return (
        <p className="quiet" role="status">
          Reading the pasted text…
        </p>
      )
    case 'refused':
      return (
        <Notice level="critical" title="The pasted text was not used" alert>
          {shown.sentence}
        </Notice>
      )
    case 'import':
      return (
        <Notice
          level="information"
          title="Nothing was filled in"
          alert
          action={
            <Button size={28} onPress={() => onImport(shown.id)}>
              Open in Import
            </Button>
          }
        >
          {shown.rows === null
            ? 'The pasted text needs a choice. Continue in the import.'
            : `The pasted text has ${plural(shown.rows, 'row')}, but this form is for one. Import all rows instead.`}
        </Notice>
      )
    case 'values': {
      const { values, filled, kept } = shown
      const isNothing = filled.length + kept.length === 0
      return (
        <Notice
          level={kept.length === 0 ? 'success' : 'warning'}
          title={filled.length === 0 ? 'Nothing was filled in' : `Filled in: ${listed(filled)}`}
          alert
          action={
            kept.length > 0 && (
              <Button size={28} onPress={() => onReplace(values, kept, filled)}>
                Replace
              </Button>
            )
          }
        >
          {isNothing && <p>The form already contains these values.</p>}
          {kept.length > 0 && <p>{`Not changed: ${listed(kept)}. Replace with the pasted values?`}</p>}
          {values.remarks.map((remark) => (
            <p key={remark}>{remark}</p>
          ))}
        </Notice>
      )
    }
  }
}

function listed(names: readonly FieldName[]): string {
  return new Intl.ListFormat('en-US').format(names.map((name) => LABELS[name]))
}
