// How long a forecast takes: `npm run bench -- forecast`. In the built app's own thread, over a fleet of 5 000 profiles and 120
// days; the baseline is the goal of 20 s, and, for what it costs main, one task of 50 ms.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { EngineSession } from '#application/engine-supervisor.ts'
import { createForecasts } from '#application/forecast.ts'
import { runInThread } from '#base/node/thread.ts'
import type { WhatIf } from '#contract/contract.ts'
import { systemClock } from '#desktop/system/system-clock.ts'
import { defaultSettings } from '#engine/domain/policy.ts'
import { makeIntegration, makeWorld, pairOf } from '../engine/support/world.ts'
import { bundle } from '../vault/support/bundle.ts'

const PROFILES = 5_000
const APPS = 26
const DAYS = 120
const DAY = 86_400_000

interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly goal: number
  readonly ok: boolean
}

export async function bench(): Promise<Figure[]> {
  const program = await bundle('src/main/bootstrap/forecast-thread.ts')
  try {
    const figures: Figure[] = []
    const planned = await measure(program.path, null)
    figures.push(atMost('5 000 profiles, 120 days', planned.seconds, 's', 20))
    figures.push(atMost('… longest time main was busy', planned.busy, 'ms', 50))
    figures.push(atMost('… refreshes forecast', planned.renewals, '', Number.POSITIVE_INFINITY))
    for (const whatIf of WHAT_IFS) {
      const rehearsed = await measure(program.path, whatIf)
      figures.push(atMost(`rehearsal: ${whatIf.kind}`, rehearsed.seconds, 's', 40))
    }
    return figures
  } finally {
    program.remove()
  }
}

const WHAT_IFS: readonly WhatIf[] = [{ kind: 'integration-ends', managerId: 'manager' }]

async function measure(thread: string, whatIf: WhatIf | null) {
  const { engine, snapshot, clock } = fleet()
  const session = { engine, snapshot } as unknown as EngineSession
  const forecasts = createForecasts({
    supervisor: { running: () => session, settled: async () => undefined },
    settings: { engine: () => defaultSettings },
    clock: systemClock(),
    run: (request, signal) => runInThread(thread, request, signal),
  })
  const midnights = Array.from({ length: DAYS + 1 }, (_, day) => clock.now() + day * DAY)
  // As in the app, where the view is there already.
  engine.view()
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const began = performance.now()
  let renewals = 0
  if (whatIf === null) {
    const { days } = await forecasts.get({ midnights, fresh: true })
    renewals = days.reduce((sum, day) => sum + day.renewals[1] + day.renewals[2] + day.renewals[3], 0)
  } else await forecasts.rehearse({ midnights, whatIf })
  const seconds = (performance.now() - began) / 1000
  delay.disable()
  return { seconds, busy: delay.max / 1e6, renewals }
}

/** Ages are spread over the lifetime, as they are in a fleet that has run for long. */
function fleet() {
  const world = makeWorld({ profiles: [], manager: 'none', start: false })
  const { cloud, clock } = world
  const profiles = Array.from({ length: PROFILES }, (_, n) => {
    const app = `x${n % APPS}`
    const targetOrgId = `org-${Math.floor(n / APPS)}`
    const grant = cloud.issue(`APP_${app}@${targetOrgId}`, `client-${app}`, ((n * 37) % 600) * (DAY / 100))
    return { id: `p${n}`, serviceAppId: `app-${app}`, targetOrgId, pair: pairOf(grant) }
  })
  const manager = makeIntegration({
    pair: pairOf(cloud.issue('manager', 'client-integration', 3 * DAY), 'authorization-code'),
  })
  const made = makeWorld({ profiles, manager, start: false })
  return { engine: made.engine, snapshot: made.snapshot, clock }
}

function atMost(name: string, value: number, unit: string, goal: number): Figure {
  return { name, value: Math.round(value * 100) / 100, unit, goal, ok: value <= goal }
}
