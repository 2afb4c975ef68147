// Errors: the one error that use cases throw, with what a person reads.
import type { ErrorCode } from '#contract/contract.ts'

/**
 * What a use case throws when the answer is no. `message` says what happened and what to do; `field` names the input,
 * `profileId` the one that is there already.
 */
export class UserFacingError extends Error {
  readonly code: ErrorCode
  readonly field: string | undefined
  readonly trackingId: string | undefined
  readonly profileId: string | undefined

  constructor(
    code: ErrorCode,
    message: string,
    where: { field?: string; trackingId?: string; profileId?: string } = {},
  ) {
    super(message)
    this.name = 'UserFacingError'
    this.code = code
    this.field = where.field
    this.trackingId = where.trackingId
    this.profileId = where.profileId
  }
}

/** Of a move into a shared vault: another computer has put its own service apps in the place of these. */
export class FilledByAnother extends UserFacingError {
  constructor(message: string) {
    super('refused', message)
    this.name = 'FilledByAnother'
  }
}

/** Throws where a setting is in force that could not be written. */
export function refuseUnsaved(failure: Error | null): void {
  if (failure === null) return
  const help = 'code' in failure ? ' Check the disk and the permissions of the data folder.' : ''
  throw new UserFacingError(
    'storage',
    `This applies until you quit the app, but could not be saved: ${failure.message}.${help}`,
  )
}
