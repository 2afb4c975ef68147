// The attempts that fit a filter, a page at a time, asked again when something new happened.
import { useCallback, useEffect, useRef, useState } from 'react'
import type { ShownAttempt } from '#contract/contract.ts'
import { useAsk } from '#renderer/app/context.tsx'
import type { AttemptFilter } from './history-filter.ts'

export interface Attempts {
  readonly rows: readonly ShownAttempt[]
  readonly state: 'loading' | 'ready' | { readonly refused: string }
  /** Fetches the next page; null when all are here. */
  readonly more: (() => void) | null
}

const PAGE = 50

/** `news` is anything that changes when there may be new attempts. */
export function useAttempts(filter: AttemptFilter, news: number): Attempts {
  const ask = useAsk()
  const { profileId, managerId, outcome, tier, from, to } = filter
  const [rows, setRows] = useState<readonly ShownAttempt[]>([])
  const [next, setNext] = useState<string | null>(null)
  const [state, setState] = useState<Attempts['state']>('loading')
  // Answers of an older question are dropped.
  const asked = useRef(0)

  const fetchPage = useCallback(
    async (cursor: string | null) => {
      asked.current += 1
      const mine = asked.current
      const reply = await ask('history.page', {
        profileId,
        managerId,
        outcome,
        tier,
        from,
        to,
        cursor,
        limit: PAGE,
      })
      if (mine !== asked.current) return
      if (!reply.ok) return setState({ refused: reply.error.message })
      setRows((before) => (cursor === null ? reply.value.attempts : [...before, ...reply.value.attempts]))
      setNext(reply.value.next)
      setState('ready')
    },
    [ask, profileId, managerId, outcome, tier, from, to],
  )

  useEffect(() => {
    if (news >= 0) void fetchPage(null)
  }, [fetchPage, news])

  return { rows, state, more: next === null ? null : () => void fetchPage(next) }
}
