// A backup's file: one line of JSON that says how it was made, then everything else, compressed and encrypted under a
// passphrase (scrypt, AES-256-GCM), then the tag. Nothing of it is used before the tag was verified.
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { z } from 'zod'
import { readWholeFile, replaceFile } from '#base/node/whole-file.ts'
import type { Instant } from '#engine/domain/model.ts'
import type { Secret } from '#engine/domain/secret.ts'
import { bareKeyCheck, isSameProof } from '../crypto/data-key.ts'
import { type ScryptCost, scryptCost, stretch } from '../crypto/passphrase.ts'

const FORMAT = 'service-app-token-manager backup'
/** Raised when a reader of today could not understand what is written. */
const VERSION = 5
const TAG_BYTES = 16
const LONGEST_HEADER = 4096
/** Bytes. The part that is decrypted, or unpacked, at once. */
const PART = 64 * 1024

/**
 * What a backup may have in it. Writing holds to it as well, so that what is written can be read: 10 000 service apps
 * with a year of history have some 300 MiB and half a million attempts.
 */
export const BACKUP_LIMITS = {
  /** Of the file, packed and unpacked. */
  bytes: 768 * 1024 * 1024,
  /** Characters; a consumer of 10 000 service apps has 400 000. */
  line: 1024 * 1024,
  attempts: 1_000_000,
  /** What is not history is in memory all at once. */
  records: 250_000,
  recordCharacters: 128 * 1024 * 1024,
} as const

/** There is more in it than `BACKUP_LIMITS` allows. */
export class BackupTooLarge extends Error {}

const header = z.object({
  format: z.literal(FORMAT),
  version: z.number().int(),
  createdAt: z.iso.datetime(),
  cost: scryptCost,
  salt: z.string(),
  /** Tells a wrong passphrase from a damaged file. */
  check: z.string(),
  iv: z.string(),
})

/** A file of its owner's alone; an older one of that name stays until it is complete, and `prove` has not rejected it. */
export async function writeBackupFile(
  path: string,
  lines: AsyncIterable<string>,
  options: { readonly passphrase: Secret; readonly cost: ScryptCost; readonly now: Instant },
  prove: (file: string) => Promise<void> = async () => {},
): Promise<void> {
  const salt = randomBytes(16)
  const iv = randomBytes(12)
  const key = await stretch(options.passphrase, salt, options.cost)
  if (key === null) throw new RangeError('scrypt cannot be given this cost')
  const head: z.infer<typeof header> = {
    format: FORMAT,
    version: VERSION,
    createdAt: new Date(options.now).toISOString(),
    cost: options.cost,
    salt: salt.toString('base64'),
    check: bareKeyCheck(createSecretKey(key), salt.toString('base64')),
    iv: iv.toString('base64'),
  }
  const first = Buffer.from(`${JSON.stringify(head)}\n`, 'utf8')
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  cipher.setAAD(first)
  const framed = new Transform({
    transform: (chunk, _encoding, done) => done(null, chunk),
    flush: (done) => done(null, cipher.getAuthTag()),
  })
  framed.push(first)
  await replaceFile(path, async (file) => {
    await pipeline(Readable.from(lines), createGzip(), cipher, framed, file)
    await prove(String(file.path))
  })
}

export type BackupFile =
  | {
      readonly kind: 'ok'
      readonly createdAt: Instant
      /** For `linesOf`. Memory that threads can share. */
      readonly packed: Uint8Array
    }
  | {
      readonly kind: 'not-a-backup' | 'too-new' | 'passphrase-wrong' | 'damaged' | 'too-large' | 'unreadable'
    }

/** Reads and verifies the whole file, without unpacking it. */
export async function readBackupFile(path: string, passphrase: Secret): Promise<BackupFile> {
  const file = readWholeFile(path, BACKUP_LIMITS.bytes)
  if (file.kind !== 'read') return { kind: file.kind === 'too-large' ? 'too-large' : 'unreadable' }
  const { bytes } = file
  const headerEnd = bytes.subarray(0, LONGEST_HEADER).indexOf(0x0a) + 1
  const head = parseHeader(bytes.toString('utf8', 0, headerEnd))
  if (head === null) return { kind: 'not-a-backup' }
  if (head.version > VERSION) return { kind: 'too-new' }
  const key = await stretch(passphrase, Buffer.from(head.salt, 'base64'), head.cost)
  if (key === null) return { kind: 'damaged' }
  if (!isSameProof(bareKeyCheck(createSecretKey(key), head.salt), head.check)) {
    return { kind: 'passphrase-wrong' }
  }
  const packed = decryptInPlace(key, head.iv, bytes, headerEnd)
  if (packed === null) return { kind: 'damaged' }
  return { kind: 'ok', createdAt: Date.parse(head.createdAt), packed }
}

function parseHeader(line: string): z.infer<typeof header> | null {
  try {
    return header.parse(JSON.parse(line))
  } catch {
    return null
  }
}

/** null: something was altered. The file may be large, so there is no second copy of it. */
function decryptInPlace(key: Buffer, iv: string, bytes: Buffer, headerEnd: number): Uint8Array | null {
  if (bytes.length < headerEnd + TAG_BYTES) return null
  const packed = bytes.subarray(headerEnd, -TAG_BYTES)
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64'), {
      authTagLength: TAG_BYTES,
    })
    decipher.setAAD(bytes.subarray(0, headerEnd))
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
    for (let at = 0; at < packed.length; at += PART) {
      packed.set(decipher.update(packed.subarray(at, at + PART)), at)
    }
    decipher.final()
    return packed
  } catch {
    return null
  }
}

/** Some lines at a time. Throws `BackupTooLarge`, or zlib's error where it is no gzip. */
export async function* linesOf(packed: Uint8Array): AsyncGenerator<readonly string[]> {
  const gunzip = createGunzip({ chunkSize: PART })
  gunzip.end(packed)
  const decoder = new TextDecoder()
  let [rest, bytes] = ['', 0]
  for await (const part of gunzip as AsyncIterable<Buffer>) {
    bytes += part.length
    if (bytes > BACKUP_LIMITS.bytes) throw new BackupTooLarge()
    const lines = (rest + decoder.decode(part, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    if (rest.length > BACKUP_LIMITS.line) throw new BackupTooLarge()
    yield lines
  }
  if (rest !== '') yield [rest]
}
