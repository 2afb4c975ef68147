// What may be shown of a token anywhere: enough to tell two apart, nothing to work with.
import { createHash } from 'node:crypto'

/** The first 8 hex digits of the SHA-256 of `token`. */
export function fingerprint(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex').slice(0, 8)
}
