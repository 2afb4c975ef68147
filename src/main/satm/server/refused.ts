import type { SatmErrorCode } from '../protocol.ts'

/** The answer is no: the person at the terminal reads `message`. */
export class Refused extends Error {
  readonly code: SatmErrorCode
  readonly trackingId: string | null

  constructor(code: SatmErrorCode, message: string, trackingId: string | null = null) {
    super(message)
    this.name = 'Refused'
    this.code = code
    this.trackingId = trackingId
  }
}
