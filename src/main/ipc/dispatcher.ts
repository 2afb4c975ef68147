// Dispatcher: a request's name and unknown input become a reply. It knows nothing of Electron, so tests need none.
import type { z } from 'zod'
import { UserFacingError } from '#application/errors.ts'
import {
  type Input,
  type Replies,
  type Reply,
  type RequestError,
  type RequestName,
  requests,
} from '#contract/contract.ts'
import { StoreFailure } from '#engine/domain/ports.ts'

/** One handler per request: a missing one does not compile. Input is already parsed. */
export type Handlers = {
  readonly [N in RequestName]: (input: Input<N>) => Replies[N] | Promise<Replies[N]>
}

/**
 * Parses the request strictly, runs its handler and never rejects.
 * `unexpected` gets errors no handler meant to throw; the window only learns that there was one.
 */
export async function dispatch(
  handlers: Handlers,
  name: unknown,
  input: unknown,
  unexpected: (name: string, error: unknown) => void,
): Promise<Reply<RequestName>> {
  if (typeof name !== 'string' || !isRequestName(name)) {
    return refused({ code: 'invalid', message: 'Unknown request.' })
  }
  const parsed = requests[name].safeParse(input)
  if (!parsed.success) return refused(describe(parsed.error))
  try {
    // The map is keyed by name, but the compiler cannot pair a union of names with a union of inputs.
    const handler = handlers[name] as (input: unknown) => Promise<Replies[RequestName]>
    return { ok: true, value: await handler(parsed.data) }
  } catch (error) {
    if (error instanceof UserFacingError) return refused(fromUserFacingError(error))
    // Whatever could not be stored has one way to the person who asked.
    if (error instanceof StoreFailure)
      return refused({ code: error.reason === 'conflict' ? 'conflict' : 'storage', message: error.message })
    unexpected(name, error)
    return refused({
      code: 'internal',
      message:
        'An internal error occurred. Nothing was lost. You can copy the diagnostics under Settings → About.',
    })
  }
}

/** While the window is locked it gets the empty view, and may ask for nothing but the lock to be opened. */
export function behindLock(handlers: Handlers, isLocked: () => boolean): Handlers {
  const guarded = Object.entries(handlers).map(([name, handler]) => [
    name,
    (input: never) => {
      if (isLocked() && !ALSO_LOCKED.has(name as RequestName)) {
        throw new UserFacingError('refused', 'The app is locked. Enter the passphrase.')
      }
      return handler(input)
    },
  ])
  return Object.fromEntries(guarded) as Handlers
}

const ALSO_LOCKED: ReadonlySet<RequestName> = new Set(['view.get', 'view.push', 'lock.open', 'app.quit'])

function isRequestName(name: string): name is RequestName {
  return Object.hasOwn(requests, name)
}

function refused(error: RequestError): { ok: false; error: RequestError } {
  return { ok: false, error }
}

function fromUserFacingError({ code, message, field, trackingId, profileId }: UserFacingError): RequestError {
  return {
    code,
    message,
    ...(field === undefined ? {} : { field }),
    ...(trackingId === undefined ? {} : { trackingId }),
    ...(profileId === undefined ? {} : { profileId }),
  }
}

/** The first issue in words. Zod's messages name the rule, never the value, so no secret can come back. */
function describe(error: z.ZodError): RequestError {
  const issue = error.issues[0]
  const field = issue?.path.filter((part) => typeof part === 'string').at(-1)
  const known = issue !== undefined && issue.code !== 'unrecognized_keys'
  const message = known ? issue.message : 'The request contains unknown fields.'
  return { code: 'invalid', message, ...(field === undefined ? {} : { field }) }
}
