// SHA256SUMS of what was packaged (sha256sum(1) checks it), and its signature where there is a key.
import { createHash, sign } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'

export const SUMS = 'SHA256SUMS'

/**
 * @param {readonly string[]} files in one folder
 * @param {string} out that folder
 * @param {import('node:crypto').KeyObject | null} key Ed25519, private
 */
export async function writeChecksums(files, out, key) {
  const lines = []
  for (const file of files.toSorted()) {
    const hash = createHash('sha256')
    await pipeline(createReadStream(file), hash)
    lines.push(`${hash.digest('hex')}  ${path.basename(file)}\n`)
  }
  const text = lines.join('')
  await writeFile(path.join(out, SUMS), text)
  if (key === null) return
  // RFC 8032; openssl pkeyutl -verify -rawin checks it.
  await writeFile(path.join(out, `${SUMS}.sig`), sign(null, Buffer.from(text), key))
}
