// A passphrase around a short secret: scrypt (RFC 7914) makes the key, AES-256-GCM says whether it was the right one.
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'
import { z } from 'zod'
import { SHORTEST_PASSPHRASE } from '#base/common/passphrase-strength.ts'
import type { Secret } from '#engine/domain/secret.ts'

const factor = z.number().int().positive()
export const scryptCost = z.object({ N: factor, r: factor, p: factor }).readonly()
export type ScryptCost = z.infer<typeof scryptCost>

/** 128 MiB and some half a second of work; OWASP's first choice for interactive use. */
export const SCRYPT_COST: ScryptCost = { N: 2 ** 17, r: 8, p: 1 }
/** What a file may ask for: twice our own memory and time, so that a forged cost holds up nobody. */
const MOST_WORK = 2 * workOf(SCRYPT_COST)
/** Beyond these the rest of scrypt, which is not in `workOf`, would take long (RFC 7914 section 6). */
const [MOST_R, MOST_P] = [32, 16]

export function isTooShort(passphrase: Secret): boolean {
  return [...passphrase.reveal()].length < SHORTEST_PASSPHRASE
}

/** What is kept of it; the four texts are base64. */
export const passphraseBox = z
  .object({ cost: scryptCost, salt: z.string(), iv: z.string(), sealed: z.string(), tag: z.string() })
  .readonly()
export type PassphraseBox = z.infer<typeof passphraseBox>

export async function sealWithPassphrase(
  passphrase: Secret,
  content: Buffer,
  purpose: string,
  cost: ScryptCost,
): Promise<PassphraseBox> {
  const salt = randomBytes(16)
  const iv = randomBytes(12)
  const key = await stretch(passphrase, salt, cost)
  if (key === null) throw new RangeError('scrypt cannot be given this cost')
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  cipher.setAAD(associatedData(purpose, cost))
  const sealed = Buffer.concat([cipher.update(content), cipher.final()])
  return {
    cost,
    salt: salt.toString('base64'),
    iv: iv.toString('base64'),
    sealed: sealed.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
  }
}

/** null: the passphrase is wrong, or the box was altered; which of them cannot be determined. */
export async function openWithPassphrase(
  passphrase: Secret,
  box: PassphraseBox,
  purpose: string,
): Promise<Buffer | null> {
  const key = await stretch(passphrase, Buffer.from(box.salt, 'base64'), box.cost)
  if (key === null) return null
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(box.iv, 'base64'), {
      authTagLength: 16,
    })
    decipher.setAAD(associatedData(purpose, box.cost))
    decipher.setAuthTag(Buffer.from(box.tag, 'base64'))
    return Buffer.concat([decipher.update(Buffer.from(box.sealed, 'base64')), decipher.final()])
  } catch {
    return null
  }
}

/** In proportion to the time, and at least to the memory. */
function workOf({ N, r, p }: ScryptCost): number {
  return N * r * p
}

function isBearable(cost: ScryptCost): boolean {
  const { N, r, p } = cost
  const isPowerOfTwo = N >= 2 && Number.isInteger(Math.log2(N))
  return isPowerOfTwo && r <= MOST_R && p <= MOST_P && workOf(cost) <= MOST_WORK
}

function associatedData(purpose: string, { N, r, p }: ScryptCost): Buffer {
  return Buffer.from(JSON.stringify([purpose, N, r, p]), 'utf8')
}

/**
 * A key of 256 bits out of a passphrase; null where the cost, which may come from a file, is none to bear. The
 * passphrase is normalised: the same letters typed on another machine must give the same key.
 */
export async function stretch(passphrase: Secret, salt: Buffer, cost: ScryptCost): Promise<Buffer | null> {
  if (!isBearable(cost)) return null
  const { N, r, p } = cost
  const maxmem = 128 * N * r + 32 * 1024 * 1024
  return new Promise((resolve, reject) => {
    scrypt(passphrase.reveal().normalize('NFKC'), salt, 32, { N, r, p, maxmem }, (error, key) =>
      error ? reject(error) : resolve(key),
    )
  })
}
