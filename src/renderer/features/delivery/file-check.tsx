// The check of an env file before it is first written: what main finds, and what has to be confirmed.
import { useCallback, useEffect, useState } from 'react'
import { printable } from '#base/common/display-text.ts'
import type { FileCheck } from '#contract/contract.ts'
import { useAsk } from '#renderer/app/context.tsx'
import fieldStyles from '#renderer/components/field.module.css'
import type { Remark } from '#renderer/components/field.tsx'
import { Icon } from '#renderer/components/icon.tsx'
import layout from '#renderer/components/layout.module.css'
import { Notice } from '#renderer/components/notice.tsx'
import styles from './delivery-dialog.module.css'

interface FileLook {
  readonly check: FileCheck | null
  readonly refusal: Remark | null
  /** null: it could not be looked at, and `refusal` says why. */
  look(path: string): Promise<FileCheck | null>
  /** The path the person chose; null: none. */
  choose(): Promise<string | null>
}

/** `first` is looked at at once. `targetId`: what is being edited, as it was confirmed; null: a new target. */
export function useFileCheck(first: string | null, targetId: string | null): FileLook {
  const ask = useAsk()
  const [check, setCheck] = useState<FileCheck | null>(null)
  const [refusal, setRefusal] = useState<Remark | null>(null)

  const look = useCallback(
    async (path: string) => {
      const reply = await ask('delivery.check-file', { path, targetId })
      setCheck(reply.ok ? reply.value : null)
      setRefusal(reply.ok ? null : { level: 'error', sentence: reply.error.message })
      return reply.ok ? reply.value : null
    },
    [ask, targetId],
  )
  useEffect(() => {
    if (first !== null) void look(first)
  }, [first, look])

  return {
    check,
    refusal,
    look,
    async choose() {
      const reply = await ask('delivery.choose-file', {})
      if (!reply.ok) {
        setRefusal({ level: 'error', sentence: reply.error.message })
        return null
      }
      if (reply.value === null) return null
      await look(reply.value.path)
      return reply.value.path
    },
  }
}

type Oddity = NonNullable<FileCheck['remarks'][number]['confirm']>

interface RemarksProps {
  readonly check: FileCheck
  readonly confirmed: ReadonlySet<Oddity>
  readonly onChange: (confirmed: ReadonlySet<Oddity>) => void
}

/** What is odd about the file: each has to be confirmed, or rules the file out. */
export function FileRemarks({ check, confirmed, onChange }: RemarksProps) {
  const toggle = (oddity: Oddity) => {
    const next = new Set(confirmed)
    if (!next.delete(oddity)) next.add(oddity)
    onChange(next)
  }
  if (check.remarks.length === 0) {
    return (
      <p className={`${fieldStyles.remark} small good-words`} role="status">
        <Icon name="good" size={0.875} />
        <span>{check.exists ? 'The file is there and can be written.' : 'A new file, for you alone.'}</span>
      </p>
    )
  }
  return (
    <Notice level="warning" title="Check before writing">
      <ul className={styles.remarks}>
        {check.remarks.map(({ confirm, sentence }) => (
          <li key={sentence}>
            {confirm === null ? (
              <p className="bad-words">{printable(sentence)}</p>
            ) : (
              <label className={layout.option}>
                <input type="checkbox" checked={confirmed.has(confirm)} onChange={() => toggle(confirm)} />
                <span>{printable(sentence)}</span>
              </label>
            )}
          </li>
        ))}
      </ul>
    </Notice>
  )
}
