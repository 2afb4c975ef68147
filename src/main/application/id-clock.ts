// Where new ids and the time come from.
import type { Instant } from '#engine/domain/model.ts'

/** What is needed to make records of what a person typed. */
export interface IdClock {
  readonly now: () => Instant
  readonly newId: () => string
}
