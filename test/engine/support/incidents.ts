// Incidents as the engine makes them, for tests of what shows them.
import type { Incident } from '#engine/domain/view-model.ts'

/** A warning about nobody, unless it is said. `code`: the first part of its key. */
export function incident(given: Partial<Incident> & Pick<Incident, 'key'>): Incident {
  const { key, profileIds = [] } = given
  return {
    code: key.split(':', 1)[0] ?? key,
    level: 'warning',
    title: `Title of ${key}`,
    sentence: 'What to do.',
    fix: null,
    owner: 'you',
    serviceApp: null,
    profileIds,
    customers: profileIds.length,
    deadline: null,
    trackingId: null,
    since: 0,
    ...given,
  }
}
