// A backup's file: one line of JSON that says how it was made, then everything else, compressed and encrypted under a
// passphrase (scrypt, AES-256-GCM), then the tag. Nothing of it is used before the tag was verified.
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { createInterface } from 'node:readline'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'
import { z } from 'zod'
import type { Instant } from '#engine/domain/model.ts'
import type { Secret } from '#engine/domain/secret.ts'
import { bareKeyCheck, isSameProof } from '../crypto/data-key.ts'
import { type ScryptCost, scryptCost, stretch } from '../crypto/passphrase.ts'
import { syncFolder } from '../db/data-files.ts'

const FORMAT = 'service-app-token-manager backup'
/** Raised when a reader of today could not understand what is written. */
const VERSION = 3
const TAG_BYTES = 16
const LARGEST_FILE = 1024 * 1024 * 1024
const LONGEST_HEADER = 4096

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

/** Writes beside the path and renames at the end; an older file of that name stays until then. */
export async function writeBackupFile(
  path: string,
  lines: AsyncIterable<string>,
  options: { readonly passphrase: Secret; readonly cost: ScryptCost; readonly now: Instant },
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
  const partial = `${path}.partial`
  try {
    const file = createWriteStream(partial, { mode: 0o600, flush: true })
    await pipeline(Readable.from(lines), createGzip(), cipher, framed, file)
    await rename(partial, path)
    syncFolder(dirname(path))
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
}

export type BackupFile =
  | { readonly kind: 'ok'; readonly createdAt: Instant; lines(): AsyncIterable<string> }
  | { readonly kind: 'not-a-backup' | 'too-new' | 'passphrase-wrong' | 'damaged' | 'unreadable' }

/** Reads and verifies the whole file; its lines are unpacked on demand. */
export async function readBackupFile(path: string, passphrase: Secret): Promise<BackupFile> {
  const bytes = await readWhole(path)
  if (bytes === null) return { kind: 'unreadable' }
  const headerEnd = bytes.subarray(0, LONGEST_HEADER).indexOf(0x0a) + 1
  const head = parseHeader(bytes.toString('utf8', 0, headerEnd))
  if (head === null) return { kind: 'not-a-backup' }
  if (head.version > VERSION) return { kind: 'too-new' }
  const key = await stretch(passphrase, Buffer.from(head.salt, 'base64'), head.cost)
  if (key === null) return { kind: 'damaged' }
  if (!isSameProof(bareKeyCheck(createSecretKey(key), head.salt), head.check)) {
    return { kind: 'passphrase-wrong' }
  }
  const packed = decrypted(key, head.iv, bytes, headerEnd)
  if (packed === null) return { kind: 'damaged' }
  return { kind: 'ok', createdAt: Date.parse(head.createdAt), lines: () => unpacked(packed) }
}

async function readWhole(path: string): Promise<Buffer | null> {
  try {
    const { size } = await stat(path)
    if (size > LARGEST_FILE) return null
    const file = await open(path, 'r')
    try {
      return await readFile(file)
    } finally {
      await file.close()
    }
  } catch {
    return null
  }
}

function parseHeader(line: string): z.infer<typeof header> | null {
  try {
    return header.parse(JSON.parse(line))
  } catch {
    return null
  }
}

function decrypted(key: Buffer, iv: string, bytes: Buffer, headerEnd: number): Buffer | null {
  if (bytes.length < headerEnd + TAG_BYTES) return null
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64'), {
      authTagLength: TAG_BYTES,
    })
    decipher.setAAD(bytes.subarray(0, headerEnd))
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
    return Buffer.concat([decipher.update(bytes.subarray(headerEnd, -TAG_BYTES)), decipher.final()])
  } catch {
    return null
  }
}

function unpacked(packed: Buffer): AsyncIterable<string> {
  return createInterface({
    input: Readable.from([packed]).pipe(createGunzip()),
    crlfDelay: Number.POSITIVE_INFINITY,
  })
}
