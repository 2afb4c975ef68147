// The feed of releases: a folder for any static server. Each package is signed with the release key over its version, kind,
// size and hashes; the app (src/main/desktop/updates) takes nothing else.
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { mkdir, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'

/**
 * Kinds and processors, as the app knows them, by the names that `npm run package` gives.
 * @type {readonly (readonly [ending: string, kind: string, arch: string])[]}
 */
const PACKAGES = [
  ['-x86_64.AppImage', 'appimage', 'x64'],
  ['_amd64.deb', 'deb', 'x64'],
  ['.x86_64.rpm', 'rpm', 'x64'],
  ['-linux-x64.tar.gz', 'tar', 'x64'],
  ['-x64.exe', 'nsis', 'x64'],
  ['-x64.dmg', 'dmg', 'x64'],
  ['-arm64.dmg', 'dmg', 'arm64'],
]

const FEED_FILE = 'latest.json'
const SUMS = 'SHA256SUMS'

/**
 * Copies the packages into `feed` and announces them, all at once.
 * @param {{ from: string, feed: string, keyFile: string }} release `from`: where `npm run package` put the packages
 * @returns {Promise<{ version: string, files: readonly string[], publicKey: string }>} `publicKey`: what the app has to be
 *   built with
 */
export async function writeFeed({ from, feed, keyFile }) {
  const key = await privateKey(keyFile)
  const found = packagesIn(await readdir(from).catch(() => []))
  if (found.length === 0)
    throw new Error(`There is no package in ${from}. Run "npm run package -- all" first.`)
  const sums = await readFile(path.join(from, SUMS), 'utf8').catch(() => '')
  const version = versionIn(sums, from)
  await refuseOlder(path.join(feed, FEED_FILE), version)
  await mkdir(path.join(feed, version), { recursive: true })
  const packages = []
  for (const { name, kind, arch } of found) {
    const { size, sha256, sha512 } = await copy(path.join(from, name), path.join(feed, version, name))
    if (!sums.includes(`${sha256}  ${name}\n`)) {
      throw new Error(
        `${name} is not the one that ${path.join(from, SUMS)} lists. Run "npm run package" again; nothing was announced.`,
      )
    }
    const text = signedText({ version, kind, arch, size, sha256, sha512 })
    const signature = sign(null, Buffer.from(text), key).toString('base64')
    packages.push({ kind, arch, path: `${version}/${name}`, size, sha256, sha512, signature })
  }
  await replace(path.join(feed, FEED_FILE), `${JSON.stringify({ version, packages }, null, 2)}\n`)
  return { version, files: found.map(({ name }) => name), publicKey: publicKeyOf(key) }
}

/**
 * What the app is built with: the text of its `resources/update-feed.json`.
 * @param {NodeJS.ProcessEnv} env `SATM_UPDATE_FEED`: the address of the feed; `SATM_UPDATE_KEYS`: the public keys that it may
 *   be signed with, separated by commas, the next one as well where it is to be changed
 * @returns {string | null} null: without updates
 */
export function updateFeedOf({ SATM_UPDATE_FEED: feed, SATM_UPDATE_KEYS: list }) {
  const keys = (list ?? '').split(',').filter((key) => key.trim() !== '')
  if (!feed && keys.length === 0) return null
  if (!feed || keys.length === 0) {
    throw new Error('An app with updates needs both SATM_UPDATE_FEED and SATM_UPDATE_KEYS.')
  }
  const { protocol, hostname } = new URL(feed)
  if (protocol !== 'https:' && hostname !== '127.0.0.1')
    throw new Error('SATM_UPDATE_FEED begins with https://.')
  for (const key of keys) {
    const read = createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' })
    if (read.asymmetricKeyType !== 'ed25519') throw new Error('SATM_UPDATE_KEYS has to name Ed25519 keys.')
  }
  return `${JSON.stringify({ feed, keys: keys.map((key) => key.trim()) })}\n`
}

/**
 * The same text stands in src/main/desktop/updates/release-feed.ts.
 * @param {{ version: string, kind: string, arch: string, size: number, sha256: string, sha512: string }} release
 */
function signedText({ version, kind, arch, size, sha256, sha512 }) {
  return ['service-app-token-manager release', version, kind, arch, size, sha256, sha512, ''].join('\n')
}

/** @param {readonly string[]} names */
function packagesIn(names) {
  return PACKAGES.flatMap(([ending, kind, arch]) => {
    const fitting = names.filter((name) => name.endsWith(ending))
    if (fitting.length > 1)
      throw new Error(`Which one is released? ${fitting.join(', ')}. Remove the others.`)
    return fitting.map((name) => ({ name, kind, arch }))
  })
}

/**
 * The bill of materials, which is made with each package, has it in its name.
 * @param {string} sums
 * @param {string} from
 */
function versionIn(sums, from) {
  const [, version, isTest] = /-(\d{1,6}\.\d{1,6}\.\d{1,6})(~test)?\.cdx\.json$/m.exec(sums) ?? []
  if (isTest !== undefined)
    throw new Error(
      `${from} has test packages, whose Electron is not the official one: no app may be updated to them, so nothing was announced. "npm run package -- all --release" makes those of a release.`,
    )
  if (version !== undefined) return version
  throw new Error(`${path.join(from, SUMS)} names no version of three numbers. Run "npm run package" again.`)
}

/** @param {string} keyFile */
export async function privateKey(keyFile) {
  const { mode } = await stat(keyFile).catch(() => ({ mode: null }))
  if (mode === null)
    throw new Error(`There is no ${keyFile}: openssl genpkey -algorithm ed25519 -out FILE makes a key.`)
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new Error(`Others can read ${keyFile}, and so release in your name: chmod 600 ${keyFile}`)
  }
  const key = parsed(await readFile(keyFile))
  if (key?.asymmetricKeyType === 'ed25519') return key
  throw new Error(`${keyFile} has no Ed25519 key: openssl genpkey -algorithm ed25519 -out FILE makes one.`)
}

/** @param {Buffer} pem */
function parsed(pem) {
  try {
    return createPrivateKey(pem)
  } catch {
    return null
  }
}

/** @param {import('node:crypto').KeyObject} key */
function publicKeyOf(key) {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).toString('base64')
}

/**
 * Apps refuse what is older than what they were offered before.
 * @param {string} file
 * @param {string} version
 */
async function refuseOlder(file, version) {
  const text = await readFile(file, 'utf8').catch(() => '{}')
  const { version: announced = version } = JSON.parse(text)
  if (announced.localeCompare(version, 'en', { numeric: true }) > 0) {
    throw new Error(
      `${file} announces ${announced} already; apps take no older one. Release a higher version.`,
    )
  }
}

/**
 * @param {string} source
 * @param {string} target complete as soon as it has this name
 */
async function copy(source, target) {
  const [sha256, sha512] = [createHash('sha256'), createHash('sha512')]
  let size = 0
  await pipeline(
    createReadStream(source),
    async function* (/** @type {AsyncIterable<Buffer>} */ pieces) {
      for await (const piece of pieces) {
        size += piece.length
        sha256.update(piece)
        sha512.update(piece)
        yield piece
      }
    },
    createWriteStream(`${target}.new`, { mode: 0o644 }),
  )
  await rename(`${target}.new`, target)
  return { size, sha256: sha256.digest('hex'), sha512: sha512.digest('hex') }
}

/**
 * @param {string} file
 * @param {string} text
 */
async function replace(file, text) {
  await writeFile(`${file}.new`, text, { mode: 0o644 })
  await rename(`${file}.new`, file)
}
