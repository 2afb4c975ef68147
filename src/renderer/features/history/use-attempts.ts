// The attempts that fit a filter, a page at a time, asked again when something new happened.
import { useCallback, useEffect, useRef, useState } from 'react'
import type { ShownAttempt } from '#contract/contract.ts'
import { useAsk } from '#renderer/app/context.tsx'
import type { AttemptFilter } from './history-filter.ts'

export interface Attempts {
  readonly rows: readonly ShownAttempt[]
  /** `searching`: main has looked at a part of the history so far. */
  readonly state: 'loading' | 'searching' | 'ready' | { readonly refused: string }
  /** Fetches the next page; null when all are here. */
  readonly more: (() => void) | null
}

const PAGE = 50

/** `news` is anything that changes when there may be new attempts. */
export function useAttempts(filter: AttemptFilter, news: number): Attempts {
  const ask = useAsk()
  const [rows, setRows] = useState<readonly ShownAttempt[]>([])
  const [next, setNext] = useState<string | null>(null)
  const [state, setState] = useState<Attempts['state']>('loading')
  // Answers of an older question are dropped.
  const asked = useRef(0)
  /** By content: it is made anew with each drawing. */
  const key = JSON.stringify(filter)

  const fetchPages = useCallback(
    async (before: readonly ShownAttempt[], cursor: string | null) => {
      asked.current += 1
      const mine = asked.current
      let [shown, at] = [before, cursor]
      do {
        const wanted: AttemptFilter = JSON.parse(key)
        const query = { ...wanted, cursor: at, limit: PAGE }
        const reply: Awaited<ReturnType<typeof ask<'history.page'>>> = await ask('history.page', query)
        if (mine !== asked.current) return
        if (!reply.ok) return setState({ refused: reply.error.message })
        shown = [...shown, ...reply.value.attempts]
        at = reply.value.next
        setRows(shown)
        setNext(at)
        // A page may be short where few rows fit.
        setState(at !== null && shown.length - before.length < PAGE ? 'searching' : 'ready')
      } while (at !== null && shown.length - before.length < PAGE)
    },
    [ask, key],
  )

  useEffect(() => {
    if (news >= 0) void fetchPages([], null)
    return () => {
      asked.current += 1
    }
  }, [fetchPages, news])

  const isReady = state === 'ready' && next !== null
  return { rows, state, more: isReady ? () => void fetchPages(rows, next) : null }
}
