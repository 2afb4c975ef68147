// A token that a person typed or pasted.

import { isTokenText, Secret } from '#engine/domain/secret.ts'
import { UserFacingError } from './errors.ts'

type TokenField = 'accessToken' | 'refreshToken' | 'token'

/** Throws a `UserFacingError` for a text that cannot be one. */
export function pastedToken(text: string, field: TokenField): Secret
export function pastedToken(text: string | null, field: TokenField): Secret | null
export function pastedToken(text: string | null, field: TokenField): Secret | null {
  if (text === null) return null
  if (isTokenText(text)) return new Secret(text)
  throw new UserFacingError(
    'invalid',
    'This is not a token: it contains a space or another character that no token has. Copy the token again.',
    { field },
  )
}
