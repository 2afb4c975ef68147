// SHA256SUMS of what was packaged (sha256sum(1) checks it), and its signature where there is a key.
import { createHash, createPrivateKey, sign } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'

export const SUMS = 'SHA256SUMS'

/**
 * @param {readonly string[]} files in one folder
 * @param {string} out that folder
 * @param {string | null} keyFile an Ed25519 private key as PEM
 */
export async function writeChecksums(files, out, keyFile) {
  const lines = []
  for (const file of files.toSorted()) {
    const hash = createHash('sha256')
    await pipeline(createReadStream(file), hash)
    lines.push(`${hash.digest('hex')}  ${path.basename(file)}\n`)
  }
  const text = lines.join('')
  await writeFile(path.join(out, SUMS), text)
  if (keyFile === null) return
  const key = createPrivateKey(await readFile(keyFile))
  if (key.asymmetricKeyType !== 'ed25519') throw new Error(`${keyFile} has no Ed25519 key.`)
  // RFC 8032; openssl pkeyutl -verify -rawin checks it.
  await writeFile(path.join(out, `${SUMS}.sig`), sign(null, Buffer.from(text), key))
}
