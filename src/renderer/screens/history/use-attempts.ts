// The attempts that fit a filter, a page at a time, asked again when something new happened.
import { useCallback, useEffect, useRef, useState } from 'react'
import type { Attempt, Outcome, Tier } from '../../../preload/contract.ts'
import { useAsk } from '../../window-parts.tsx'

export interface AttemptFilter {
  readonly profileId: string | null
  readonly outcome: Outcome | null
  readonly tier: Tier | null
}

export interface Attempts {
  readonly rows: readonly Attempt[]
  readonly state: 'loading' | 'ready' | { readonly refused: string }
  /** Fetches the next page; null when all are here. */
  readonly more: (() => void) | null
}

const PAGE = 50

/** `news` is anything that changes when there may be new attempts. */
export function useAttempts(filter: AttemptFilter, news: number): Attempts {
  const ask = useAsk()
  const { profileId, outcome, tier } = filter
  const [rows, setRows] = useState<readonly Attempt[]>([])
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
        managerId: null,
        outcome,
        tier,
        cursor,
        limit: PAGE,
      })
      if (mine !== asked.current) return
      if (!reply.ok) return setState({ refused: reply.error.message })
      setRows((before) => (cursor === null ? reply.value.attempts : [...before, ...reply.value.attempts]))
      setNext(reply.value.next)
      setState('ready')
    },
    [ask, profileId, outcome, tier],
  )

  useEffect(() => {
    if (news >= 0) void fetchPage(null)
  }, [fetchPage, news])

  return { rows, state, more: next === null ? null : () => void fetchPage(next) }
}
