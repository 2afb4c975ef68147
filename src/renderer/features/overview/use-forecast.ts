// The forecast of the window: requested when it is shown, and again while it is shown; main keeps one for a while.
import { useCallback, useEffect, useRef, useState } from 'react'
import { inWords } from '#base/common/duration.ts'
import type { ForecastView, Input } from '#contract/contract.ts'
import { useAsk, useNow, useTicker } from '#renderer/app/context.tsx'

/** Days a forecast looks ahead. */
export const HORIZON = 120

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** How far it looks: "120 days"; less where tokens live for minutes. */
export function spanWords({ from, until }: { readonly from: number; readonly until: number }): string {
  // It ends at a midnight, an hour earlier or later where the clocks change.
  const days = Math.ceil((until - from - HOUR) / DAY)
  return days < 2 ? inWords(until - from) : `${days} days`
}
/** ms. Main makes a new one only when the one it has is too old. */
const RENEWED_EACH = 60_000
/** ms */
const PROGRESS_EACH = 300

/** Local midnights: of today, of the days that follow, and the end. A day with a clock change has 23 or 25 hours. */
export function midnightsFrom(today: number): readonly number[] {
  const { year, month, day } = dateOf(today)
  return Array.from({ length: HORIZON + 1 }, (_, later) => new Date(year, month, day + later).getTime())
}

function dateOf(at: number) {
  const date = new Date(at)
  return { year: date.getFullYear(), month: date.getMonth(), day: date.getDate() }
}

/** The local midnight that begins today. */
export function useToday(): number {
  return useNow((now) => {
    const { year, month, day } = dateOf(now)
    return new Date(year, month, day).getTime()
  })
}

export interface Progress {
  readonly done: number
  readonly total: number
}

/** How far it is, while `busy`; null: nothing is known yet. */
export function useProgress(work: Input<'forecast.progress'>['work'], busy: boolean): Progress | null {
  const ask = useAsk()
  const ticker = useTicker()
  const [progress, setProgress] = useState<Progress | null>(null)
  useEffect(() => {
    if (!busy) return setProgress(null)
    let cancel = () => {}
    let wanted = true
    const look = async () => {
      const reply = await ask('forecast.progress', { work })
      if (!wanted) return
      if (reply.ok) setProgress(reply.value)
      cancel = ticker.after(PROGRESS_EACH, () => void look())
    }
    cancel = ticker.after(PROGRESS_EACH, () => void look())
    return () => {
      wanted = false
      cancel()
    }
  }, [ask, ticker, work, busy])
  return progress
}

export interface Forecast {
  /** The newest there is, also while the next one is made. */
  readonly view: ForecastView | null
  readonly busy: boolean
  readonly progress: Progress | null
  /** Why there is no newer one. */
  readonly refused: string | null
  readonly update: () => void
  readonly cancel: () => void
}

export function useForecast(): Forecast {
  const ask = useAsk()
  const today = useToday()
  const turn = useNow((now) => Math.floor(now / RENEWED_EACH))
  const [view, setView] = useState<ForecastView | null>(null)
  const [busy, setBusy] = useState(false)
  const [refused, setRefused] = useState<string | null>(null)
  const asked = useRef(0)
  const progress = useProgress('forecast', busy)

  const get = useCallback(
    async (fresh: boolean) => {
      asked.current += 1
      const mine = asked.current
      setBusy(true)
      const reply = await ask('forecast.get', { midnights: [...midnightsFrom(today)], fresh })
      if (mine !== asked.current) return
      setBusy(false)
      setRefused(reply.ok ? null : reply.error.message)
      if (reply.ok) setView(reply.value)
    },
    [ask, today],
  )
  // Whoever canceled it asks for it again.
  const isHeld = refused !== null
  useEffect(() => {
    if (turn >= 0 && !isHeld) void get(false)
  }, [get, turn, isHeld])
  useEffect(
    () => () => {
      asked.current += 1
    },
    [],
  )
  return {
    view,
    busy,
    progress,
    refused,
    update: () => void get(true),
    cancel: () => void ask('forecast.cancel', { work: 'forecast' }),
  }
}
