// The fields several requests share. Everything is trimmed, bounded and parsed strictly, before anything looks at it.
import { z } from 'zod'

export const id = z.string().min(1).max(64)
/** Secrets come in through these and never go out. */
export const secretText = z.string().trim().min(1).max(8192)
/** Blanks count in it, so it is taken as typed. */
export const passphrase = z.string().min(1, 'Type the passphrase.').max(1024)
export const none = z.strictObject({})
export const integration = z.strictObject({
  clientId: z.string().trim().min(1).max(500),
  clientSecret: secretText,
})
export const name = z
  .string()
  .trim()
  .min(1, 'Give it a name.')
  .max(120)
  .refine((text) => !/\p{Cc}/u.test(text), 'A name has no control characters.')
