// Consumer secret: 256 random bits in a form that secret scanners recognise; how one is made, presented and compared.
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Duration } from '#engine/domain/model.ts'
import type { Clock } from '#engine/domain/ports.ts'
import { Secret } from '#engine/domain/secret.ts'

/** Secret scanners and the log's redaction know it by this. */
export const SECRET_PREFIX = 'satm_'
const SECRET_BYTES = 32
/** Longer than any secret made here, and short enough to be hashed for any request. */
const LONGEST_PRESENTED = 512

/** `random` must be a cryptographic source. */
export function newConsumerSecret(random: (bytes: number) => Buffer): Secret {
  return new Secret(`${SECRET_PREFIX}${random(SECRET_BYTES).toString('base64url')}`)
}

/** What is stored of it. It has 256 bits of its own, so a plain hash cannot be searched through. */
export function digestOf(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest()
}

/** The token of `Authorization: Bearer …` (RFC 6750 section 2.1; the scheme in any case, RFC 9110 section 11.1). */
export function presentedSecret(authorization: string | undefined): string | null {
  if (authorization === undefined || authorization.length > LONGEST_PRESENTED) return null
  return /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i.exec(authorization)?.[1] ?? null
}

/** Looks at all of them, so that the time tells neither whether nor where it was found. */
export function findByHash<T extends { readonly secretHash: Uint8Array }>(
  all: Iterable<T>,
  digest: Buffer,
): T | null {
  let found: T | null = null
  for (const one of all) {
    if (one.secretHash.length === digest.length && timingSafeEqual(one.secretHash, digest)) found = one
  }
  return found
}

/** The secret of a new consumer, kept while its dialog is open so that it can be copied again. */
export interface HeldSecret {
  hold(secret: Secret): void
  /** null: forgotten. */
  current(): Secret | null
  forget(): void
}

/** ms; for a dialog that was never closed. */
const LONGEST: Duration = 15 * 60_000

export function createHeldSecret(clock: Pick<Clock, 'after'>): HeldSecret {
  let held: Secret | null = null
  let cancel = () => {}
  const forget = () => {
    cancel()
    held = null
  }
  return {
    hold(secret) {
      forget()
      held = secret
      cancel = clock.after(LONGEST, forget)
    },
    current: () => held,
    forget,
  }
}
