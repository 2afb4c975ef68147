// What main finds about a file before it is first written.
import { useCallback, useEffect, useState } from 'react'
import type { FileCheck } from '#contract/contract.ts'
import { useAsk } from '#renderer/app/context.tsx'
import type { Remark } from '#renderer/components/field.tsx'

export interface FileLook {
  readonly check: FileCheck | null
  readonly refusal: Remark | null
  /** null: it could not be looked at, and `refusal` says why. */
  look(path: string): Promise<FileCheck | null>
  /** The path the person chose; null: none. */
  choose(): Promise<string | null>
}

/** `first` is looked at at once. */
export function useFileCheck(first: string | null): FileLook {
  const ask = useAsk()
  const [check, setCheck] = useState<FileCheck | null>(null)
  const [refusal, setRefusal] = useState<Remark | null>(null)

  const look = useCallback(
    async (path: string) => {
      const reply = await ask('delivery.check-file', { path })
      setCheck(reply.ok ? reply.value : null)
      setRefusal(reply.ok ? null : { level: 'error', sentence: reply.error.message })
      return reply.ok ? reply.value : null
    },
    [ask],
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
