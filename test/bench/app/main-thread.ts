// How long the window's main thread itself computes in one task. Other programs' turns on the core, which a long-task
// observer counts as well, are not in it.
import { readFileSync, rmSync } from 'node:fs'
import type { ElectronApplication } from 'playwright'

/** Begins to record; the returned function gives the processor time of the longest task since then, in ms. */
export async function recordTasks(electron: ElectronApplication): Promise<() => Promise<number>> {
  await electron.evaluate(({ contentTracing }) =>
    contentTracing.startRecording({
      recording_mode: 'record-until-full',
      included_categories: ['toplevel'],
      excluded_categories: ['*'],
    }),
  )
  return async () => {
    const file = await electron.evaluate(({ contentTracing }) => contentTracing.stopRecording())
    const longest = longestTask(JSON.parse(readFileSync(file, 'utf8')).traceEvents)
    rmSync(file)
    return longest
  }
}

interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  readonly args?: { readonly name?: string }
  /** Thread time, µs. */
  readonly tdur?: number
}

function longestTask(events: readonly TraceEvent[]): number {
  const thread = ({ pid, tid }: TraceEvent) => `${pid} ${tid}`
  const named = events.filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
  const mainThreads = new Set(named.map(thread))
  const times = events.flatMap((event) =>
    event.name === 'ThreadControllerImpl::RunTask' && mainThreads.has(thread(event))
      ? (event.tdur ?? [])
      : [],
  )
  if (times.length === 0) throw new Error('The trace names no task of the window')
  return times.reduce((most, one) => Math.max(most, one), 0) / 1000
}
