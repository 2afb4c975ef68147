// One secret field of one record: AES-256-GCM, bound to its place and to plain columns of its row, so that a ciphertext
// moved elsewhere, or beside other columns, is refused.
import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto'
import { Secret } from '#engine/domain/secret.ts'

/** The place of a field; it is the associated data. */
export interface Place {
  readonly table: string
  readonly record: string
  readonly field: string
  /** Plain columns of the same row, as one text that has another form for other values. */
  readonly columns?: string
}

const IV_BYTES = 12
const TAG_BYTES = 16

/** NIST SP 800-38D section 8.2.2: a random 96-bit nonce. Layout: nonce, ciphertext, tag. */
export function sealField(key: KeyObject, secret: Secret, place: Place): Buffer {
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  cipher.setAAD(associatedData(place))
  return Buffer.concat([iv, cipher.update(secret.reveal(), 'utf8'), cipher.final(), cipher.getAuthTag()])
}

/** null: sealed under another key, for another place, beside other columns, or altered. */
export function openField(key: KeyObject, bytes: Buffer, place: Place): Secret | null {
  if (bytes.length < IV_BYTES + TAG_BYTES) return null
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAAD(associatedData(place))
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES))
  const content = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES))
  try {
    decipher.final()
  } catch {
    return null
  }
  return new Secret(content.toString('utf8'))
}

const scratch = Buffer.alloc(1024)

/** The text as UTF-8, until the next call: it is read at once, and tens of thousands of buffers would have to be collected. */
function bytesOf(text: string): Buffer {
  return 3 * text.length > scratch.length
    ? Buffer.from(text, 'utf8')
    : scratch.subarray(0, scratch.write(text, 'utf8'))
}

/** No name or id holds the separator: SQLite would not have kept it. */
function associatedData({ table, record, field, columns }: Place): Buffer {
  const beside = columns === undefined ? '' : `\0${columns}`
  return bytesOf(`${table}\0${record}\0${field}${beside}`)
}
