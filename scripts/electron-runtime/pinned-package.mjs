// A package of the npm registry that is no dependency: fetched by npm, taken only with the hash it is pinned by.
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { capture, npm } from '../run/child.mjs'

/**
 * @param {string} specifier name@version
 * @param {string} into an existing folder
 * @returns {Promise<string>} the tarball's path
 */
export async function packFromRegistry(specifier, into) {
  const [command, args] = npm(['pack', specifier, '--pack-destination', into, '--loglevel=error'])
  const { code, all } = await capture(command, args)
  const name = (await readdir(into)).find((file) => file.endsWith('.tgz'))
  if (code !== 0 || name === undefined)
    throw new Error(`npm pack ended with exit code ${code}: ${all.trim()}`)
  return path.join(into, name)
}

/**
 * @param {string} file
 * @param {string} sha512 base64
 */
export async function assertHash(file, sha512) {
  const hash = createHash('sha512')
  await pipeline(createReadStream(file), hash)
  const actual = hash.digest('base64')
  if (actual !== sha512)
    throw new Error(`its sha512 is ${actual}, not the pinned ${sha512}; it was not unpacked`)
}
