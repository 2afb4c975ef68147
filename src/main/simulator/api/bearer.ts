// The bearer of an API call: who presents it and whether it still counts (RFC 6750).
import { type AccessToken, isLiveAccess } from '../model.ts'
import type { Call, World } from '../world.ts'

export type Bearer =
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'dead'; readonly token: AccessToken }
  | { readonly kind: 'live'; readonly token: AccessToken }

export function presentedToken(authorization: string | null): string | null {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1] ?? null
}

export function bearerOf(call: Call, world: World): Bearer {
  const value = presentedToken(call.authorization)
  if (value === null) return { kind: 'none' }
  const token = world.tokens.findAccess(value)
  if (token === undefined) return { kind: 'unknown' }
  return { kind: isLiveAccess(token, call.now) ? 'live' : 'dead', token }
}
