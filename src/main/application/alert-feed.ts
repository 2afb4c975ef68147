// Alert feed: what is new among the problems of the fleet, each announced once.
import type { Clock } from '#engine/domain/ports.ts'
import type { FleetView } from '#engine/domain/view-model.ts'
import { type AlertState, type AlertStep, nextAlerts, noAlerts } from '#engine/view/alerts.ts'

/** The returned function is to be called with each new view of the fleet. */
export function createAlertFeed(dependencies: {
  readonly clock: Pick<Clock, 'after'>
  readonly alerted: (news: AlertStep, fleet: FleetView) => void
  /** Something is to be announced by now though nothing else has changed. */
  readonly changed: () => void
}): (fleet: FleetView) => void {
  const { clock, alerted, changed } = dependencies
  let alerts: AlertState = noAlerts
  let announced: FleetView['incidents'] | null = null
  /** When something is to be announced though nothing else changes. */
  let again: number | null = null
  return (fleet) => {
    // The engine keeps the list as long as nothing in it has changed.
    if (fleet.incidents === announced && (again === null || again > fleet.now)) return
    const news = nextAlerts(alerts, fleet)
    again = news.again
    if (again !== null) clock.after(again - fleet.now, changed)
    announced = fleet.incidents
    alerts = news.state
    alerted(news, fleet)
  }
}
