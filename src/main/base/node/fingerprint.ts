// Fingerprint of a token, which may be shown anywhere: it tells two tokens apart and reveals neither.
import { createHash } from 'node:crypto'

/** The first 8 hex digits of the SHA-256 of `token`. */
export function fingerprint(token: string): string {
  return createHash('sha256').update(token, 'utf8').digest('hex').slice(0, 8)
}
