// Revealed pair: a token pair as text in the clear, as it is encrypted into a backup or a sealed answer, and as it is read.
import { z } from 'zod'
import { fingerprint } from '#base/node/fingerprint.ts'
import { TOKEN_ORIGINS, type TokenPair } from '#engine/domain/model.ts'
import { isTokenText, Secret } from '#engine/domain/secret.ts'

export const secret = z.string().transform((text) => new Secret(text))
/** ms. What a date can be: https://tc39.es/ecma262/#sec-time-values-and-time-range */
const LATEST = 8.64e15
/** Whole, as it is stored. */
export const instant = z.number().min(-LATEST).max(LATEST).transform(Math.round)

export const pair = z
  .object({
    accessToken: secret.nullable(),
    issuedAt: instant,
    expiresAt: instant.nullable(),
    /** Missing where the answer told the end, and in older backups. */
    renewAfter: instant.exactOptional(),
    origin: z.enum(TOKEN_ORIGINS),
    refresh: z
      .object({
        token: secret,
        issuedAt: instant,
        expiresAt: instant.nullable(),
        firstLifetime: instant.nullable(),
        dead: z.boolean(),
      })
      .nullable(),
  })
  .readonly()

/**
 * A text that cannot be a token never was one to Webex, so nothing is lost with it; the rest of the backup is of use. Its
 * profile gets a new token by the next tier.
 */
export function readPair(read: z.infer<typeof pair> | null): {
  readonly pair: TokenPair | null
  readonly notTokens: number
} {
  if (read === null) return { pair: null, notTokens: 0 }
  const isToken = (token: Secret | null) => token === null || isTokenText(token.reveal())
  const accessToken = isToken(read.accessToken) ? read.accessToken : null
  const refresh = isToken(read.refresh?.token ?? null) ? read.refresh : null
  const notTokens = Number(accessToken !== read.accessToken) + Number(refresh !== read.refresh)
  if (notTokens > 0 && accessToken === null && refresh === null) return { pair: null, notTokens }
  // What is shown of a token is made of it here.
  const shown = accessToken === null ? null : fingerprint(accessToken.reveal())
  return { pair: { ...read, accessToken, fingerprint: shown, refresh }, notTokens }
}

export function revealedPair(value: TokenPair | null) {
  if (value === null) return null
  const { accessToken, refresh } = value
  return {
    ...value,
    accessToken: accessToken?.reveal() ?? null,
    refresh: refresh === null ? null : { ...refresh, token: refresh.token.reveal() },
  }
}

/** What `revealedPair` was made of; null: it is none. */
export function pairOfRevealed(value: unknown): TokenPair | null {
  const read = pair.safeParse(value)
  return read.success ? readPair(read.data).pair : null
}
